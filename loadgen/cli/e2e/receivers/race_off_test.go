//go:build !race

package receivers

// raced: the race detector makes a million names ten times as dear.
const raced = false
