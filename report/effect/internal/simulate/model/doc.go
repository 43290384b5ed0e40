// Package model holds simulated servers with a known truth. They stand in for a target when the
// methods of package effect are measured: by its tests, and by the program in the folder above.
package model
