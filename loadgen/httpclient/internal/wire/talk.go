package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gensim/load-generator/report/timing"
)

const (
	readerSize    = 4 << 10 // as net/http's: it bounds trailers
	LargestHeader = 256 << 10
	jointBody     = 16 << 10              // bodies up to this go out in one piece with the header
	lastWords     = 50 * time.Millisecond // for so long a body may still be written when the answer is there
)

// talk is one exchange on a connection of the fast wire, with the memory that
// it takes. Talks are used again and again.
type talk struct {
	conn   *fastConn
	out    []byte // the request, as far as it goes out in one piece
	in     *bufio.Reader
	header []byte // of a usual answer, as text
	body   buffer
	unzip  *gzip.Reader

	request http.Request // what net/http's reader wants to know of it
	exact   exactly
	stream  io.Reader // the answer's body; nil: none
	zipped  bool      // it is to be unpacked
	length  int64     // that it announces; -1: none
	last    bool      // the target closes the connection after it
	room    int64     // how many more bytes a header may have

	pending    bool  // out is still to be written
	err        error // that a read has given: it would not come again
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
func (t *talk) exchange(c *fastConn, m *Message, zip bool) error {
	t.conn, t.err = c, nil
	t.unsent, t.unanswered, t.complete = false, false, false
	sent, err := t.send(m, zip)
	if err != nil {
		return err
	}
	err = t.receive(m, zip)
	if c.early = sent != nil; c.early {
		t.join(sent)
	}
	return err
}

// send prepares m, which the first read will write. For a large body it returns
// a channel that reports when it is written: the target may answer before it has
// taken everything.
func (t *talk) send(m *Message, zip bool) (<-chan error, error) {
	t.out = m.appendHead(t.out[:0], zip)
	if len(m.Body) <= jointBody {
		t.out, t.pending = append(t.out, m.Body...), true
		return nil, nil
	}
	if n, err := t.conn.Write(t.out); err != nil {
		t.unsent = n == 0
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := t.conn.Write(m.Body)
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
	switch {
	case t.err != nil:
		return 0, t.err
	case t.room <= 0:
		return 0, errLongHeader
	}
	p = p[:min(int64(len(p)), t.room)]
	if t.pending {
		t.pending = false
		n, err = t.ask(p)
	} else {
		n, err = t.conn.Read(p)
	}
	t.room -= int64(n)
	t.err = err
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
func (m *Message) appendHead(b []byte, zip bool) []byte {
	b = append(b, m.Method...)
	b = append(b, ' ')
	b = append(b, m.Target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = appendField(b, "Host", m.Name())
	h := m.Header
	if m.Cookie != "" && h.Header["Cookie"] != nil {
		h = m.withCookies().Written()
	} else if m.Cookie != "" {
		b = appendField(b, "Cookie", m.Cookie)
	}
	b = append(b, h.text...)
	if m.wantsZip(zip) {
		b = appendField(b, "Accept-Encoding", "gzip")
	}
	if announced(m.Method, len(m.Body)) {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(m.Body)), 10)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// wantsZip says whether to ask for a compressed answer, as net/http does.
func (m *Message) wantsZip(zip bool) bool {
	h := m.Header.Header
	return zip && m.Method != http.MethodHead && h["Accept-Encoding"] == nil && h["Range"] == nil
}

// receive reads the answer.
func (t *talk) receive(m *Message, zip bool) error {
	if t.in == nil {
		t.in = bufio.NewReaderSize(t, readerSize)
	}
	t.in.Reset(t)
	t.room, t.zipped = LargestHeader, false
	if _, err := t.in.Peek(1); err != nil {
		t.unanswered = true
		return err
	}
	m.Watch.To(timing.Receiving)
	var fields http.Header
	zip = m.wantsZip(zip)
	if !t.readPlain(m, zip) {
		var err error
		if fields, err = t.readAny(m, zip); err != nil {
			return err
		}
	}
	m.Data, t.room = nil, math.MaxInt64
	err := t.receiveBody(m)
	t.keep(m, fields)
	t.complete = err == nil && !t.last && !m.Header.close && t.in.Buffered() == 0
	return err
}

// keep gives m the header and the body, in one piece of memory unless net/http has
// parsed the header.
func (t *talk) keep(m *Message, fields http.Header) {
	if fields != nil {
		m.Answer, m.Data = AnswerHeader{Parsed: fields}, bytes.Clone(m.Data)
		return
	}
	h, all := len(t.header), make([]byte, len(t.header)+len(m.Data))
	copy(all, t.header)
	copy(all[h:], m.Data) // of the talk's buffer
	m.Answer = AnswerHeader{text: all[:h:h]}
	if m.Data != nil {
		m.Data = all[h:]
	}
}

// receiveBody reads the body and checks its size.
func (t *talk) receiveBody(m *Message) error {
	switch {
	case t.stream == nil:
		return nil
	case t.length > m.Limit:
		return errTooLarge
	case t.zipped:
		return t.receiveZipped(m)
	}
	return t.body.readAll(t.stream, m)
}

// receiveZipped unpacks the body. An empty one is not an archive, but it is an answer.
func (t *talk) receiveZipped(m *Message) error {
	if t.unzip == nil {
		t.unzip = new(gzip.Reader)
	}
	switch err := t.unzip.Reset(t.stream); err {
	case nil:
		return t.body.readAll(t.unzip, m)
	case io.EOF:
		return nil
	default:
		return InBody(err)
	}
}

// release lets go of the connection and of what has grown too large to keep.
func (t *talk) release() {
	t.conn, t.stream, t.heard, t.exact = nil, nil, nil, exactly{}
	if cap(t.body.data) > largestReuse {
		t.body.data = nil
	}
}
