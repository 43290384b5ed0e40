//go:build !race

package e2e

// raceFlag builds the command as its tests are built.
const raceFlag = "-race=false"
