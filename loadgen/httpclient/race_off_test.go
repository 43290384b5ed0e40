//go:build !race

package httpclient

// UnlessRaced is what a test takes, and the less of it that does under the race detector.
func UnlessRaced[T any](full, _ T) T { return full }
