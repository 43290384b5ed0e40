//go:build race

package cluster

import (
	"runtime"
	"testing"
)

// many is how many workers the test of scale has; the race detector follows at most 8,128 goroutines.
const many = 200

// onOneProcessor lets a test run no two timers of a bubble at once, by which the race detector of Go 1.26 crashes now and
// then, and mostly where there are many workers.
func onOneProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}
