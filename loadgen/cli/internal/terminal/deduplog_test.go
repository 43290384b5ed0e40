package terminal

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestLyingTargetsDoNotFillTheTerminal answers more than it announces, always.
func TestLyingTargetsDoNotFillTheTerminal(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	closed := make(chan struct{}) // one for each connection that the client has closed
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				in := bufio.NewReader(c)
				_, err := http.ReadRequest(in)
				if err == nil {
					_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\x1b[2Jand\r\nmore")
				}
				assert.NoError(t, err)
				_, _ = io.Copy(io.Discard, in)
				assert.NoError(t, c.Close())
				closed <- struct{}{}
			}()
		}
	}()

	var out strings.Builder
	defer log.SetOutput(log.Writer())
	log.SetOutput(NewDedupLog(&out))
	web, err := httpclient.New(httpclient.Config{Host: "http://" + listener.Addr().String()})
	require.NoError(t, err)
	defer web.Close()
	for range 5 {
		require.NoError(t, web.Get(t.Context(), "/").Err())
		<-closed
	}
	log.Print("something else")
	log.Print("something else")

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3, out.String())
	assert.Contains(t, lines[0], `starting with "\x1b[2Jand\r\nmore"`)
	assert.Contains(t, lines[2], "something else")
}
