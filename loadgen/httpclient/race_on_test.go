//go:build race

package httpclient

// UnlessRaced is what a test takes, and the less of it that does under the race detector, by which it takes ten times as
// long: step whole of .ci/run runs these tests without it.
func UnlessRaced[T any](_, less T) T { return less }
