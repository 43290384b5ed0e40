package httpclient_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// allocated is how many bytes the whole process allocates for one call of f.
func allocated(f func()) uint64 {
	const calls = 5
	f() // opens what is opened once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / calls
}

// heldMemory is how many bytes of the heap are in use, except for those in pools,
// which last for one collection.
func heldMemory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestEndlessBodies of a target that would send 10 GB cost no more memory than
// MaxBody allows, and next to none where they are announced or not kept.
func TestEndlessBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testEndlessBodies)
}

func testEndlessBodies(t *testing.T, newClient maker) {
	const limit, little = 8 << 20, 512 << 10
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/announced" {
			w.Header().Set("Content-Length", "10000000000")
		}
		flood(w, r)
	})
	web := newClient(t, url, httpclient.Config{MaxBody: limit})
	for _, x := range []struct {
		path string
		args []any
		most uint64
	}{
		{"/kept", nil, 2*limit + little},
		{"/dropped", []any{httpclient.Discard()}, little},
		{"/announced", nil, little},
	} {
		got := allocated(func() {
			require.EqualError(t, web.Get(t.Context(), x.path, x.args...).Err(), "GET "+x.path+": body: too large")
		})
		assert.LessOrEqual(t, got, x.most, x.path)
	}
}

// TestBodiesShareMemory: a crowd whose bodies hang half-way holds no more than
// BodyMemory. A body without room is a failure that says so, and there is room again afterwards.
func TestBodiesShareMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testBodiesShareMemory)
}

func testBodiesShareMemory(t *testing.T, newClient maker) {
	const users, share = 50, 9 << 20 // room for two buffers of 4 MiB
	release, body := make(chan struct{}), make([]byte, 3<<20)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(body)
		if r.URL.Path == "/hang" {
			w.(http.Flusher).Flush()
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	})
	web := newClient(t, url, httpclient.Config{BodyMemory: share, Timeout: -1})
	before, ends := heldMemory(), make(chan string, users)
	for range users {
		go func() {
			reason := ""
			if err := web.Get(t.Context(), "/hang").Err(); err != nil {
				reason = err.Error()
			}
			ends <- reason
		}()
	}
	for range users - 2 {
		require.Equal(t, "GET /hang: generator: body memory", <-ends)
	}
	assert.Less(t, heldMemory(), before+share+8<<20, "48 of them would hold 192 MiB")
	close(release)
	for range 2 {
		<-ends
	}
	require.NoError(t, web.Get(t.Context(), "/whole").Err())
	require.NoError(t, newClient(t, url, httpclient.Config{BodyMemory: 1}).Get(t.Context(), "/whole", httpclient.Discard()).Err())
}

// TestBodyMemoryComesBack in whatever way a large body ends, again and again on
// the same buffers.
func TestBodyMemoryComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testBodyMemoryComesBack)
}

func testBodyMemoryComesBack(t *testing.T, newClient maker) {
	body := strings.Repeat("x", 700<<10) // small enough for its buffer to be used again
	more, chunk := head+"Content-Length: 800000\r\n\r\n"+body, head+"Transfer-Encoding: chunked\r\n\r\naf000\r\n"+body
	var zip bytes.Buffer
	z := gzip.NewWriter(&zip)
	io.WriteString(z, body)
	require.NoError(t, z.Close())
	unpacked := fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, zip.Len()-8, zip.Bytes()[:zip.Len()-8])
	share := httpclient.Config{BodyMemory: 100 << 10}
	for _, x := range []struct {
		want   string // "" is an answer
		answer func(*net.TCPConn)
		config httpclient.Config
		args   []any
	}{
		{"", says(chunk + "\r\n0\r\n\r\n"), httpclient.Config{}, nil},
		{"", says(chunk + "\r\n0\r\n\r\n"), share, []any{httpclient.Discard()}},
		{"generator: body memory", says(chunk + "\r\n0\r\n\r\n"), share, nil},
		{"body: too large", says(chunk + "\r\n0\r\n\r\n"), httpclient.Config{MaxBody: 500 << 10}, nil},
		{"body: truncated", says(more), httpclient.Config{}, nil},
		{"body: malformed", says(chunk + "junk\r\n"), httpclient.Config{}, nil},
		{"body: truncated", says(unpacked), httpclient.Config{Gzip: true}, nil},
		{"timeout", thenHang(says(more)), httpclient.Config{Timeout: soon}, nil},
	} {
		web := newClient(t, rawServer(t, x.answer), x.config)
		whole := web.BodyMemoryLeft()
		for range 3 {
			reason := ""
			if failure, ok := errors.AsType[*httpclient.Error](web.Get(t.Context(), "/", x.args...).Err()); ok {
				reason = failure.Reason
			}
			assert.Equal(t, x.want, reason)
			assert.Equal(t, whole, web.BodyMemoryLeft(), x.want)
		}
	}
}

