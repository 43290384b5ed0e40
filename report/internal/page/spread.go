package page

import (
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// levelBits: a level is 2^levelBits buckets of the recorder's histograms, a quarter of an octave, so that counts
// of levels are exact.
const levelBits = 7

// Moment is what was intended to start in a stretch of time: a column of the chart of the distribution.
type Moment struct {
	S, WidthS          int
	Requests, Failures int64
	Figures            report.Figures
	Levels             []hist.Bucket // successes by level, in order
}

// Spread is how the response times of an operation, or of all, are distributed over time.
type Spread struct {
	WidthS  int // of a Moment; the last one may be shorter
	Moments []Moment
}

// SpreadOf puts the seconds from..to-1 of a series of each phase into at most limit moments. Of a long run whose
// seconds are merged, a moment has at least one of what there is.
func SpreadOf(series []report.Series, from, to, limit int) Spread {
	out := Spread{WidthS: 1}
	for i := range series {
		out.WidthS = max(out.WidthS, series[i].WidthS)
	}
	from -= from % out.WidthS
	for grain := out.WidthS; to-from > limit*out.WidthS; {
		out.WidthS += grain
	}
	out.Moments = make([]Moment, max(0, to-from+out.WidthS-1)/out.WidthS)
	for i := range out.Moments {
		second := from + i*out.WidthS
		out.Moments[i] = Moment{S: second, WidthS: min(out.WidthS, to-second), Figures: report.NoFigures()}
	}
	b := spreadBuilder{times: new(hist.Dense)}
	for i := range series {
		for v := range series[i].Intervals() {
			if v.Second < from || v.Second >= to || v.Requests+v.Straddlers == 0 {
				continue
			}
			if at := &out.Moments[(v.Second-from)/out.WidthS]; at != b.of {
				b.flush()
				b.of = at
			}
			b.add(&v)
		}
	}
	b.flush()
	return out
}

// spreadBuilder fills in moments one after the other: phases follow each other, so that what belongs together comes
// together.
type spreadBuilder struct {
	of     *Moment // in work; nil: none
	times  *hist.Dense
	levels [hist.NumBuckets >> levelBits]uint64
}

// add adds an interval to the moment in work.
func (b *spreadBuilder) add(v *report.Interval) {
	b.of.Requests += v.Requests + v.Straddlers
	b.of.Failures += v.Failures + v.StraddlerFailures
	for _, list := range [][]hist.Bucket{v.Successes, v.Straddled} {
		for _, x := range list {
			b.times.Add(x.Index, uint32(x.Count))
			b.levels[x.Index>>levelBits] += x.Count
		}
	}
}

// flush completes the moment in work.
func (b *spreadBuilder) flush() {
	if b.of == nil {
		return
	}
	b.of.Figures = report.FiguresIn(b.times, uint64(b.of.Requests))
	for i, n := range b.levels {
		if n > 0 {
			b.of.Levels = append(b.of.Levels, hist.Bucket{Index: i, Count: n})
			b.levels[i] = 0
		}
	}
}

// edges returns the lowest level in use and the ends of all from it to the highest, ms; none without a success.
func (s *Spread) edges() (low int, edges []float64) {
	low, high := hist.NumBuckets, -1
	for _, m := range s.Moments {
		if n := len(m.Levels); n > 0 {
			low, high = min(low, m.Levels[0].Index), max(high, m.Levels[n-1].Index)
		}
	}
	for i := low; high >= 0 && i <= high+1; i++ {
		edges = append(edges, float64(hist.Bucket{Index: i << levelBits}.Low())/1e6)
	}
	return low, edges
}

// Append appends the spread as a JSON object: edges are the ends of the levels, ms, the first one above what is
// faster, and each row is offset, width, requests, failures, p50, p95, p99, p99.9, the longest success, and the
// levels in use with their counts in turn.
func (s *Spread) Append(to []byte) []byte {
	low, edges := s.edges()
	to = append(to, `{"edges":[`...)
	for i, v := range edges {
		to = appendNumber(to, i, v)
	}
	to = append(to, `],"rows":[`...)
	for i := range s.Moments {
		m := &s.Moments[i]
		if i > 0 {
			to = append(to, ',')
		}
		f := m.Figures
		to = appendNumber(append(to, '['), 0, float64(m.S))
		to = AppendNumbers(to, float64(m.WidthS), float64(m.Requests), float64(m.Failures),
			float64(f.P50), float64(f.P95), float64(f.P99), float64(f.P999), float64(f.Max))
		to = append(to, ",["...)
		for k, b := range m.Levels {
			to = AppendNumbers(appendNumber(to, k, float64(b.Index-low)), float64(b.Count))
		}
		to = append(to, "]]"...)
	}
	return append(to, "]}"...)
}

// appendNumber appends number i of a list.
func appendNumber(to []byte, i int, v float64) []byte {
	from := len(to)
	to = AppendNumbers(to, v)
	if i > 0 {
		return to
	}
	return append(to[:from], to[from+1:]...)
}
