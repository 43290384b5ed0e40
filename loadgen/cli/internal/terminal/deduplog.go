package terminal

import (
	"bytes"
	"io"
	"sync/atomic"
)

// unsolicited is what net/http logs, to the standard logger, about each answer that
// is longer than announced: at every request, if the target always sends such.
var unsolicited = []byte("Unsolicited response received on idle HTTP channel")

// DedupLog is where the standard logger writes: that line gets through once.
type DedupLog struct {
	w    io.Writer
	seen atomic.Bool
}

// NewDedupLog returns a DedupLog that writes to w.
func NewDedupLog(w io.Writer) *DedupLog { return &DedupLog{w: w} }

// Write implements io.Writer.
func (d *DedupLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, unsolicited) && d.seen.Swap(true) {
		return len(line), nil
	}
	return d.w.Write(line)
}
