//go:build !race

package record

// unlessRaced is what a test takes, and the less of it that does under the race detector.
func unlessRaced(full, _ int64) int64 { return full }