// endless says start, and then more and more.
func endless(start, more string) func(*net.TCPConn) {
	block := []byte(strings.Repeat(more, 1+4096/len(more)))
	return func(c *net.TCPConn) {
		for _, err := c.Write([]byte(start)); err == nil; {
			_, err = c.Write(block)
		}
	}
}

// TestEndlessAnswers: whatever has no end, the client ends it, within the memory
// that a header and a body may take.
func TestEndlessAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testEndlessAnswers)
}

func testEndlessAnswers(t *testing.T, newClient maker) {
	const chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
	for _, x := range []struct{ start, more string }{
		{"", "HTTP/1.1 100 Continue\r\n\r\n"}, {"", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"}, {"", "\r\n"}, {"", "\n"}, {"", " "}, {"", "\x00"},
		{"HTTP/1.1 ", "2"}, {"HTTP/1.1 200 ", "O"}, {head, "X: y\r\n"}, {head + "\r\n", "y"}, {head + "Content-Length: 99999999999999999999999\r\n\r\n", "y"},
		{chunked, "0"}, {chunked + "1;", "x"}, {chunked, "1;" + strings.Repeat("x", 50) + "\r\na\r\n"}, {chunked + "0\r\n", "X: y\r\n"}, {chunked + "0\r\nX: ", "y"},
		{chunked + "ffffffffffffffff\r\n", "y"}, {chunked + "7fffffffffffffff\r\n", "y"},
	} {
		web := newClient(t, rawServer(t, endless(x.start, x.more)), httpclient.Config{Timeout: soon / 2, MaxBody: 1 << 20})
		got := allocated(func() {
			failure, ok := errors.AsType[*httpclient.Error](web.Get(t.Context(), "/").Err())
			require.True(t, ok, "%q...", x.start+x.more)
			assert.Contains(t, []string{"timeout", "protocol: not HTTP", "protocol: header too large", "body: malformed", "body: too large"}, failure.Reason)
		})
		assert.LessOrEqual(t, got, uint64(32<<20), "%q...", x.start+x.more)
	}
}

// TestFaultsLeaveNoMemory sends hundreds of requests into every fault that
// comes at once.
func TestFaultsLeaveNoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testFaultsLeaveNoMemory)
}

func testFaultsLeaveNoMemory(t *testing.T, newClient maker) {
	const most = 1 << 20
	var clients []*httpclient.Client
	for _, f := range faults() {
		if f.config.Timeout == 0 && f.want != "protocol: header too large" {
			f.config.MaxBody = 64 << 10
			clients = append(clients, newClient(t, f.target(t), f.config))
		}
	}
	requests := func(n int) {
		for _, web := range clients {
			for range n {
				require.Error(t, web.Get(t.Context(), "/").Err())
			}
		}
	}
	requests(10)
	before := heldMemory()
	requests(50)
	assert.Eventually(t, func() bool { return heldMemory() <= before+most }, time.Minute, 10*time.Millisecond, "the targets let go a moment later")
}
