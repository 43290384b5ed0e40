package web_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// wire is a listener in memory whose connections work in virtual time.
type wire chan net.Conn

func (w wire) Accept() (net.Conn, error) {
	c, ok := <-w
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (w wire) Close() error   { return nil }
func (w wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire"} }

// dial returns the client's end of a new connection.
func (w wire) dial() net.Conn {
	client, server := net.Pipe()
	w <- server
	return client
}

// TestSlowBody checks that who sends the beginning of a body and then nothing
// is answered, changes nothing and holds no connection.
func TestSlowBody(t *testing.T) {
	tests := []struct{ name, path, kind, begin string }{
		{"form", "/swarm", "application/x-www-form-urlencoded", "user_count=1&spawn_rate=1"},
		{"JSON that is whole by itself", "/swarm", "application/json", `{"user_count": 1, "spawn_rate": 1}`},
		{"user", "/user", "application/json", `{"user_class_name": "User"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := &orders{}
				h, err := web.New(fake.New(fake.Todo(), nil), web.Options{Control: told})
				require.NoError(t, err)
				server, lines := web.NewServer(h, h), make(wire)
				go func() { _ = server.Serve(lines) }() // ends with the server's Close
				conn := lines.dial()
				began := time.Now()
				_, err = conn.Write([]byte("POST " + tt.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\nContent-Type: " + tt.kind + "\r\n\r\n" + tt.begin))
				require.NoError(t, err)
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				defer resp.Body.Close()
				assert.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
				assert.True(t, resp.Close, "the connection is given up")
				assert.Equal(t, 10*time.Second, time.Since(began))
				assert.Empty(t, told.list)
				require.NoError(t, conn.Close())
				close(lines)
				require.NoError(t, server.Close())
			})
		})
	}
}
