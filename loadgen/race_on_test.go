//go:build race

package loadgen

import (
	"runtime"
	"testing"
)

// unlessRaced is what a test takes, and the less of it that does under the race detector, by which it takes ten times as
// long: step whole of .ci/run runs these tests without it.
func unlessRaced[T any](_, less T) T { return less }

// onOneProcessor lets a test run no two timers of a bubble at once, by which the race detector of Go 1.26 crashes now and
// then, and mostly where there are many shares.
func onOneProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}
