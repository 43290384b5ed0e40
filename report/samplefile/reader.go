package samplefile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// ErrNoEnd is the last error of a file without a last record: the run was killed, or is in progress. All rows before are
// sound.
var ErrNoEnd = errors.New("the file has no last record: its run was killed or is in progress")

// Reader reads a file. It is not safe for concurrent use.
type Reader struct {
	header Header
	end    *End
	csv    bool
	in     *bufio.Reader
	line   []byte
	number int // of the line
	names  map[string]string
	close  func()
}

// Open opens a file. How it is compressed and which format it has, its first bytes say. An error of it, and of All, has the
// file's name.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := NewReader(file)
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	free := r.close
	r.close = func() {
		free()
		_ = file.Close()
	}
	return r, nil
}

// NewReader reads the first record of a file from r.
func NewReader(r io.Reader) (*Reader, error) {
	out := &Reader{names: map[string]string{}, close: func() {}}
	in := bufio.NewReaderSize(r, maxRow)
	head, _ := in.Peek(4) // what is shorter is refused below
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, notSamples(err)
		}
		in = bufio.NewReaderSize(z, maxRow)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxRecord))
		if err != nil {
			return nil, notSamples(err)
		}
		in, out.close = bufio.NewReaderSize(z, maxRow), z.Close
	}
	out.in = in
	if err := out.first(); err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

func notSamples(err error) error { return fmt.Errorf("not a file of samples: %w", err) }

// Close frees what the Reader holds.
func (r *Reader) Close() { r.close() }

// Header returns the first record.
func (r *Reader) Header() Header { return r.header }

// End returns the last record, once All has come to it; nil before, and in a file without one.
func (r *Reader) End() *End { return r.end }

// first reads the first record.
func (r *Reader) first() error {
	if err := r.next(maxRecord); err != nil {
		return notSamples(err)
	}
	text := r.line
	text, r.csv = bytes.CutPrefix(text, []byte("#"))
	if !bytes.HasPrefix(text, []byte(`{"loadgen_samples":`)) {
		return notSamples(errors.New(`its first line does not begin with the key "loadgen_samples"`))
	}
	if err := json.Unmarshal(text, &r.header); err != nil {
		return r.fault(err)
	}
	if err := r.header.check(); err != nil {
		return r.fault(err)
	}
	if !r.csv {
		return nil
	}
	if err := r.next(maxRow); errors.Is(err, io.EOF) {
		return r.fault(errors.New("it ends before the names of its columns"))
	} else if err != nil {
		return r.fault(err)
	}
	if string(r.line) != columns {
		return r.fault(fmt.Errorf("its columns are %.200q; accepted: %s", r.line, columns))
	}
	return nil
}

// fault says in which line something is wrong.
func (r *Reader) fault(err error) error { return fmt.Errorf("line %d: %w", r.number, err) }

