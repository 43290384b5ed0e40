package cluster

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheCommandLineOfAChild is that of its parent, and where the master is; secrets are not in it.
func TestTheCommandLineOfAChild(t *testing.T) {
	old := os.Args
	t.Cleanup(func() { os.Args = old })
	p := new(asPart)
	os.Args = []string{"todo", "--processes", "2", "-u", "5", "--", "TodoUser"}
	assert.Equal(t, []string{"--processes", "2", "-u", "5", "--worker", "--master-host=127.0.0.1:7", "--logfile=", "--log-format=text", "--", "TodoUser"}, p.childArgs("127.0.0.1:7#sesame"))
	os.Args = []string{"todo"}
	assert.Equal(t, []string{"--worker", "--master-host=h:7##ff", "--logfile=", "--log-format=text"}, p.childArgs("h:7#sesame#ff"))
	assert.Equal(t, []string{"--worker", "--logfile=", "--log-format=text"}, p.childArgs(""), "over a bus that the settings name")
}

// TestLinesOfAChild are logged at their own level; what else it writes is a warning.
func TestLinesOfAChild(t *testing.T) {
	var log bytes.Buffer
	h := newHerd(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	h.relay(3, strings.NewReader("[2026-11-30 11:11:33,465] vm/ERROR/todo: no luck: a/b\n\npanic: boom\r\n[x] y/LOUD/z: hm"))
	assert.Equal(t, `level=ERROR msg="no luck: a/b" worker=3
level=WARN msg="panic: boom" worker=3
level=WARN msg=hm worker=3
`, log.String())
}

// TestAHerdWhoseProgramCannotStart leaves nothing to wait for.
func TestAHerdWhoseProgramCannotStart(t *testing.T) {
	h := newHerd(slog.New(slog.DiscardHandler))
	h.path = func() (string, error) { return "/no/such/program", nil }
	require.ErrorContains(t, h.start(3, nil), "worker 0 cannot start")
	h.stop(t.Context())
	select {
	case <-h.ended:
	case <-time.After(30 * time.Second):
		require.Fail(t, "it waits for workers that never were")
	}
	var none *herd
	none.stop(t.Context())
	ctx, stop := none.watch(t.Context())
	require.NoError(t, ctx.Err())
	stop()
}
