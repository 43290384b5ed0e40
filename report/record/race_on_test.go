//go:build race

package record

// unlessRaced is what a test takes, and the less of it that does under the race detector, by which it takes ten times as
// long: step whole of .ci/run runs these tests without it.
func unlessRaced(_, less int64) int64 { return less }
