package httpclient_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// odd is an answer that a target might send, and how it is asked.
type odd struct {
	text   string
	method string
	zip    bool // we ask for compressed answers
	cut    int  // the target pauses after so many bytes; 0: never
	hold   bool // the target leaves the connection open, until the client closes it
	upload int  // bytes of the request's body
}

// oddTarget is a server that gives whatever answer is in it.
type oddTarget struct {
	url  string
	odd  atomic.Pointer[odd]
	open sync.WaitGroup
}

func newOddTarget(t testing.TB) *oddTarget {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o := &oddTarget{url: "http://" + listener.Addr().String()}
	o.open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			o.open.Go(func() { o.serve(c) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		o.open.Wait()
	})
	return o
}

// serve reads a whole request, so that closing the connection does not reset it.
func (o *oddTarget) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	x := o.odd.Load()
	io.Copy(io.Discard, r.Body)
	if 0 < x.cut && x.cut < len(x.text) {
		io.WriteString(c, x.text[:x.cut])
		time.Sleep(time.Millisecond) // for two packets
		io.WriteString(c, x.text[x.cut:])
	} else {
		io.WriteString(c, x.text)
	}
	if x.hold {
		in.ReadByte()
	}
}

// oddLimit is the largest body that the client takes.
const oddLimit = 2000

// says returns what the client on a wire makes of x.
func (o *oddTarget) says(t testing.TB, wire httpclient.Wire, x odd) string {
	o.odd.Store(&x)
	web, err := httpclient.New(httpclient.Config{Host: o.url, Wire: wire, Gzip: x.zip, MaxBody: oddLimit, MaxRedirects: -1, Timeout: time.Minute})
	require.NoError(t, err)
	defer web.Close()
	q := httpclient.Request{Method: x.method, Path: "/"}
	if x.upload > 0 {
		q.Body = make([]byte, x.upload)
	}
	return answered(web.Do(t.Context(), q))
}

// sameOnBothWires returns what both wires make of x.
func (o *oddTarget) sameOnBothWires(t testing.TB, x odd) string {
	one := o.says(t, httpclient.NetHTTP, x)
	assert.Equal(t, one, o.says(t, httpclient.Fast, x), "%+v", x)
	return one
}

