package report

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// Series holds the per-second figures of one operation in one phase, by intended start: what
// effects, comparisons and charts are built from. The lists S, Requests, Failures and
// Straddlers have one entry for each second in which something was intended to start.
type Series struct {
	Phase  string `json:"phase"`
	Method string `json:"method"`
	Name   string `json:"name"`
	StartS int    `json:"start_s"` // offset of the first interval, s
	WidthS int    `json:"width_s"` // length of an interval, s; 1 until a long run needed the room
	Slots  int    `json:"slots"`   // intervals from StartS to the end of the phase

	S         []int   `json:"s"`        // offset of the interval, s
	Requests  []int64 `json:"requests"` // straddlers apart
	Failures  []int64 `json:"failures"` // of Requests
	Successes []byte  `json:"successes"`

	// Requests done after the end of the phase. They are apart so that an effect can leave them
	// out; nil: none.
	Straddlers        []int64 `json:"straddlers,omitempty"`
	StraddlerFailures []int64 `json:"straddler_failures,omitempty"`
	Straddled         []byte  `json:"straddled,omitempty"`
}

// Interval is one row of a Series.
type Interval struct {
	Second int // offset of its begin from the start of the run, s
	Width  int // its length, s

	Requests  int64    // intended to start in it and done within the phase
	Failures  int64    // of Requests
	Successes []Bucket // response times of the others, by bucket

	Straddlers        int64 // intended to start in it and done after the end of the phase
	StraddlerFailures int64 // of Straddlers
	Straddled         []Bucket
}

// CountAbove returns how many of the interval's requests took longer than d, straddlers left out and
// failures counted as slower than every success; interpolated inside d's bucket.
func (v *Interval) CountAbove(d time.Duration) float64 {
	_, at, _ := clamp(d)
	above := float64(v.Failures)
	for _, b := range v.Successes {
		above += countAbove(b, at, d)
	}
	return above
}

// Op returns the operation that the series belongs to.
func (s *Series) Op() Op { return Op{s.Method, s.Name} }

// Intervals yields every interval of the phase in order, those without requests included.
// The Buckets of an Interval are valid until the next one.
func (s *Series) Intervals() iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		c := cursor{of: s, successes: decoder{data: s.Successes}, straddled: decoder{data: s.Straddled}}
		for slot := range s.Slots {
			if !yield(c.at(s.StartS + slot*s.WidthS)) {
				return
			}
		}
	}
}

// cursor walks the rows of a Series.
type cursor struct {
	of                   *Series
	row                  int
	successes, straddled decoder
	buckets, late        []Bucket
}

// at returns the interval that begins at a second; calls go forward.
func (c *cursor) at(second int) Interval {
	s, v := c.of, Interval{Second: second, Width: c.of.WidthS}
	if c.row == len(s.S) || s.S[c.row] != second {
		return v
	}
	c.buckets = c.successes.buckets(c.buckets[:0])
	v.Requests, v.Failures, v.Successes = s.Requests[c.row], s.Failures[c.row], c.buckets
	if s.Straddlers != nil {
		c.late = c.straddled.buckets(c.late[:0])
		v.Straddlers, v.StraddlerFailures, v.Straddled = s.Straddlers[c.row], s.StraddlerFailures[c.row], c.late
	}
	c.row++
	return v
}

// buckets appends the next list.
func (d *decoder) buckets(to []Bucket) []Bucket {
	for bucket, n := range d.pairs {
		to = append(to, Bucket{bucket, n})
	}
	return to
}

// check says what is wrong with a decoded series.
func (s *Series) check() error {
	n := len(s.S)
	late := len(s.Straddlers)
	switch {
	case s.WidthS < 1 || s.Slots < 0 || s.Slots > 1<<26 || n > s.Slots:
		return errors.New("width_s, slots and s do not fit")
	case len(s.Requests) != n || len(s.Failures) != n || len(s.StraddlerFailures) != late || late != 0 && late != n:
		return errors.New("lists of different length")
	}
	for i, second := range s.S {
		at := second - s.StartS
		if at < 0 || at%s.WidthS != 0 || at/s.WidthS >= s.Slots || i > 0 && second <= s.S[i-1] {
			return fmt.Errorf("second %d out of order or range", second)
		}
	}
	if err := checkRows(s.Successes, s.Requests, s.Failures); err != nil {
		return fmt.Errorf("successes: %w", err)
	}
	if err := checkRows(s.Straddled, s.Straddlers, s.StraddlerFailures); err != nil {
		return fmt.Errorf("straddled: %w", err)
	}
	return nil
}

// checkRows holds the histograms of the rows against their counts.
func checkRows(data []byte, requests, failures []int64) error {
	d := decoder{data: data}
	for i := range requests {
		left := requests[i] - failures[i]
		if requests[i] < 0 || failures[i] < 0 || left < 0 {
			return fmt.Errorf("row %d: negative count", i)
		}
		for _, n := range d.pairs {
			if n > uint64(left) {
				return fmt.Errorf("row %d: more times than requests", i)
			}
			left -= int64(n)
		}
		if d.err != nil || left != 0 {
			return errors.Join(d.err, fmt.Errorf("row %d: %d requests without a time", i, left))
		}
	}
	if len(d.data) > 0 {
		return errors.New("bytes after the last row")
	}
	return nil
}

// export copies the rows of s into a Series whose slot 0 begins at second start.
func (s *series) export(to Series, c *scratch) Series {
	for i := range s.rows {
		to.add(&s.rows[i], c)
	}
	return to
}

// add appends one row.
func (s *Series) add(r *row, c *scratch) {
	s.S = append(s.S, s.StartS+int(r.slot)*s.WidthS)
	s.Requests = append(s.Requests, int64(r.requests))
	s.Failures = append(s.Failures, int64(r.failures))
	s.Successes = r.successes.appendTo(s.Successes, c)
	if r.straddled == nil && s.Straddlers == nil {
		return
	}
	for len(s.Straddlers) < len(s.S)-1 {
		s.addStraddled(&straddled{}, c)
	}
	late := r.straddled
	if late == nil {
		late = &straddled{}
	}
	s.addStraddled(late, c)
}

// addStraddled appends the straddlers of one row.
func (s *Series) addStraddled(t *straddled, c *scratch) {
	s.Straddlers = append(s.Straddlers, int64(t.requests))
	s.StraddlerFailures = append(s.StraddlerFailures, int64(t.failures))
	s.Straddled = t.successes.appendTo(s.Straddled, c)
}

// appendTo appends the packed form of h and leaves h as it is.
func (h *hist) appendTo(to []byte, c *scratch) []byte {
	if len(h.fresh) == 0 && len(h.packed) > 0 {
		return append(to, h.packed...)
	}
	h.addTo(c)
	return append(to, c.pairs()...)
}
