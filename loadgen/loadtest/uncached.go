package loadtest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// uncached keeps go test from serving the test from its cache next time: Go does not know of the target as
// an input. Go has no call for that, so uncached spoils the file in which testing records for the go command
// what the test has read: the go command caches no result whose file does not start as it should.
func uncached(t testing.TB) {
	t.Helper()
	f := flag.Lookup("test.testlogfile")
	if f == nil || f.Value.String() == "" {
		return // not under go test, or it does not cache
	}
	if err := spoil(f.Value.String()); err != nil {
		t.Logf("loadtest: go test may answer from its cache next time, use -count=1: %v", err)
	}
}

// spoil overwrites the first byte of the file. Until it is full the first lines wait in a buffer of
// testing, which would write them over that byte later: the name of a long variable fills it, since
// testing notes each variable that is asked for.
func spoil(path string) error {
	const buffer = 64 << 10 // of 4 KiB today
	os.LookupEnv(strings.Repeat("x", buffer))
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("spoil the test log: %w", err)
	}
	_, err = file.WriteAt([]byte("-"), 0)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
