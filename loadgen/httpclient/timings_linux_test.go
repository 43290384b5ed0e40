package httpclient_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// A target whose queue of connections is full leaves callers without an answer at all: that is the connecting, and
// neither the target's work nor a lack of connections here.
func TestTimingsOfAFullQueue(t *testing.T) { onEachWire(t, testTimingsOfAFullQueue) }

func testTimingsOfAFullQueue(t *testing.T, newClient maker) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	at := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	first, err := net.DialTCP("tcp", nil, &at) // fills the queue
	require.NoError(t, err)
	t.Cleanup(func() { first.Close() })

	outlasting(t, func(try assert.TestingT, pause time.Duration) {
		p := newProbe()
		ctx, _ := p.task(t.Context())
		web := newClient(t, "http://"+at.String(), httpclient.Config{Timeout: pause})
		require.Error(t, web.Get(ctx, "/").Err())
		parts := partsOf(t, p.row(t))
		assert.Greater(try, parts["connecting"], float64(pause/time.Millisecond)/2, "%v", parts)
		assert.NotContains(t, parts, "waiting")
	})
}
