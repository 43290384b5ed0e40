package httpclient

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	smallHeader   = 4 << 10
	largestHeader = 256 << 10
	jointBody     = 16 << 10              // bodies up to this go out in one piece with the header
	chunked       = -1                    // the length that fasthttp has for chunks
	lastWords     = 50 * time.Millisecond // for so long a body may still be written when the answer is there
)

// talk is one exchange on a connection of the fast wire, with the memory that
// it takes. Talks are used again and again.
type talk struct {
	conn   *fastConn
	out    []byte // the request, as far as it goes out in one piece
	in     *bufio.Reader
	answer fasthttp.Response
	header []byte // of the answer, as text
	body   buffer
	stream io.Reader
	unzip  *gzip.Reader

	pending    bool  // out is still to be written
	err        error // of the last read, which fasthttp would word in its own way
	unsent     bool  // not a byte was written
	unanswered bool  // not a byte came back
	complete   bool  // the connection is good for another exchange

	// What ask needs on Linux.
	step    func(fd uintptr) bool
	asked   bool
	heard   []byte
	n       int
	failure error
}

// exchange writes m and reads the answer.
func (t *talk) exchange(c *fastConn, m *message, zip bool) error {
	t.conn, t.err = c, nil
	t.unsent, t.unanswered, t.complete = false, false, false
	sent, err := t.send(m, zip)
	if err != nil {
		return err
	}
	err = t.receive(m, zip)
	if sent != nil {
		t.join(sent)
	}
	return err
}

// send prepares m, which the first read will write. Of a large body it returns
// a channel that tells when it is written: the target may answer before it has
// taken everything.
func (t *talk) send(m *message, zip bool) (<-chan error, error) {
	t.out = m.appendHead(t.out[:0], zip)
	if len(m.body) <= jointBody {
		t.out, t.pending = append(t.out, m.body...), true
		return nil, nil
	}
	if n, err := t.conn.Write(t.out); err != nil {
		t.unsent = n == 0
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := t.conn.Write(m.body)
		sent <- err
	}()
	return sent, nil
}

// join ends the writing of a large body once the answer is there, or is known
// not to come.
func (t *talk) join(sent <-chan error) {
	patience := time.NewTimer(lastWords)
	defer patience.Stop()
	if !t.complete {
		t.conn.abort()
	}
	select {
	case err := <-sent:
		t.complete = t.complete && err == nil
	case <-patience.C: // no one takes the rest
		t.complete = false
		t.conn.abort()
		<-sent
	}
}

// Read is where the answer comes from.
func (t *talk) Read(p []byte) (n int, err error) {
	if t.pending {
		t.pending = false
		n, err = t.ask(p)
	} else {
		n, err = t.conn.Read(p)
	}
	if err != nil {
		t.err = err
	}
	return n, err
}

func (t *talk) writeThenRead(p []byte) (int, error) {
	if n, err := t.conn.Write(t.out); err != nil {
		t.unsent = n == 0
		return 0, err
	}
	return t.conn.Read(p)
}

