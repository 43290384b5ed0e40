package record

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// Bounds of what a Delta may hold.
const (
	maxCount   = 1 << 50 // of anything
	maxSeconds = 1 << 26 // that rows reach; report.Series has the same
)

// writer writes a Delta.
type writer struct {
	to  []byte
	r   *Recorder
	f   *store
	ops []int // by number in the Recorder: that in the Delta
	why []int // the same of reasons
	come
}

// reader reads a Delta. The first error ends the reading.
type reader struct {
	data    []byte
	err     error
	seconds int // of the run that figures may lie in

	zeroed       zeroed
	ledgers      []ledgerDelta
	ledger       bool // it is that of one
	phases       int
	whole        bool          // of All
	ended        time.Duration // < 0: not before its plan
	processes    []member
	ops, reasons int // how many

	come
}

// member is a process of which a Recorder had merged figures.
type member struct {
	number, resets int
	noted
}

func (d *reader) fail(text string) {
	if d.err == nil {
		d.err, d.data = errors.New(text), nil
	}
}

func (w *writer) numbers(list ...uint64) {
	for _, v := range list {
		w.to = binary.AppendUvarint(w.to, v)
	}
}

// number reads a number up to most.
func (d *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(d.data)
	switch {
	case n <= 0:
		d.fail("cut short")
	case v > most:
		d.fail("number out of range")
	default:
		d.data = d.data[n:]
		return v
	}
	return 0
}

func (w *writer) signed(v int64) { w.to = binary.AppendVarint(w.to, v) }

// signed reads a number.
func (d *reader) signed() int64 {
	v, n := binary.Varint(d.data)
	if n <= 0 {
		d.fail("cut short")
		return 0
	}
	d.data = d.data[n:]
	return v
}

// within reads a number that an int32 holds.
func (d *reader) within() int32 {
	v := d.signed()
	if v != int64(int32(v)) {
		d.fail("number out of range")
		return 0
	}
	return int32(v)
}

// size writes how many of something follow.
func (w *writer) size(n int) { w.numbers(uint64(n)) }

// size reads how many of something follow, each of which takes a byte at least.
func (d *reader) size() int {
	n := d.number(maxCount)
	if n > uint64(len(d.data)) {
		d.fail("cut short")
		return 0
	}
	return int(n)
}

// index writes the next one of ascending indexes, the first after -1.
func (w *writer) index(last *int, i int) {
	w.numbers(uint64(i - *last - 1))
	*last = i
}

// index reads the next one of ascending indexes below end. The last one is *last.
func (d *reader) index(last *int, end int) {
	step := d.number(maxCount)
	if d.err == nil && step >= uint64(max(0, end-*last-1)) {
		d.fail("index out of range")
	}
	if d.err == nil {
		*last += 1 + int(step)
	}
}

func (w *writer) flag(on bool) {
	w.to = append(w.to, 0)
	if on {
		w.to[len(w.to)-1] = 1
	}
}

func (d *reader) flag() bool { return d.number(1) == 1 }

func (w *writer) text(s string) {
	w.size(len(s))
	w.to = append(w.to, s...)
}

// text reads a text that was cut at a limit and then made valid, which may have doubled it.
func (d *reader) text(limit int) string {
	n := d.size()
	if n > 2*limit || !utf8.Valid(d.data[:n]) {
		d.fail("text that is too long or no UTF-8")
		return ""
	}
	s := string(d.data[:n])
	d.data = d.data[n:]
	return s
}

func (w *writer) float(v float64) {
	w.to = binary.LittleEndian.AppendUint64(w.to, math.Float64bits(v))
}

func (d *reader) float() float64 {
	if len(d.data) < 8 {
		d.fail("cut short")
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(d.data))
	d.data = d.data[8:]
	return v
}

// sketch writes a sketch that is not empty.
func (w *writer) sketch(s *hist.Sketch) {
	w.totals(s)
	w.to = s.AppendCompact(w.to)
}

// sketch reads a sketch that is not empty, adds it to another one and returns how many durations it holds.
func (d *reader) sketch(to *hist.Sketch) uint64 {
	totals := d.totals()
	if to != nil {
		to.AddTotals(totals)
	}
	_, e := d.list(to)
	d.check(totals, e)
	return e.Count
}

// timings writes parts of response times, of one request at least.
func (w *writer) timings(t *timing.Tally) {
	w.numbers(t.Requests())
	for p := range timing.Parts {
		s := t.Part(p)
		if w.flag(s.Count() > 0); s.Count() > 0 {
			w.sketch(s)
		}
	}
}

// timings reads parts of response times, and adds them to a cell.
func (d *reader) timings(to *cell) {
	n := d.number(maxCount)
	if n == 0 {
		d.fail("parts of the response times of no request")
	}
	if to != nil && to.timings == nil {
		to.timings = new(timing.Tally)
	}
	if to != nil {
		to.timings.Grow(n)
	}
	for p := range timing.Parts {
		if !d.flag() {
			continue
		}
		var s *hist.Sketch
		if to != nil {
			s = to.timings.Sketch(p)
		}
		if d.sketch(s) > n {
			d.fail("more times of a part than requests")
		}
	}
}

func (w *writer) totals(s *hist.Sketch) {
	t := s.Totals()
	w.numbers(t.Clamped, t.SumHi, t.SumLo, t.Min, t.Max)
}

// totals reads the totals of a sketch.
func (d *reader) totals() (t hist.Totals) {
	for _, v := range []*uint64{&t.Clamped, &t.SumHi, &t.SumLo, &t.Min, &t.Max} {
		*v = d.number(math.MaxUint64)
	}
	return t
}

// check holds the totals of some durations against their buckets.
func (d *reader) check(t hist.Totals, e hist.Extent) {
	if err := t.Check(e); err != nil {
		d.fail(err.Error())
	}
}

// list reads a list of times, and adds them to a sketch, or checks them.
func (d *reader) list(to *hist.Sketch) (list []byte, e hist.Extent) {
	if to != nil {
		list, e = to.AddCompact(d.data)
	} else {
		var err error
		if list, e, err = hist.CutCompact(d.data); err != nil {
			d.fail(err.Error())
			return nil, e
		}
	}
	if e.Count > maxCount {
		d.fail("number out of range")
		return nil, e
	}
	d.data = d.data[len(list):]
	return list, e
}