// TestOddAnswers asks for answers that a target should not give, and those that it may
// although few do: the verdict is the same on both wires, and the right one.
func TestOddAnswers(t *testing.T) {
	table, err := os.ReadFile("../../docs/reliability.md")
	require.NoError(t, err)
	const ok = "Content-Length: 2\r\n\r\nok"
	for name, x := range map[string]struct {
		odd
		want string // the row of the table in docs/reliability.md
	}{
		"chunked, empty, marked gzip": {odd{text: head + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", zip: true}, "200, 0 bytes"},
		"until the end, empty, gzip":  {odd{text: head + "Content-Encoding: gzip\r\n\r\n", zip: true}, "200, 0 bytes"},
		"status 000":                  {odd{text: "HTTP/1.1 000 Zero\r\n" + ok}, "`http 0`"},
		"status 099":                  {odd{text: "HTTP/1.1 099 Low\r\n" + ok}, "`http 99`"},
		"status 600":                  {odd{text: "HTTP/1.1 600 High\r\n" + ok}, "`http 600`"},
		"status of two digits":        {odd{text: "HTTP/1.1 20 OK\r\n" + ok}, "`protocol: not HTTP`"},
		"status of four digits":       {odd{text: "HTTP/1.1 2000 OK\r\n" + ok}, "`protocol: not HTTP`"},
		"status that is none":         {odd{text: "HTTP/1.1 abc OK\r\n" + ok}, "`protocol: not HTTP`"},
		"signed status":               {odd{text: "HTTP/1.1 +20 OK\r\n" + ok}, "`http 20`"},
		"lines that end in LF":        {odd{text: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", hold: true}, "200, 2 bytes"},
		"chunks that end in LF":       {odd{text: head + "Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n", hold: true}, "`body: malformed`"},
		"HTTP/1.0":                    {odd{text: "HTTP/1.0 200 OK\r\n" + ok}, "200, 2 bytes"},
		"HTTP/2.0":                    {odd{text: "HTTP/2.0 200 OK\r\n" + ok}, "200, 2 bytes"},
		"HTTP/0.9":                    {odd{text: "<html>hello</html>"}, "`protocol: not HTTP`"},
		"two spaces":                  {odd{text: "HTTP/1.1  200 OK\r\n" + ok}, "200, 2 bytes"},
		"folded":                      {odd{text: head + "X: a\r\n b\r\n" + ok}, "200, 2 bytes"},
		"space before the colon":      {odd{text: head + "X : a\r\n" + ok}, "200, 2 bytes"},
		"two lengths":                 {odd{text: head + "Content-Length: 2\r\n" + ok}, "200, 2 bytes"},
		"lengths that differ":         {odd{text: head + "Content-Length: 3\r\n" + ok}, "`protocol: not HTTP`"},
		"length and chunks":           {odd{text: head + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", hold: true}, "200, 2 bytes"},
		"encodings":                   {odd{text: head + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"}, "`protocol: not HTTP`"},
		"chunk extensions":            {odd{text: head + "Transfer-Encoding: chunked\r\n\r\n2;a=\"b\"\r\nok\r\n0;c\r\n\r\n", hold: true}, "200, 2 bytes"},
		"trailers":                    {odd{text: head + "Transfer-Encoding: chunked\r\nTrailer: A\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n", hold: true}, "200, 2 bytes"},
		"broken trailers":             {odd{text: head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nrubbish\r\n\r\n"}, "`body: malformed`"},
		"CR alone":                    {odd{text: head + "X: a\rb\r\n" + ok}, "`protocol: not HTTP`"},
		"NUL":                         {odd{text: head + "X: a\x00b\r\n" + ok}, "`protocol: not HTTP`"},
		"Latin-1":                     {odd{text: head + "X: \xe4\r\n" + ok}, "200, 2 bytes"},
		"no field name":               {odd{text: head + ": a\r\n" + ok}, "`protocol: not HTTP`"},
		"flood of hints":              {odd{text: strings.Repeat("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n", 1000) + head + ok}, "200, 2 bytes"},
		"flood of hints without end":  {odd{text: strings.Repeat("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n", 10_000) + head + ok}, "`protocol: header too large`"},
		"hint with a length":          {odd{text: "HTTP/1.1 103 Early\r\n" + ok + head + ok}, "`protocol: not HTTP`"},
		"length on 204":               {odd{text: "HTTP/1.1 204 No\r\n" + ok, hold: true}, "204, 0 bytes"},
		"chunks on 304":               {odd{text: "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", hold: true}, "304, 0 bytes"},
		"HEAD announces too much":     {odd{method: "HEAD", text: head + "Content-Length: 10000000000\r\n\r\n", hold: true}, "200, 0 bytes"},
		"HEAD with a body":            {odd{method: "HEAD", text: head + ok, hold: true}, "200, 0 bytes"},
		"empty length":                {odd{text: head + "Content-Length:\r\n\r\nok"}, "`protocol: not HTTP`"},
		"length with a plus":          {odd{text: head + "Content-Length: +2\r\n\r\nok"}, "`protocol: not HTTP`"},
		"deflate":                     {odd{text: head + "Content-Encoding: deflate\r\n" + ok, zip: true}, "200, 2 bytes"},
		"gzip, two members":           {odd{text: zipped("ab") + "", zip: true}, "200, 4 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newOddTarget(t).sameOnBothWires(t, x.odd)
			assert.Equal(t, x.want, verdictOf(got))
			assert.Contains(t, string(table), fmt.Sprintf("| %s | %s |", name, x.want))
		})
	}
}

// verdictOf is what a report says of an answer: the reason of its failure, or its
// status and size.
func verdictOf(said string) string {
	line, _, _ := strings.Cut(said, "\n")
	failure, rest, _ := strings.Cut(line, " status ")
	if _, reason, failed := strings.Cut(failure, " /: "); failed {
		return "`" + reason + "`"
	}
	var status, size int
	fmt.Sscanf(rest, "%d bytes %d", &status, &size)
	return fmt.Sprintf("%d, %d bytes", status, size)
}

// zipped is an answer of two compressed members.
func zipped(text string) string {
	body := pack(text) + pack(text)
	return fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

func pack(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func deflate(text string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 1)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// TestEachBreak closes the connection after every byte of some answers.
func TestEachBreak(t *testing.T) {
	for i, text := range []string{
		head + "Content-Length: 5\r\nX: y\r\n\r\nhello",
		"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nA: b\r\n\r\n",
		zipped("hello"),
		"HTTP/1.0 200 OK\r\nX: y\r\n\r\nhello",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			target := newOddTarget(t)
			step := 1
			if testing.Short() {
				step = 7
			}
			for n := 0; n < len(text); n += step {
				target.sameOnBothWires(t, odd{text: text[:n], zip: true})
			}
		})
	}
}

// TestDrawnAnswers draws answers from all parts of one that may be odd.
func TestDrawnAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	quietly(t)
	target, r := newOddTarget(t), rand.New(rand.NewPCG(1, 2))
	for range httpclient.UnlessRaced(1000, 300) {
		target.sameOnBothWires(t, drawAnswer(r))
		if t.Failed() {
			return
		}
	}
}

// FuzzWires asks both wires for any answer, from drawn ones on.
func FuzzWires(f *testing.F) {
	if testing.Short() {
		f.Skip("opens many sockets")
	}
	log := quietly
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		x := drawAnswer(r)
		f.Add([]byte(x.text), x.method == "HEAD", x.zip, x.cut)
	}
	target := newOddTarget(f)
	f.Fuzz(func(t *testing.T, text []byte, noBody, zip bool, cut int) {
		log(t)
		x := odd{text: string(text), zip: zip, cut: cut}
		if noBody {
			x.method = "HEAD"
		}
		if len(text) > 1<<16 {
			return
		}
		target.sameOnBothWires(t, x)
	})
}

// drawAnswer puts an answer together from parts, most of which are as they should
// be.
func drawAnswer(r *rand.Rand) odd {
	rate := 2 + r.IntN(30) // one part in so many is odd
	pick := func(usual string, others ...string) string {
		if r.IntN(rate) > 0 {
			return usual
		}
		return others[r.IntN(len(others))]
	}
	end := func() string { return pick("\r\n", "\n", "\n", "\r", "\r\r\n", "\n\r\n", "") }
	var b strings.Builder
	for r.IntN(6) == 0 {
		b.WriteString("HTTP/1.1 " + pick("103 Early", "100 Continue", "102 ", "101 Switch", "199") + end() + pick("", "Link: x"+end(), "Content-Length: 3"+end(), "Transfer-Encoding: chunked"+end()) + end())
	}
	b.WriteString(pick("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "HTTP/1", "http/1.1", "HTTP/0.9", "HTTP/11.1", "ICY", "", " HTTP/1.1", "HTTP/1.1\t"))
	b.WriteString(pick(" ", "  ", "\t", ""))
	b.WriteString(pick("200", "204", "304", "404", "500", "000", "099", "999", "1000", "20", "2x0", "-10", "+20", "205", "206", "301", "100", "101"))
	b.WriteString(pick(" OK", "", " ", "OK", " \xe4\xf6", " a\x00b", " a\rb", "  two  ", "\tOK"))
	b.WriteString(end())
	bodies := []string{"", strings.Repeat("x", oddLimit), strings.Repeat("x", oddLimit+1), "\x00\xff", pack("hello"), pack("") + pack("x"), pack("hello") + "rest", pack("hello")[:9], deflate("hello"), pack("x")[:1]}
	body := pick("hello", bodies[r.IntN(len(bodies))], bodies[r.IntN(len(bodies))])
	chunked := r.IntN(3) == 0
	for range r.IntN(4) {
		b.WriteString(drawField(r, pick, body) + end())
	}
	if r.IntN(8) > 0 {
		if chunked {
			b.WriteString(pick("Transfer-Encoding: chunked", "transfer-encoding: Chunked", "Transfer-Encoding:chunked ", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity", "Transfer-Encoding: ", "Transfer-Encoding: \"chunked\""))
		} else {
			b.WriteString(pick("Content-Length: "+fmt.Sprint(len(body)), "content-length:"+fmt.Sprint(len(body)), fmt.Sprintf("Content-Length: %d, %d", len(body), len(body)), fmt.Sprintf("Content-Length: \t%d ", len(body)),
				"Content-Length: -1", "Content-Length: +5", "Content-Length: 0x5", "Content-Length: 5 5", "Content-Length: 99999999999999999999", "Content-Length: 05", "Content-Length: ", "Content-Length: 1e3"))
		}
		b.WriteString(end())
	}
	b.WriteString(end())
	if chunked {
		body = drawChunks(r, pick, body, end)
	}
	b.WriteString(body + pick("", "more", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"))
	x := odd{text: b.String(), zip: r.IntN(2) == 0, method: pick("GET", "HEAD", "POST", "PUT", "DELETE")}
	if r.IntN(4) == 0 {
		x.text = x.text[:r.IntN(len(x.text)+1)]
	}
	if r.IntN(4) == 0 {
		x.cut = r.IntN(len(x.text) + 1)
	}
	return x
}

func drawField(r *rand.Rand, pick func(string, ...string) string, body string) string {
	others := []string{"Connection: close", "Connection: keep-alive", "Connection: Keep-Alive, Close", "Connection: upgrade", "Upgrade: x", "Content-Encoding: gzip", "Content-Encoding: GZip", "content-encoding: gzip, gzip",
		"Content-Length: " + fmt.Sprint(len(body)), "Content-Length: 1", "Trailer: A", "Trailer: Content-Length", "Pragma: no-cache", "Cache-Control: x", "Set-Cookie: a=b", "Set-Cookie: ä=\xff", "Location: /x",
		"X : y", " X: y", "\tfolded", " : ", ":", "X", "X:", "X:\t y \t", "X: a\x00", "X: a\x7f", "X: \xe4", "X(: y", "x-LONG-name_1: y", "X: " + strings.Repeat("x", 3000+r.IntN(3000)), "X: a\rb", "Transfer-Encoding: chunked", "Content-Type: text/html", "Keep-Alive: timeout=5", "Date: x", "Server:"}
	return pick("X: y", others[r.IntN(len(others))], "Connection: close", "Content-Encoding: gzip")
}

func drawChunks(r *rand.Rand, pick func(string, ...string) string, body string, end func() string) string {
	var b strings.Builder
	for len(body) > 0 {
		n := 1 + r.IntN(len(body))
		b.WriteString(pick(fmt.Sprintf("%x", n), fmt.Sprintf("%X", n), fmt.Sprintf("0%x", n), fmt.Sprintf("%x ", n), fmt.Sprintf(" %x", n), fmt.Sprintf("%x;a=b", n), fmt.Sprintf("%x;%s", n, strings.Repeat("x", 100)), fmt.Sprintf("0x%x", n), fmt.Sprintf("%x", n+1), "", "-1", "ffffffffffffffff", "10000000000000000", "g"))
		b.WriteString(end() + body[:n] + end())
		body = body[n:]
	}
	b.WriteString(pick("0", "00", "0;x", "", "0 ", strings.Repeat("0", 20)) + end())
	b.WriteString(pick("", "A: b"+end(), "Content-Length: 3"+end(), "rubbish"+end(), " A: b"+end(), "A: "+strings.Repeat("x", 5000)+end(), "A: \x00"+end()))
	return b.String() + end()
}