// appendHead writes the head of m.
func (m *message) appendHead(b []byte, zip bool) []byte {
	b = append(b, m.method...)
	b = append(b, ' ')
	b = append(b, m.target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = appendField(b, "Host", m.name())
	h := m.header
	if m.cookie != "" && h.Header["Cookie"] != nil {
		h = m.withCookies().written()
	} else if m.cookie != "" {
		b = appendField(b, "Cookie", m.cookie)
	}
	b = append(b, h.text...)
	if m.wantsZip(zip) {
		b = appendField(b, "Accept-Encoding", "gzip")
	}
	if announced(m.method, len(m.body)) {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(m.body)), 10)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// wantsZip says whether to ask for a compressed answer, as net/http does.
func (m *message) wantsZip(zip bool) bool {
	h := m.header.Header
	return zip && m.method != http.MethodHead && h["Accept-Encoding"] == nil && h["Range"] == nil
}

// receive reads the answer.
func (t *talk) receive(m *message, zip bool) error {
	if t.in == nil {
		t.in = bufio.NewReaderSize(t, smallHeader)
	}
	t.in.Reset(t)
	if _, err := t.in.Peek(1); err != nil {
		t.unanswered = true
		return err
	}
	if err := t.receiveHeader(m.method == http.MethodHead); err != nil {
		return err
	}
	m.status, m.data = t.answer.StatusCode(), nil
	t.stream = t.answer.BodyStream()
	zipped := m.wantsZip(zip) && t.isZipped()
	t.packHeader(zipped)
	err := t.receiveBody(m, zipped)
	t.keep(m)
	t.complete = err == nil && !t.answer.ConnectionClose() && !m.header.close &&
		m.status != http.StatusSwitchingProtocols && t.in.Buffered() == 0
	return err
}

// receiveHeader reads up to the body. Few headers are larger than the buffer.
func (t *talk) receiveHeader(noBody bool) error {
	for {
		t.answer.Reset()
		t.answer.StreamBody, t.answer.SkipBody = true, noBody
		t.answer.Header.SetNoDefaultContentType(true)
		err := t.answer.ReadLimitBody(t.in, 0)
		if err == nil {
			return nil
		}
		if _, small := errors.AsType[*fasthttp.ErrSmallBuffer](err); !small {
			return t.headerError(err)
		}
		if t.in.Size() >= largestHeader {
			return errLongHeader
		}
		t.enlarge()
	}
}

// enlarge gives the reader a larger buffer, and keeps what it has read.
func (t *talk) enlarge() {
	read, _ := t.in.Peek(t.in.Buffered())
	all := io.MultiReader(bytes.NewReader(bytes.Clone(read)), t)
	t.in = bufio.NewReaderSize(all, 8*t.in.Size())
}

// headerError tells a connection that broke from a target that speaks something
// else. What came of a header before the end is that of HTTP if it were one had
// it ended there.
func (t *talk) headerError(err error) error {
	if t.err == io.EOF {
		read, _ := t.in.Peek(t.in.Buffered())
		ended := io.MultiReader(bytes.NewReader(bytes.Clone(read)), strings.NewReader("\r\n\r\n"))
		if err = t.answer.Header.Read(bufio.NewReaderSize(ended, t.in.Size())); err == nil {
			return io.ErrUnexpectedEOF
		}
	} else if t.err != nil {
		return t.err
	}
	return fmt.Errorf("%w: %w", errNotHTTP, err)
}

// isZipped says that the answer has a compressed body.
func (t *talk) isZipped() bool {
	h := &t.answer.Header
	return t.stream != nil && h.ContentLength() != 0 && strings.EqualFold(string(h.ContentEncoding()), "gzip")
}

// packHeader writes the header of the answer as text; as in net/http without
// what is about the connection, or no longer true when the body is unpacked.
func (t *talk) packHeader(zipped bool) {
	t.header = t.header[:0]
	for key, value := range t.answer.Header.All() {
		switch string(key) {
		case "Transfer-Encoding":
			continue
		case "Trailer":
			if t.answer.Header.ContentLength() == chunked {
				continue
			}
		case "Connection":
			if strings.EqualFold(string(value), "close") {
				continue
			}
		case "Content-Encoding", "Content-Length":
			if zipped {
				continue
			}
		}
		t.header = appendField(t.header, key, value)
	}
}

// keep gives m the header and the body, in one piece of memory.
func (t *talk) keep(m *message) {
	h, all := len(t.header), make([]byte, len(t.header)+len(m.data))
	copy(all, t.header)
	copy(all[h:], m.data) // of the talk's buffer
	m.answer = answerHeader{text: all[:h:h]}
	if m.data != nil {
		m.data = all[h:]
	}
}

// receiveBody reads the body and checks its size.
func (t *talk) receiveBody(m *message, zipped bool) error {
	switch {
	case int64(t.answer.Header.ContentLength()) > m.limit:
		return errTooLarge
	case t.stream == nil:
		return nil
	case zipped:
		return t.receiveZipped(m)
	}
	return t.body.readAll((*talkBody)(t), m)
}

func (t *talk) receiveZipped(m *message) error {
	if t.unzip == nil {
		t.unzip = new(gzip.Reader)
	}
	if err := t.unzip.Reset((*talkBody)(t)); err != nil {
		return &bodyError{err}
	}
	return t.body.readAll(t.unzip, m)
}

// talkBody is the body of a talk's answer.
type talkBody talk

// Read gives the errors of the connection in place of fasthttp's.
func (b *talkBody) Read(p []byte) (int, error) {
	n, err := b.stream.Read(p)
	switch {
	case err == nil || err == io.EOF || b.err == nil:
		return n, err
	case b.err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, b.err
}

// release lets go of the connection and of what has grown too large to keep.
func (t *talk) release() {
	t.answer.CloseBodyStream()
	t.conn, t.stream, t.heard = nil, nil, nil
	if t.in != nil && t.in.Size() > smallHeader {
		t.in = nil
	}
	if cap(t.body.data) > largestReuse {
		t.body.data = nil
	}
}
