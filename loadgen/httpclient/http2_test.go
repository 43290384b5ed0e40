package httpclient_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestHTTP2(t *testing.T) {
	goAway := make(chan struct{})
	server := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/hang":
			<-goAway
		}
		io.WriteString(w, r.Proto)
	})
	defer close(goAway)
	trust := trusting(server)
	two := newClient(t, server.URL, httpclient.Config{HTTP2: true, TLS: trust})
	assert.Equal(t, "HTTP/2.0", string(two.Get(t.Context(), "/").Body()))
	require.EqualError(t, two.Get(t.Context(), "/abort").Err(), "GET /abort: protocol: http2")
	require.EqualError(t, two.Get(t.Context(), "/hang", httpclient.Timeout(soon/5)).Err(), "GET /hang: timeout")

	one := newClient(t, server.URL, httpclient.Config{TLS: trust})
	assert.Equal(t, "HTTP/1.1", string(one.Get(t.Context(), "/").Body()))
}

// TestGoAwayIsNoFailure: a target that ends every connection in the proper way,
// as one that is shut down does, costs new connections and nothing else.
func TestGoAwayIsNoFailure(t *testing.T) {
	server := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // makes Go's server send GOAWAY
		io.WriteString(w, r.RemoteAddr)
	})
	web := newClient(t, server.URL, httpclient.Config{HTTP2: true, TLS: trusting(server)})
	addresses := map[string]bool{}
	for range 5 {
		r := web.Get(t.Context(), "/")
		require.NoError(t, r.Err())
		addresses[string(r.Body())] = true
	}
	assert.Len(t, addresses, 5, "a connection each")
}

// goingAway speaks as much HTTP/2 as it takes to send GOAWAY in place of the
// first answers: with the number of the last request that it claims to have
// taken, and a code of error. What follows it answers with status 200.
func goingAway(t *testing.T, times int32, last, code uint32) (*httptest.Server, *atomic.Int32) {
	settings := []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}
	ok := []byte{0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88}
	goAway := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 7, 0, 0, 0, 0, 0}, last)
	goAway = binary.BigEndian.AppendUint32(goAway, code)
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(nil)
	server.TLS = &tls.Config{NextProtos: []string{"h2"}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, c *tls.Conn, _ http.Handler) {
			defer c.Close()
			c.Write(settings)
			if untilHeaders(c) != nil {
				return
			}
			if conns.Add(1) <= times {
				c.Write(goAway)
				return
			}
			c.Write(ok)
			io.Copy(io.Discard, c)
		},
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, &conns
}

// untilHeaders reads the client's preface and its frames up to the first HEADERS.
func untilHeaders(c io.Reader) error {
	if _, err := io.CopyN(io.Discard, c, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return err
	}
	for header := make([]byte, 9); header[3] != 1; {
		if _, err := io.ReadFull(c, header); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, c, int64(header[0])<<16|int64(header[1])<<8|int64(header[2])); err != nil {
			return err
		}
	}
	return nil
}

func TestGoAwayInsteadOfAnAnswer(t *testing.T) {
	for _, x := range []struct {
		name       string
		times      int32
		last, code uint32
		want       string
		again      bool // on other connections
	}{
		{"not taken, once", 1, 0, 0, "", true},
		{"not taken, ever", 1000, 0, 0, "GET /: timeout", true},
		{"taken, then given up", 1000, 1, 2, "GET /: protocol: http2", false},
		{"enough of this client", 1000, 1, 11, "GET /: protocol: http2", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			if testing.Short() && x.want == "GET /: timeout" {
				t.Skip("waits for a timeout")
			}
			outlasting(t, func(try assert.TestingT, d time.Duration) {
				server, conns := goingAway(t, x.times, x.last, x.code)
				config := httpclient.Config{HTTP2: true, TLS: trusting(server)}
				if x.want == "GET /: timeout" {
					config.Timeout = 4 * d
				}
				err := newClient(t, server.URL, config).Get(t.Context(), "/").Err()
				if x.want == "" {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, x.want)
				}
				assert.Equal(try, x.again, conns.Load() > 1)
			})
		})
	}
}
