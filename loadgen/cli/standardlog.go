package cli

import (
	"bytes"
	"io"
	"sync/atomic"
)

// unasked is what net/http says, to the standard logger, of every answer that
// goes on behind its announced end: of a target that always sends such, at
// each request.
var unasked = []byte("Unsolicited response received on idle HTTP channel")

// quieted is where the standard logger writes: that is said once.
type quieted struct {
	w    io.Writer
	said atomic.Bool
}

// Write implements io.Writer.
func (q *quieted) Write(line []byte) (int, error) {
	if bytes.Contains(line, unasked) && q.said.Swap(true) {
		return len(line), nil
	}
	return q.w.Write(line)
}
