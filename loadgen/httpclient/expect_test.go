package httpclient_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestExpectContinue: the header goes out and the body follows at once, whatever the
// target answers first. The verdict is that of its last answer.
func TestExpectContinue(t *testing.T) { onEachWire(t, testExpectContinue) }

func testExpectContinue(t *testing.T, newClient maker) {
	const (
		goOn    = "HTTP/1.1 100 Continue\r\n\r\n"
		refused = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno"
		closes  = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
	)
	for _, x := range []struct{ before, after, want string }{
		{goOn, fine, "<nil>"},
		{goOn + goOn + "HTTP/1.1 102 Processing\r\n\r\n", fine, "<nil>"},
		{goOn, closes, "POST /: http 401"},
		{"", fine, "<nil>"},
		{refused, "", "POST /: http 417"},
		{closes, "", "POST /: http 401"},
		{fine, "", "<nil>"},
	} {
		for _, size := range []int{1, 16<<10 + 1, 1 << 20} {
			web := newClient(t, expecting(t, x.before, x.after), httpclient.Config{})
			for range 3 {
				err := web.Post(t.Context(), "/", make([]byte, size), httpclient.Header("Expect", "100-continue")).Err()
				assert.Equal(t, x.want, fmt.Sprint(err), "%+v %d", x, size)
			}
		}
	}
	web := newClient(t, serve(t, echoing), httpclient.Config{})
	e := seen(t, web.Post(t.Context(), "/", []byte("text"), httpclient.Header("Expect", "100-continue")))
	require.Equal(t, "text 100-continue", e.Body+" "+e.Header.Get("Expect"))
}

// expecting is a target that says something before it reads a body, and after it.
func expecting(t *testing.T, before, after string) (url string) {
	return bareServer(t, func(c *net.TCPConn) {
		for in := bufio.NewReader(c); ; {
			text := textproto.NewReader(in)
			if _, err := text.ReadLine(); err != nil {
				return
			}
			header, err := text.ReadMIMEHeader()
			if err != nil {
				return
			}
			io.WriteString(c, before)
			size, _ := strconv.ParseInt(http.Header(header).Get("Content-Length"), 10, 64)
			io.CopyN(io.Discard, in, size)
			io.WriteString(c, after)
		}
	})
}
