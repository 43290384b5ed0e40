package httpclient_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// targetVariable makes the test binary a target in another process, so that a
// benchmark's CPU is the client's alone.
const targetVariable = "HTTPCLIENT_BENCH_TARGET"

func TestMain(m *testing.M) {
	if os.Getenv(targetVariable) != "" {
		serveBenchmarks()
		return
	}
	// The bare loop of a benchmark leaves these behind; no test uses them.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*TCPDialer).tcpAddrsClean"))
}

func serveBenchmarks() {
	body := []byte(strings.Repeat("x", 256))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(body)
	}))
	fmt.Println(server.URL)
	io.Copy(io.Discard, os.Stdin) // until the parent is gone
}
