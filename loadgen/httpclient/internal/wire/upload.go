package wire

import (
	"bytes"
	"io"
	"sync/atomic"
)

// upload is how far a request on a socket has come. A target may answer before it
// has read the whole request, and close: 413, 401, 503. net/http then drops the
// answer, which has come, for the error of its next write. So a write that
// fails in the middle of a request passes for done, and the reader finds the
// answer, or the same end.
type upload struct {
	sent   atomic.Bool // something of a request, and nothing of its answer has come
	broken atomic.Pointer[error]
}

// Write returns the error of a request's first write: nothing has reached the
// target, and the request may be repeated. It keeps later ones for Read.
func (c *socket) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	u := &c.upload
	switch {
	case err == nil:
		u.sent.Store(true)
	case isTornDown(err) && (n > 0 || u.sent.Load() || u.broken.Load() != nil || continues(p)):
		u.broken.CompareAndSwap(nil, &err)
		return len(p), nil
	}
	return n, err
}

// continues reports whether what is written is a later part of a request: clear text,
// but no request line. The answer may have been read before it; then only the text
// differs from that of the next request. What TLS has encrypted does not show it.
func continues(p []byte) bool {
	const record = 0x17 // application data of TLS
	line, _, whole := bytes.Cut(p, []byte("\r\n"))
	return len(p) > 0 && p[0] != record && !(whole && bytes.HasSuffix(line, []byte(" HTTP/1.1")))
}

// Read gives the error that Write kept when no answer explains it. The system
// reports it once, to whichever comes first.
func (c *socket) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	u := &c.upload
	if n > 0 {
		u.sent.Store(false)
	} else if broken := u.broken.Load(); err == io.EOF && broken != nil && u.sent.Load() {
		return 0, *broken
	}
	return n, err
}

// isTornDown says that the other side has closed the connection.
func isTornDown(err error) bool { return err != nil && systemReason(err) == "connect: reset" }
