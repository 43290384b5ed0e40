package httpclient_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func silent(*net.TCPConn) {}

func plain(f func(*net.TCPConn)) func(*testing.T) string {
	return func(t *testing.T) string { return rawServer(t, f) }
}

func server(f http.HandlerFunc) func(*testing.T) string {
	return func(t *testing.T) string { return serve(t, f) }
}

func faultsOfConnections() []fault {
	return []fault{
		{name: "no process listens", want: "connect: refused", target: refusing},
		{name: "resets instead of an answer", want: "connect: reset", target: plain(thenReset(silent))},
		{name: "resets in the body", want: "connect: reset", status: 200,
			target: plain(thenReset(says(head + "Content-Length: 9\r\n\r\nabc")))},
		{name: "closes instead of an answer", want: "connect: closed", target: plain(silent)},
		{name: "accepts and never answers", want: "timeout", target: plain(thenHang(silent)), config: httpclient.Config{Timeout: soon}},
		{name: "listens and never accepts", want: "timeout", target: busy, config: httpclient.Config{Timeout: soon}},
		{name: "hangs in the header", want: "timeout", target: plain(thenHang(says(head + "Content-"))), config: httpclient.Config{Timeout: soon}},
		{name: "answers a byte at a time from the first on", want: "timeout", target: plain(dribble), config: httpclient.Config{Timeout: soon}},
		{name: "hangs in the body", want: "timeout", status: 200, target: plain(thenHang(says(head + "Content-Length: 9\r\n\r\nabc"))), config: httpclient.Config{Timeout: later}},
		{name: "answers a byte at a time", want: "timeout", status: 200, target: server(trickle), config: httpclient.Config{Timeout: later}},
	}
}

func faultsOfAnswers() []fault {
	return []fault{
		{name: "truncates the body", want: "body: truncated", status: 200, target: plain(says(head + "Content-Length: 9\r\n\r\nabc"))},
		{name: "truncates chunks", want: "body: truncated", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"))},
		{name: "truncates the end of chunks", want: "body: truncated", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"))},
		{name: "garbles chunks", want: "body: malformed", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nab"))},
		{name: "announces too much", want: "body: too large", status: 200, target: plain(says(head + "Content-Length: 10000000000\r\n\r\nabc"))},
		{name: "sends too much", want: "body: too large", status: 200, target: server(flood), config: httpclient.Config{MaxBody: 1 << 20}},
		{name: "stops in the header", want: "connect: closed", target: plain(says(head + "X: y\r\nX:"))},
		{name: "stops after the status", want: "connect: closed", target: plain(says(head))},
		{name: "stops in a wrong header", want: "protocol: not HTTP", target: plain(says(head + "Content-Len"))},
		{name: "says one word", want: "protocol: not HTTP", target: plain(says("hello"))},
		{name: "says nothing but a line", want: "protocol: not HTTP", target: plain(says("\r\n"))},
		{name: "speaks another protocol", want: "protocol: not HTTP", target: plain(says("SSH-2.0-OpenSSH_9.2\r\n"))},
		{name: "sends noise", want: "protocol: not HTTP", target: plain(says("\x00\xff\x01\r\n\r\n\r\n"))},
		{name: "has a broken header", want: "protocol: not HTTP", target: plain(says(head + "no colon\r\n\r\n"))},
		{name: "has a broken length", want: "protocol: not HTTP", target: plain(says(head + "Content-Length: many\r\n\r\n"))},
		{name: "has a negative length", want: "protocol: not HTTP", target: plain(says(head + "Content-Length: -1\r\n\r\nok"))},
		{name: "has two lengths", want: "protocol: not HTTP", target: plain(says(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk"))},
		{name: "has a negative chunk", want: "body: malformed", status: 200, target: plain(says(head + "Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n"))},
		{name: "has an endless header", want: "protocol: header too large", target: plain(says(head + "X: " + strings.Repeat("x", 2<<20) + "\r\n\r\n"))},
	}
}

func faultsOfTLS() []fault {
	return []fault{
		{name: "has an unknown certificate", want: "tls: certificate", target: func(t *testing.T) string { return quietTLS(t, nil, status(200)).URL }},
		{name: "wants a certificate of ours", want: "tls: handshake", config: httpclient.Config{TLS: &tls.Config{InsecureSkipVerify: true}},
			target: func(t *testing.T) string {
				return quietTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, status(200)).URL
			}},
		{name: "never shakes hands", want: "timeout", config: httpclient.Config{Timeout: soon}, target: func(t *testing.T) string {
			return strings.Replace(rawServer(t, thenHang(silent)), "http:", "https:", 1)
		}},
		{name: "speaks no TLS", want: "tls: not TLS", target: func(t *testing.T) string {
			return strings.Replace(serve(t, status(200)), "http:", "https:", 1)
		}},
	}
}

func refusals() []fault {
	return []fault{
		{name: "always redirects to itself", want: "redirect: too many", status: 302, target: server(redirect("/x"))},
		{name: "redirects to another host", want: "redirect: other host", status: 302, target: server(redirect("http://127.0.0.2:1/x"))},
		{name: "redirects to another port", want: "redirect: other host", status: 302, target: server(redirect("http://127.0.0.1:1/x"))},
		{name: "redirects to metadata", want: "redirect: other host", status: 302, target: server(redirect("http://169.254.169.254/latest/meta-data/"))},
		{name: "redirects to a file", want: "redirect: bad location", status: 302, target: server(redirect("file:///etc/passwd"))},
		{name: "redirects to a file of a host", want: "redirect: other host", status: 302, target: server(redirect("file://127.0.0.1/etc/passwd"))},
		{name: "redirects nowhere", want: "redirect: bad location", status: 302, target: server(redirect("http://[::1"))},
		{name: "refuses", want: "http 403", status: 403, target: server(status(403))},
		{name: "has not got it", want: "http 404", status: 404, target: server(status(404))},
		{name: "breaks", want: "http 500", status: 500, target: server(status(500))},
		{name: "is overloaded", want: "http 503", status: 503, target: server(status(503))},
		{name: "makes up a status", want: "http 999", status: 999, target: server(status(999))},
		{name: "makes up a status below all", want: "http 99", status: 99, target: plain(says("HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok"))},
	}
}

// later is the timeout of targets that come so far as to stop half-way, unless the machine is too busy for that.
const later = 4 * soon

func redirect(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

// busy is the address of a listener that never accepts: the system does for it.
func busy(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	return "http://" + listener.Addr().String()
}

// trickle sends one byte and then another, until the client has gone.
func trickle(w http.ResponseWriter, r *http.Request) {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			tick.Stop()
			return
		}
	}
}

// dribble sends the bytes of an endless header, one by one.
func dribble(c *net.TCPConn) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for text := head + "X: "; ; text += "x" {
		if _, err := c.Write([]byte{text[0]}); err != nil {
			return
		}
		text = text[1:]
		<-tick.C
	}
}
