//go:build !race

package loadgen

import "testing"

// unlessRaced is what a test takes, and the less of it that does under the race detector.
func unlessRaced[T any](full, _ T) T { return full }

// onOneProcessor does nothing.
func onOneProcessor(*testing.T) {}
