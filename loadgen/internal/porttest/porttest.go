// Package porttest gives tests addresses on loopback at which nothing listens, and keeps
// them. A port that a test listens on and then gives up is anybody's: of another test
// process, or of a connection that leaves.
package porttest

import (
	"runtime"
	"testing"
)

// Refusing returns an address, host:port, at which connections are refused until the end
// of the test.
func Refusing(t testing.TB) string {
	t.Helper()
	address, release, err := hold()
	if err != nil {
		t.Fatalf("no port: %v", err)
	}
	t.Cleanup(release)
	return address
}

// Reserved returns an address, host:port, for a listener that must be told its port before
// it listens, or that listens on it more than once. Until then and in between connections
// are refused. On Linux only who names the port gets it, until the end of the test;
// elsewhere it was free a moment ago.
func Reserved(t testing.TB) string {
	t.Helper()
	if runtime.GOOS == "linux" {
		return Refusing(t)
	}
	address, release, err := hold()
	if err != nil {
		t.Fatalf("no port: %v", err)
	}
	release()
	return address
}
