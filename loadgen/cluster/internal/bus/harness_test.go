package bus

import (
	"bytes"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// prefix is that of the subjects of tests.
const prefix = "lg1.test"

// record is a log that tests read.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // a value for each write, if there is room
}

// newRecord makes an empty log.
func newRecord() *record { return &record{more: make(chan struct{}, 1000)} }

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

// wait returns the log when another line has come.
func (r *record) wait(t *testing.T) string {
	t.Helper()
	select {
	case <-r.more:
	case <-time.After(time.Minute):
		t.Fatal("nothing was logged")
	}
	return r.String()
}

// serve starts a server on a free port of loopback, unless the Config says another place.
func serve(t *testing.T, c Config) *Server {
	t.Helper()
	if c.Prefix == "" {
		c.Prefix = prefix
	}
	s, err := Serve(c)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// dial dials a bus and closes the connection at the end of the test.
func dial(t *testing.T, target Target, o Options) *Conn {
	t.Helper()
	c, err := insist(t, target, o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// insist dials as a worker does: again while the bus cannot be reached, as where TLS takes too long on a busy machine.
func insist(t *testing.T, target Target, o Options) (c *Conn, err error) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		if c, err = Dial(t.Context(), target, o); !errors.Is(err, ErrUnreachable) || time.Now().After(end) {
			return c, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// join parses what a worker is given to join.
func join(t *testing.T, text string) Target {
	t.Helper()
	target, err := ParseJoin(text, 5557)
	require.NoError(t, err)
	return target
}