// next reads a line, of at most so many bytes, without its end. io.EOF means that there is no further whole one.
func (r *Reader) next(most int) error {
	r.line = r.line[:0]
	r.number++
	for {
		part, err := r.in.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case len(r.line) > most:
			return fmt.Errorf("longer than %d bytes", most)
		case err == nil:
			r.line = r.line[:len(r.line)-1]
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return io.EOF // a line without end, or a stream without end, is what a kill leaves
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// limit is how long the next line may be: the first bytes say whether it is the last record.
func (r *Reader) limit() int {
	if head, _ := r.in.Peek(len(lastJSON)); string(head) == lastJSON || len(head) > 0 && head[0] == '#' {
		return maxRecord
	}
	return maxRow
}

const lastJSON = `{"end":`

// All gives all rows, once. An error says in which line of the file it is, and is the last: that of a file without a last
// record is ErrNoEnd.
func (r *Reader) All() iter.Seq2[record.Sample, error] {
	return func(yield func(record.Sample, error) bool) {
		for r.end == nil {
			x, err := r.row()
			if r.end != nil && err == nil || !yield(x, err) || err != nil {
				return
			}
		}
	}
}

// row reads a row, or the last record.
func (r *Reader) row() (x record.Sample, err error) {
	err = r.next(r.limit())
	switch {
	case errors.Is(err, io.EOF):
		return x, r.fault(ErrNoEnd)
	case err != nil:
		return x, r.fault(err)
	case r.csv && bytes.HasPrefix(r.line, []byte("#")):
		err = r.last(r.line[1:])
	case r.csv:
		x, err = r.csvRow()
	case bytes.HasPrefix(r.line, []byte(lastJSON)):
		err = r.last(r.line)
	default:
		x, err = r.jsonRow()
	}
	if err != nil {
		return record.Sample{}, r.fault(err)
	}
	return x, nil
}

// last reads the last record.
func (r *Reader) last(text []byte) error {
	var in struct {
		End *End `json:"end"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.End == nil {
		return errors.New(`not the last record: it has no key "end"`)
	}
	if in.End.End < 0 || in.End.End > longest {
		return fmt.Errorf("end_ns is %d; accepted: 0 to %d", in.End.End, longest)
	}
	if err := r.next(1); !errors.Is(err, io.EOF) || len(r.line) > 0 {
		return errors.New("there is more after the last record")
	}
	r.end = in.End
	return nil
}

// jsonRow reads a row of JSON. Keys that it does not know it skips.
func (r *Reader) jsonRow() (x record.Sample, err error) {
	var in struct {
		Intended *time.Duration `json:"intended_ns"`
		Woken    time.Duration  `json:"woken_ns"`
		Sent     time.Duration  `json:"sent_ns"`
		Done     *time.Duration `json:"done_ns"`
		Kind     string         `json:"kind"`
		Method   string         `json:"method"`
		Name     string         `json:"name"`
		Error    string         `json:"error"`
		Bytes    int64          `json:"bytes"`
		Later    bool           `json:"later"`
	}
	if err := json.Unmarshal(r.line, &in); err != nil {
		return x, fmt.Errorf("not a row: %w", err)
	}
	if in.Intended == nil || in.Done == nil {
		return x, errors.New("a row has intended_ns and done_ns")
	}
	x = record.Sample{
		Op:       report.Op{Kind: r.name(in.Kind), Method: r.name(in.Method), Name: r.name(in.Name)},
		Intended: *in.Intended, Woken: in.Woken, Sent: in.Sent, Done: *in.Done, Err: r.name(in.Error), Bytes: in.Bytes, Later: in.Later,
	}
	return x, checkTimes(&x)
}

// checkTimes refuses offsets that no run has.
func checkTimes(x *record.Sample) error {
	for _, at := range []time.Duration{x.Intended, x.Woken, x.Sent, x.Done} {
		if at < -longest || at > longest {
			return fmt.Errorf("the offset %d is out of range", at)
		}
	}
	return nil
}

// csvRow reads a row of CSV, which goes over several lines where a name does.
func (r *Reader) csvRow() (x record.Sample, err error) {
	whole := r.line
	for strings.Count(string(whole), `"`)%2 != 0 {
		whole = append([]byte(nil), whole...)
		if err := r.next(maxRow - min(len(whole), maxRow-1)); err != nil {
			return x, errors.New("a quote is not closed")
		}
		whole = append(append(whole, '\n'), r.line...)
	}
	fields, err := r.fields(string(whole))
	if err != nil {
		return x, err
	}
	for i, to := range []*time.Duration{&x.Intended, &x.Woken, &x.Sent, &x.Done} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return x, wrong(i, fields[i], "a whole number of nanoseconds")
		}
		*to = time.Duration(n)
	}
	x.Op = report.Op{Kind: r.name(fields[4]), Method: r.name(fields[5]), Name: r.name(fields[6])}
	x.Err = r.name(fields[7])
	if x.Bytes, err = strconv.ParseInt(fields[8], 10, 64); err != nil {
		return x, wrong(8, fields[8], "a whole number")
	}
	if x.Later = fields[9] == "true"; !x.Later && fields[9] != "false" {
		return x, wrong(9, fields[9], "true or false")
	}
	return x, checkTimes(&x)
}

func wrong(column int, value, accepted string) error {
	return fmt.Errorf("%s is %.100q; accepted: %s", strings.Split(columns, ",")[column], value, accepted)
}

// fields splits a row of CSV.
func (r *Reader) fields(row string) (out [10]string, err error) {
	n := 0
	for more := true; more; n++ {
		if n == len(out) {
			return out, fmt.Errorf("a row has more than %d fields", len(out))
		}
		if rest, is := strings.CutPrefix(row, `"`); is {
			var field strings.Builder
			for {
				text, after, closed := strings.Cut(rest, `"`)
				if !closed {
					return out, errors.New("a quote is not closed")
				}
				field.WriteString(text)
				rest = after
				if again, is := strings.CutPrefix(rest, `"`); is {
					field.WriteByte('"')
					rest = again
					continue
				}
				break
			}
			out[n] = field.String()
			if row, more = strings.CutPrefix(rest, ","); !more && rest != "" {
				return out, errors.New("after a closed quote there is more than a comma")
			}
			continue
		}
		out[n], row, more = strings.Cut(row, ",")
	}
	if n < len(out) {
		return out, fmt.Errorf("a row has %d fields, not %d", n, len(out))
	}
	return out, nil
}

// name returns the same string for the same text, so that rows do not hold their lines.
func (r *Reader) name(text string) string {
	if text == "" {
		return ""
	}
	if known, ok := r.names[text]; ok {
		return known
	}
	text = strings.Clone(text)
	if len(r.names) < mostKept {
		r.names[text] = text
	}
	return text
}
