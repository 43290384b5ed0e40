package wire

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRestingConnectionsGrowOld, and are closed then, wherever they rest.
func TestRestingConnectionsGrowOld(t *testing.T) {
	const idle = time.Minute
	synctest.Test(t, func(t *testing.T) {
		s := NewSockets(Config{IdleTimeout: idle})
		here := Origin{"http", "here"}
		rest := func(p *pool, user uint64) *fastConn {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { theirs.Close() })
			c := &fastConn{socket: &socket{Conn: ours, owner: s, user: user}, origin: here, pool: p}
			c.Conn = c.socket
			require.True(t, s.add(c.socket))
			s.rest(c)
			return c
		}
		var shared, own pool
		rest(&shared, 0)
		busy := rest(&shared, 0)
		rest(&own, 1)
		require.Same(t, busy, s.take(&shared, here), "the last one first")
		require.Nil(t, s.take(&shared, Origin{"http", "there"}))
		time.Sleep(idle / 2)
		young := rest(&shared, 0)
		time.Sleep(idle / 2)
		synctest.Wait()
		assert.Equal(t, []*fastConn{young}, shared.conns)
		assert.Empty(t, own.conns)
		assert.Len(t, s.users, 1)
		s.rest(busy)
		time.Sleep(2 * idle)
		synctest.Wait()
		assert.Empty(t, shared.conns)
		assert.Empty(t, s.users)
		assert.Nil(t, s.sweeper, "the timer rests when none is open")
		s.rest(busy)
		assert.Empty(t, shared.conns, "a closed one is not kept")
		rest(&shared, 0)
		s.Close()
		assert.Empty(t, s.users)
		time.Sleep(2 * idle)
	})
}

// TestClosedWhileAtRest: the target's good-bye is seen before a request is
// lost to it, which could not be repeated.
func TestClosedWhileAtRest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := make(chan struct{})
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			c.Close()
			closed <- struct{}{}
		}
	}()
	defer listener.Close()
	s := NewSockets(Config{IdleTimeout: time.Minute})
	defer s.Close()
	fast := s.Fast().(*fastWire)
	for range 3 {
		result := make(chan error)
		go func() { result <- fast.Exchange(t.Context(), newMessage(http.MethodPost, listener.Addr().String())) }()
		require.NoError(t, <-result)
		<-closed
		idle := fast.idle.conns
		require.Len(t, idle, 1)
		idle[0].rested -= time.Second
	}
}

// canned is a connection whose other end says what it always says, in pieces.
type canned struct {
	net.Conn
	text  io.Reader
	piece int
	wrote bytes.Buffer
}

func (c *canned) Read(p []byte) (int, error)  { return c.text.Read(p[:min(len(p), c.piece)]) }
func (c *canned) Write(p []byte) (int, error) { return c.wrote.Write(p) }
func (c *canned) SetDeadline(time.Time) error { return nil }

// FuzzAnswer lets a target say anything, in pieces of any size: the verdict is
// always one of the list, and the answer the same whatever the pieces.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{
		"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\n\r\nok", "HTTP/1.1 204\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", "HTTP/1.1 302 F\r\nLocation: /\r\nSet-Cookie: a=b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 5000) + "\r\n\r\n", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
	} {
		f.Add([]byte(text), 7)
	}
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		say := func(piece int) (string, *Message) {
			m := newMessage(http.MethodGet, "h")
			w := NewSockets(Config{Gzip: true}).Fast().(*fastWire)
			talk := w.talks.Get().(*talk)
			err := talk.exchange(&fastConn{Conn: &canned{text: bytes.NewReader(text), piece: piece}}, m, true)
			talk.release()
			return reasonOf(err), m
		}
		reason, m := say(1 << 20)
		again, n := say(min(max(piece, 1), 1<<20))
		require.NotEqual(t, "other", reason)
		if reason == "protocol: not HTTP" || reason == "connect: closed" {
			return // of a header that is both broken and cut off, either may be seen first
		}
		require.Equal(t, reason, again)
		require.Equal(t, m.Status, n.Status)
		require.Equal(t, string(m.Data), string(n.Data))
		require.Equal(t, m.Answer.All(), n.Answer.All())
		require.LessOrEqual(t, len(m.Data), 1<<10)
	})
}
