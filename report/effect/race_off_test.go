//go:build !race

package effect

// Raced says that the race detector is on.
const Raced = false
