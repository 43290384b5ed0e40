package httpclient_test

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openFiles counts those of this process.
func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(files)
}

// TestFaultsLeaveNoConnection: what broke is closed at once, not when the client
// is. Targets and clients are in this process, so each connection is two files.
func TestFaultsLeaveNoConnection(t *testing.T) { onEachWire(t, testFaultsLeaveNoConnection) }

func testFaultsLeaveNoConnection(t *testing.T, newClient maker) {
	for _, f := range faults() {
		if strings.HasPrefix(f.want, "http ") || strings.HasPrefix(f.want, "redirect: ") { // after those the connection is good
			continue
		}
		target := f.target(t)
		for _, own := range []bool{false, true} {
			f.config.PerUserConns = own
			web := newClient(t, target, f.config)
			before := openFiles(t)
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() { assert.Error(t, web.Get(t.Context(), "/").Err(), f.name) })
			}
			all.Wait()
			assert.Eventually(t, func() bool { return openFiles(t) <= before }, 10*time.Second, time.Millisecond,
				"%s, own %v: the targets close theirs a moment later", f.name, own)
		}
	}
}
