package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strings"
)

// The fast wire reads the usual answer itself: HTTP/1.1, all of its header there
// at once, in plain characters and whole lines, and a length. Every other one it
// leaves to net/http's reader, from the first byte on, so that both wires make
// the same of whatever a target sends.

// plainHead is the header of a usual answer.
type plainHead struct {
	status int
	length int64 // of the body; -1: not given
	close  bool  // the target closes the connection

	connection bool // it speaks of it
}

// parsePlain reads a header from text and appends its fields to fields, as lines
// "Key: value". Size is how long it is; ok is false when it is not a usual one.
func parsePlain(text, fields []byte, zip bool) (h plainHead, size int, _ []byte, ok bool) {
	h.length = -1
	if h.status, size = plainStatus(text); size == 0 {
		return h, 0, fields, false
	}
	for {
		rest := text[size:]
		if len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n' {
			return h, size + 2, fields, true
		}
		key, value, n := plainField(rest)
		if n == 0 {
			return h, 0, fields, false
		}
		size += n
		at := len(fields)
		fields = appendField(fields, key, value)
		canonicalize(fields[at : at+len(key)])
		keep, ok := h.note(fields[at:at+len(key)], value, zip)
		switch {
		case !ok:
			return h, 0, fields, false
		case !keep:
			fields = fields[:at]
		}
	}
}

// plainStatus reads "HTTP/1.1 200 Reason" with its end; size is 0 for what is
// not that.
func plainStatus(line []byte) (status, size int) {
	const proto = "HTTP/1.1 "
	if len(line) < len(proto)+5 || string(line[:len(proto)]) != proto {
		return 0, 0
	}
	code := line[len(proto):]
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return 0, 0
		}
		status = 10*status + int(c-'0')
	}
	end := plainLine(code[3:])
	if end == 0 || code[3] != ' ' && code[3] != '\r' || status < http.StatusOK {
		return 0, 0
	}
	return status, len(proto) + 3 + end
}

// plainField reads "key: value" with its end; size is 0 for what is not that.
func plainField(line []byte) (key, value []byte, size int) {
	k := 0
	for k < len(line) && tokenByte[line[k]] {
		k++
	}
	if k == 0 || k == len(line) || line[k] != ':' {
		return nil, nil, 0
	}
	n := plainLine(line[k+1:])
	if n == 0 {
		return nil, nil, 0
	}
	return line[:k], textproto.TrimBytes(line[k+1 : k+1+n]), k + 1 + n
}

// plainLine is how long the rest of a line is, CR and LF included; 0 when it has no
// such end or holds anything but printable ASCII.
func plainLine(text []byte) int {
	for i, c := range text {
		switch {
		case ' ' <= c && c < 0x7f || c == '\t':
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			return i + 2
		default:
			return 0
		}
	}
	return 0
}

// note takes what a field says of the body and the connection. It keeps no field
// that net/http hides, and knows only the usual values.
func (h *plainHead) note(key, value []byte, zip bool) (keep, ok bool) {
	switch string(key) {
	case "Content-Length":
		if h.length >= 0 || len(value) == 0 || len(value) > 15 {
			return false, false
		}
		h.length = 0
		for _, c := range value {
			if c < '0' || c > '9' {
				return false, false
			}
			h.length = 10*h.length + int64(c-'0')
		}
	case "Connection":
		again := h.connection
		h.connection, h.close = true, strings.EqualFold(string(value), "close")
		return !h.close, !again && (h.close || strings.EqualFold(string(value), "keep-alive"))
	case "Content-Encoding":
		return true, !zip
	case "Transfer-Encoding", "Trailer", "Pragma":
		return false, false
	}
	return true, true
}

// canonicalize writes a key as net/http does: "Content-Length".
func canonicalize(key []byte) {
	first := true
	for i, c := range key {
		switch {
		case first && 'a' <= c && c <= 'z':
			key[i] = c - 'a' + 'A'
		case !first && 'A' <= c && c <= 'Z':
			key[i] = c - 'A' + 'a'
		}
		first = c == '-'
	}
}

// tokenByte says which bytes a method or the key of a field consists of.
var tokenByte = func() (table [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		table[c] = true
	}
	return table
}()

// readPlain reads a usual answer's header and reports whether it was one.
func (t *talk) readPlain(m *Message, zip bool) bool {
	text, _ := t.in.Peek(t.in.Buffered())
	h, size, fields, ok := parsePlain(text, t.header[:0], zip)
	t.header = fields
	none := m.Method == http.MethodHead || h.status == http.StatusNoContent || h.status == http.StatusNotModified
	if !ok || h.length < 0 && !none {
		return false
	}
	t.in.Discard(size)
	m.Status, t.last, t.stream, t.length = h.status, h.close, nil, h.length
	if none {
		t.length = 0
	}
	if t.length > 0 {
		t.exact = exactly{t.in, t.length}
		t.stream = &t.exact
	}
	return true
}

// exactly reads a body whose length is known.
type exactly struct {
	in   *bufio.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.in.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	switch {
	case e.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// readAny reads any answer's header with net/http, past those that are only
// informational, and returns its fields.
func (t *talk) readAny(m *Message, zip bool) (http.Header, error) {
	t.request.Method = m.Method
	for {
		resp, err := http.ReadResponse(t.in, &t.request)
		if err != nil {
			return nil, t.headerError(err)
		}
		if 100 <= resp.StatusCode && resp.StatusCode <= 199 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		m.Status, t.last, t.stream, t.length = resp.StatusCode, resp.Close || resp.StatusCode <= 199, nil, resp.ContentLength
		if m.Method != http.MethodHead && resp.ContentLength != 0 && resp.StatusCode != http.StatusSwitchingProtocols {
			t.stream = resp.Body
			t.zipped = zip && strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip")
		}
		if t.zipped {
			resp.Header.Del("Content-Encoding")
			resp.Header.Del("Content-Length")
			t.length = -1
		}
		return resp.Header, nil
	}
}

// headerError distinguishes a connection that broke from a target that speaks
// something else.
func (t *talk) headerError(err error) error {
	switch {
	case errors.Is(t.err, os.ErrDeadlineExceeded):
		return t.err // what came is no less right for being cut short
	case t.room <= 0:
		return errLongHeader
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	case t.err != nil && errors.Is(err, t.err):
		return t.err
	}
	return fmt.Errorf("%w: %w", errNotHTTP, err)
}
