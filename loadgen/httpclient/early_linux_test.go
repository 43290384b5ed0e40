package httpclient_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestClosedWithoutAWord: a target that closes after every answer, and does not say
// so. The answer and the end come in one packet, so a request that must not be
// repeated need not be lost on that connection.
func TestClosedWithoutAWord(t *testing.T) {
	url := bareServer(t, func(c *net.TCPConn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		raw, err := c.SyscallConn()
		assert.NoError(t, err)
		raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CORK, 1) })
		io.WriteString(c, fine)
	})
	web := newClient(t, url, httpclient.Config{Wire: httpclient.Fast})
	reusing(t, func(try assert.TestingT) { // the system keeps what is corked for 200 ms, and not for a target that stands still
		for range 100 {
			if !assert.NoError(try, web.Post(t.Context(), "/", []byte("x")).Err()) {
				return
			}
		}
	})
}

// TestHalfClosedAfterAnEarlyAnswer: a target that answers before it has read the
// request closes its own direction, and reads on. No answer to another request
// comes on that connection, and nothing reports it.
func TestHalfClosedAfterAnEarlyAnswer(t *testing.T) { onEachWire(t, testHalfClosedAfterAnEarlyAnswer) }

func testHalfClosedAfterAnEarlyAnswer(t *testing.T, newClient maker) {
	web := newClient(t, bareServer(t, func(c *net.TCPConn) {
		in := bufio.NewReader(c)
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		answer := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
		if r.ContentLength > 1000 {
			answer = "HTTP/1.1 302 Found\r\nLocation: /here\r\nContent-Length: 0\r\n\r\n"
		}
		io.WriteString(c, answer)
		c.CloseWrite()
		io.Copy(io.Discard, in)
	}), httpclient.Config{Timeout: time.Minute})
	times := 10
	if testing.Short() {
		times = 2
	}
	for range times {
		require.NoError(t, web.Post(t.Context(), "/", make([]byte, 3<<20)).Err(), "a GET follows")
	}
}
