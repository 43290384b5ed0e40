//go:build !race

package staircase_test

// raced says that the race detector is on.
const raced = false
