//go:build race

package main

// raced says that the race detector is on, by which a simulation takes ten times as long: step whole of .ci/run runs
// those without it.
const raced = true
