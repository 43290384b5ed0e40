package report

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/gensim/load-generator/report/hist"
)

// Series holds the per-second figures of one operation in one phase, by intended start: what
// effects, comparisons and charts are built from. The lists S, Requests, Failures and
// Straddlers have one entry for each second in which something was intended to start.
type Series struct {
	Phase  string `json:"phase"`
	Kind   string `json:"kind,omitempty"` // of the users; "" in a run of one kind, and where it is of all kinds
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
	Second int // its start, seconds since the start of the run
	Width  int // its length, s

	Requests  int64         // intended to start in it and done within the phase
	Failures  int64         // of Requests
	Successes []hist.Bucket // response times of the others, by bucket

	Straddlers        int64 // intended to start in it and done after the end of the phase
	StraddlerFailures int64 // of Straddlers
	Straddled         []hist.Bucket
}

// Op returns the operation that the series belongs to.
func (s *Series) Op() Op { return Op{s.Kind, s.Method, s.Name} }

// Intervals yields every interval of the phase in order, those without requests included.
// The Buckets of an Interval are valid until the next one.
func (s *Series) Intervals() iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		c := cursor{of: s, successes: hist.ReadLists(s.Successes), straddled: hist.ReadLists(s.Straddled)}
		for slot := range s.Slots {
			if !yield(c.at(s.StartS + slot*s.WidthS)) {
				return
			}
		}
	}
}

// SumSeries sums up series of one phase as one of an operation that covers theirs; nil of none.
func SumSeries(op Op, of []*Series) *Series {
	if len(of) == 0 {
		return nil
	}
	out := &Series{Phase: of[0].Phase, Kind: op.Kind, Method: op.Method, Name: op.Name, StartS: of[0].StartS, WidthS: of[0].WidthS}
	cursors := make([]cursor, len(of))
	for i, s := range of {
		cursors[i] = cursor{of: s, successes: hist.ReadLists(s.Successes), straddled: hist.ReadLists(s.Straddled)}
		out.Slots = max(out.Slots, s.Slots)
	}
	for slot := range out.Slots {
		sum := Interval{Second: out.StartS + slot*out.WidthS}
		for i := range cursors {
			v := cursors[i].at(sum.Second)
			sum.Requests, sum.Failures = sum.Requests+v.Requests, sum.Failures+v.Failures
			sum.Straddlers, sum.StraddlerFailures = sum.Straddlers+v.Straddlers, sum.StraddlerFailures+v.StraddlerFailures
			sum.Successes, sum.Straddled = append(sum.Successes, v.Successes...), append(sum.Straddled, v.Straddled...)
		}
		sum.Successes, sum.Straddled = inOrder(sum.Successes), inOrder(sum.Straddled)
		out.Append(sum)
	}
	return out
}

// inOrder sorts buckets and makes one of those that are alike.
func inOrder(buckets []hist.Bucket) []hist.Bucket {
	slices.SortFunc(buckets, func(a, b hist.Bucket) int { return a.Index - b.Index })
	out := buckets[:0]
	for _, b := range buckets {
		if n := len(out); n > 0 && out[n-1].Index == b.Index {
			out[n-1].Count += b.Count
		} else {
			out = append(out, b)
		}
	}
	return out
}

// cursor walks the rows of a Series.
type cursor struct {
	of                   *Series
	row                  int
	successes, straddled hist.Lists
	buckets, late        []hist.Bucket
}

// at returns the interval that begins at a second; calls go forward.
func (c *cursor) at(second int) Interval {
	s, v := c.of, Interval{Second: second, Width: c.of.WidthS}
	if c.row == len(s.S) || s.S[c.row] != second {
		return v
	}
	c.buckets = slices.AppendSeq(c.buckets[:0], c.successes.Next)
	v.Requests, v.Failures, v.Successes = s.Requests[c.row], s.Failures[c.row], c.buckets
	if s.Straddlers != nil {
		c.late = slices.AppendSeq(c.late[:0], c.straddled.Next)
		v.Straddlers, v.StraddlerFailures, v.Straddled = s.Straddlers[c.row], s.StraddlerFailures[c.row], c.late
	}
	c.row++
	return v
}

// Append adds an interval after the last one: the inverse of Intervals. v.Second is StartS plus a
// multiple of WidthS and later than the last one; the buckets of v are in order and add up
// to its requests that did not fail. Slots grows with it. An interval without requests
// needs no row, only its slot.
func (s *Series) Append(v Interval) {
	s.Slots = max(s.Slots, (v.Second-s.StartS)/max(1, s.WidthS)+1)
	if v.Requests == 0 && v.Straddlers == 0 {
		return
	}
	if v.Straddlers > 0 || s.Straddlers != nil {
		for len(s.Straddlers) < len(s.S) {
			s.appendStraddled(0, 0, nil)
		}
		s.appendStraddled(v.Straddlers, v.StraddlerFailures, v.Straddled)
	}
	s.S = append(s.S, v.Second)
	s.Requests = append(s.Requests, v.Requests)
	s.Failures = append(s.Failures, v.Failures)
	s.Successes = hist.AppendList(s.Successes, v.Successes)
}

// appendStraddled appends the straddlers of one row.
func (s *Series) appendStraddled(requests, failures int64, successes []hist.Bucket) {
	s.Straddlers = append(s.Straddlers, requests)
	s.StraddlerFailures = append(s.StraddlerFailures, failures)
	s.Straddled = hist.AppendList(s.Straddled, successes)
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
	lists := hist.ReadLists(data)
	for i := range requests {
		left := requests[i] - failures[i]
		if requests[i] < 0 || failures[i] < 0 || left < 0 {
			return fmt.Errorf("row %d: negative count", i)
		}
		for b := range lists.Next {
			if b.Count > uint64(left) {
				return fmt.Errorf("row %d: more times than requests", i)
			}
			left -= int64(b.Count)
		}
		if lists.Err() != nil || left != 0 {
			return errors.Join(lists.Err(), fmt.Errorf("row %d: %d requests without a time", i, left))
		}
	}
	if lists.Rest() > 0 {
		return errors.New("bytes after the last row")
	}
	return nil
}
