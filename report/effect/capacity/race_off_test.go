//go:build !race

package capacity_test

// raced says that the race detector is on.
const raced = false
