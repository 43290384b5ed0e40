package httpclient_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func handlersOfRequests() []served {
	return []served{
		{name: "request", request: httpclient.Request{Path: "/a%2Fb/c?d=e&f"}, want: "/a%2Fb/c?d=e&f", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			local := r.Context().Value(http.LocalAddrContextKey)
			server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
			n.add("%s %s %s %q %q %v %v", r.Method, r.RequestURI, r.URL, r.URL.Host, r.URL.Scheme, r.TLS == nil, r.Proto)
			n.add("%v %v %v %v %v %v", host, err, r.ContentLength, r.Body != nil, r.Close, r.TransferEncoding)
			n.add("%v %T %v %v", strings.HasPrefix(r.Host, "127.0.0.1:"), local, server != nil, r.Header)
		}},
		{name: "own host", config: httpclient.Config{Header: http.Header{"Host": {"shop.example"}}}, want: "shop.example", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%s %s", r.Host, r.Header.Get("Host"))
		}},
		{name: "no body", request: post(0), want: "0 true", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%d %v", r.ContentLength, r.Body == http.NoBody)
			k, err := r.Body.Read(make([]byte, 1))
			n.add("%d %v", k, err)
		}},
		{name: "body", request: post(100_000), want: "100000 100000 <nil>", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			n.add("%d %d %v", r.ContentLength, len(b), err)
			_, err = r.Body.Read(make([]byte, 1))
			n.add("%v %v", err, r.Body.Close())
			_, err = r.Body.Read(make([]byte, 1))
			n.add("%v", err)
		}},
		{name: "body with HEAD", request: httpclient.Request{Method: "HEAD", Body: []byte("x")}, want: "1 1", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			n.add("%d %d", r.ContentLength, len(b))
		}},
		{name: "method that no one knows", request: httpclient.Request{Method: "PURGE"}, want: "PURGE", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%s", r.Method)
		}},
		{name: "form", request: httpclient.Request{Method: "POST", Body: []byte("a=b"), Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}, want: `"b"`,
			serve: func(n *notes, w http.ResponseWriter, r *http.Request) { n.add("%q", r.FormValue("a")) }},
		{name: "large header", request: httpclient.Request{Header: http.Header{"X": {strings.Repeat("x", 100_000)}}}, want: "100000", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%d", len(r.Header.Get("X")))
		}},
		{name: "header beyond a server's limit", request: httpclient.Request{Header: http.Header{"X": {strings.Repeat("x", 1<<20)}}}, want: "", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%d", len(r.Header.Get("X")))
		}},
		{name: "expects what no one does", request: httpclient.Request{Method: "POST", Body: []byte("x"), Header: http.Header{"Expect": {"miracles"}}}, want: "http 417", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%s", r.Header.Get("Expect"))
		}},
		{name: "expects to continue", request: expectant(100_000), want: "100000", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			n.add("%d %v %s", len(b), err, r.Header.Get("Expect"))
		}},
		{name: "may not continue", request: expectant(100), want: "http 401", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
		}},
		{name: "mux", request: httpclient.Request{Path: "/a/../b"}, want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) { n.add("%s", r.PathValue("name")) })
			mux.ServeHTTP(w, r)
		}},
	}
}

func handlersOfConnections() []served {
	return []served{
		{name: "panic", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { panic("oh") }},
		{name: "abort", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "panic after the header", want: "body: truncated", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			panic("oh")
		}},
		{name: "panic before a flush", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "abc")
			panic("oh")
		}},
		{name: "hijack", want: `status 299 bytes 2 body "hi"`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			n.add("%v", err)
			io.WriteString(c, "HTTP/1.1 299 Own\r\nContent-Length: 2\r\nX: y\r\n\r\nhi")
			n.add("%v", c.Close())
			_, err = w.Write([]byte("x"))
			n.add("%v", err)
		}},
		{name: "controlled hijack", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			n.add("%v %v", err, c.Close())
		}},
		{name: "rubbish", want: "protocol: not HTTP", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			c, buffered, _ := w.(http.Hijacker).Hijack()
			buffered.WriteString("rubbish\r\n")
			buffered.Flush()
			c.Close()
		}},
		{name: "web socket", want: "status 101 bytes 0", request: httpclient.Request{Header: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"x"}}},
			serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
				c, _, _ := w.(http.Hijacker).Hijack()
				defer c.Close()
				io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				_, err := c.Read(make([]byte, 1))
				n.add("%v", err) // the client has no use for it
			}},
		{name: "hangs", slow: true, config: short, want: "timeout", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			n.add("%v", r.Context().Err())
			_, err := io.WriteString(w, "too late")
			n.add("%v", err)
		}},
		{name: "hangs in the body", slow: true, config: short, want: "timeout", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			n.add("%v", r.Context().Err())
		}},
		{name: "closing is notified", slow: true, config: short, want: "timeout", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			//lint:ignore SA1019 old handlers use it
			n.add("%v", <-w.(http.CloseNotifier).CloseNotify())
		}},
		{name: "writes until the client has gone", config: httpclient.Config{MaxBody: 1 << 20}, want: "body: too large", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			flood(w, r)
			n.add("%v", <-r.Context().Done())
		}},
		{name: "context after the handler", want: "context canceled", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			n.add("%v", r.Context().Err())
			n.handlers.Go(func() {
				<-r.Context().Done()
				n.add("%v", r.Context().Err())
			})
		}},
		{name: "read deadline", request: post(1), want: "Read: <nil>", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			n.add("Read: %v Write: %v Duplex: %v", control.SetReadDeadline(longAgo), control.SetWriteDeadline(longAgo.AddDate(1000, 0, 0)), control.EnableFullDuplex())
		}},
		{name: "write deadline", want: "connect: closed", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			n.add("%v", control.SetWriteDeadline(longAgo))
			io.WriteString(w, "x")
			err := control.Flush()
			n.add("%v", errors.Is(err, os.ErrDeadlineExceeded))
		}},
		{name: "timeout handler", want: "http 503", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			over := make(chan struct{})
			defer close(over) // one that ends at the same instant may win
			http.TimeoutHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }), soon/10, "slow").ServeHTTP(w, r)
		}},
	}
}

func handlersOfUploads() []served {
	return []served{
		{name: "body that is not read", request: post(100_000), want: "status 200", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {}},
		{name: "large body that is not read", slow: true, request: post(8 << 20), want: "http 413", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}},
		{name: "limited body", slow: true, request: post(100_000), want: "http: request body too large", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
			n.add("%d %v", len(b), err)
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}},
		{name: "full duplex", request: post(1 << 20), want: `body "early"`, serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			n.add("%v", control.EnableFullDuplex())
			io.WriteString(w, "early")
			n.add("%v", control.Flush())
			b, err := io.ReadAll(r.Body)
			n.add("%d %v", len(b), err)
		}},
		{name: "panic in an upload", request: post(8 << 20), want: "connect: ", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			panic(http.ErrAbortHandler)
		}},
		{name: "slow reader", request: post(300_000), want: "300000", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			total := 0
			for p := make([]byte, 1000); ; {
				k, err := r.Body.Read(p)
				if total += k; err != nil {
					n.add("%d %v", total, err)
					return
				}
			}
		}},
		{name: "gone in an upload", slow: true, request: post(8 << 20), config: short, want: "timeout", serve: func(n *notes, w http.ResponseWriter, r *http.Request) {
			r.Body.Read(make([]byte, 1000))
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				defer c.Close()
				_, err = io.Copy(io.Discard, c)
				n.add("%v", err == nil || errors.Is(err, syscall.ECONNRESET))
			}
		}},
	}
}
