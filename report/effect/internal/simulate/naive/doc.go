// Package naive holds the usual ways to compare two phases that package effect does not use, so that its
// tests and the program in the folder above can show what they would have said of the same data.
package naive
