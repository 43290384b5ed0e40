package samplefile

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Writer writes a file. It is not safe for concurrent use. After an error it is of no further use.
type Writer struct {
	format  Format
	out     counting
	buffer  *bufio.Writer
	squeeze compressor // nil: none
	to      io.Writer  // squeeze, or buffer
	line    []byte
	ops     map[report.Op][]byte // their part of a row
	op      report.Op            // of the last row
	opPart  []byte
	reasons map[string][]byte
}

// compressor is what gzip and zstd have in common.
type compressor interface {
	io.WriteCloser
	Flush() error
}

// counting counts what passes.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// NewWriter writes a first record to w.
func NewWriter(w io.Writer, f Format, h Header) (*Writer, error) {
	h.Version = Version
	if err := h.check(); err != nil {
		return nil, err
	}
	out := &Writer{format: f, out: counting{w: w}, ops: map[report.Op][]byte{}, reasons: map[string][]byte{}}
	out.buffer = bufio.NewWriterSize(&out.out, 64<<10)
	out.to = out.buffer
	var err error
	switch f.Compression {
	case ".gz":
		out.squeeze, err = gzip.NewWriterLevel(out.buffer, gzip.BestSpeed)
	case ".zst":
		out.squeeze, err = zstd.NewWriter(out.buffer, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	}
	if err != nil {
		return nil, err
	}
	if out.squeeze != nil {
		out.to = out.squeeze
	}
	if err := out.record(h); err != nil {
		return nil, err
	}
	if f.CSV {
		if _, err := io.WriteString(out.to, columns+"\n"); err != nil {
			return nil, err
		}
	}
	return out, out.Flush()
}

// record writes the first or the last record.
func (w *Writer) record(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.line = w.line[:0]
	if w.format.CSV {
		w.line = append(w.line, '#')
	}
	w.line = append(append(w.line, text...), '\n')
	_, err = w.to.Write(w.line)
	return err
}

// Bytes is how many have been written; what is in buffers is not among them.
func (w *Writer) Bytes() int64 { return w.out.n }

// Flush writes what is in buffers, so that it can be read though the process be killed.
func (w *Writer) Flush() error {
	if w.squeeze != nil {
		if err := w.squeeze.Flush(); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}

// End writes the last record, and what is in buffers.
func (w *Writer) End(e End) error {
	if err := w.record(struct {
		End End `json:"end"`
	}{e}); err != nil {
		return err
	}
	if w.squeeze != nil {
		if err := w.squeeze.Close(); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}

// Write writes rows.
func (w *Writer) Write(samples []record.Sample) error {
	w.line = w.line[:0]
	for i := range samples {
		if w.format.CSV {
			w.csv(&samples[i])
		} else {
			w.json(&samples[i])
		}
	}
	_, err := w.to.Write(w.line)
	return err
}

func (w *Writer) json(x *record.Sample) {
	to := w.line
	to = strconv.AppendInt(append(to, `{"intended_ns":`...), int64(x.Intended), 10)
	to = strconv.AppendInt(append(to, `,"woken_ns":`...), int64(x.Woken), 10)
	to = strconv.AppendInt(append(to, `,"sent_ns":`...), int64(x.Sent), 10)
	to = strconv.AppendInt(append(to, `,"done_ns":`...), int64(x.Done), 10)
	to = append(to, w.partOf(x.Op)...)
	if x.Err != "" {
		to = append(to, w.reason(x.Err)...)
	}
	if x.Bytes != 0 {
		to = strconv.AppendInt(append(to, `,"bytes":`...), x.Bytes, 10)
	}
	if x.Later {
		to = append(to, `,"later":true`...)
	}
	w.line = append(to, '}', '\n')
}

func (w *Writer) csv(x *record.Sample) {
	to := w.line
	to = append(strconv.AppendInt(to, int64(x.Intended), 10), ',')
	to = append(strconv.AppendInt(to, int64(x.Woken), 10), ',')
	to = append(strconv.AppendInt(to, int64(x.Sent), 10), ',')
	to = append(strconv.AppendInt(to, int64(x.Done), 10), ',')
	to = append(append(to, w.partOf(x.Op)...), ',')
	if x.Err != "" {
		to = append(to, w.reason(x.Err)...)
	}
	to = append(strconv.AppendInt(append(to, ','), x.Bytes, 10), ',')
	to = strconv.AppendBool(to, x.Later)
	w.line = append(to, '\n')
}

// mostKept bounds the texts that are kept in the form of a row; a Recorder has fewer.
const mostKept = 10_000

// partOf is what a row says of its operation.
func (w *Writer) partOf(op report.Op) []byte {
	if op == w.op && w.opPart != nil {
		return w.opPart
	}
	text, known := w.ops[op]
	if !known {
		if w.format.CSV {
			text = []byte(quoted(op.Kind) + "," + quoted(op.Method) + "," + quoted(op.Name))
		} else {
			text = append(append(text, key("kind", op.Kind)...), key("method", op.Method)...)
			text = append(append(text, `,"name":`...), asJSON(op.Name)...)
		}
		if len(w.ops) < mostKept {
			w.ops[op] = text
		}
	}
	w.op, w.opPart = op, text
	return text
}

// reason is what a row says of its failure.
func (w *Writer) reason(reason string) []byte {
	text, known := w.reasons[reason]
	if !known {
		if text = []byte(quoted(reason)); !w.format.CSV {
			text = []byte(key("error", reason))
		}
		if len(w.reasons) < mostKept {
			w.reasons[reason] = text
		}
	}
	return text
}

// key is a key of a row with its value; "" where that is empty.
func key(name, value string) string {
	if value == "" {
		return ""
	}
	return `,"` + name + `":` + string(asJSON(value))
}

func asJSON(text string) []byte {
	out, _ := json.Marshal(text) // of a string it has no error
	return out
}

// quoted is a field of CSV.
func quoted(text string) string {
	if !strings.ContainsAny(text, ",\"\r\n#") && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
