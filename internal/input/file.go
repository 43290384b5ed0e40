package input

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Open opens a file of text to be read as NewReader does. One whose size is known
// to be above limit, in bytes, is refused at once. Its errors do not name the file.
func Open(path string, limit int64) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > limit {
		return nil, errors.Join(tooLarge(limit), file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{NewReader(file, limit), file}, nil
}

// ReadFile reads a whole file of text, of at most limit bytes, without a byte
// order mark. Its errors do not name the file.
func ReadFile(path string, limit int64) ([]byte, error) {
	file, err := Open(path, limit)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	return text, cause(err)
}

// NewReader reads UTF-8 text: a byte order mark at its beginning is left out,
// other encodings are refused by name, and so is what follows after limit bytes.
func NewReader(r io.Reader, limit int64) io.Reader {
	return &reader{from: bufio.NewReader(r), left: limit, limit: limit}
}

type reader struct {
	from        *bufio.Reader
	begun       bool
	left, limit int64 // bytes
	err         error // of the first bytes
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (n int, err error) {
	if !r.begun {
		r.begun, r.err = true, r.begin()
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err = r.from.Read(p)
	if int64(n) > r.left {
		n, err = int(r.left), tooLarge(r.limit)
	}
	r.left -= int64(n)
	return n, err
}

// begin looks at the first bytes, of which there may be few.
func (r *reader) begin() error {
	head, err := r.from.Peek(4)
	if name := encoding(head); name != "" {
		return fmt.Errorf("is %s: save it as UTF-8", name)
	}
	if bytes.HasPrefix(head, []byte(mark)) {
		_, _ = r.from.Discard(len(mark)) // they are there
	}
	if len(head) > 0 {
		return nil
	}
	return err
}

// mark is the byte order mark of UTF-8.
const mark = "\ufeff"

// encoding names the encoding of a text by its first bytes; "" for UTF-8, and
// for what is not text at all.
func encoding(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return "UTF-32"
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "UTF-16"
	case len(head) == 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0,
		len(head) == 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return "UTF-16" // without a mark
	}
	return ""
}

func tooLarge(limit int64) error {
	if limit >= 1<<20 && limit%(1<<20) == 0 {
		return fmt.Errorf("more than %d MiB", limit>>20)
	}
	return fmt.Errorf("more than %d bytes", limit)
}

// cause is an error without the name of the file.
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
