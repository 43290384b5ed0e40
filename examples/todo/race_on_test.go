//go:build race

package main

// raceFlag builds the command as its tests are built.
const raceFlag = "-race"
