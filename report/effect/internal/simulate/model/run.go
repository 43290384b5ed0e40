package model

import (
	"math/bits"
	"math/rand/v2"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Simulate runs a server through phases and returns what a recorder would have: one Series, Aggregated, for each
// phase.
func Simulate(s Server, r *rand.Rand, phases ...Phase) *report.Summary {
	b := newBuilder(phases)
	s.Run(r, b.end(), b.scale, b.add)
	return b.summary()
}

// builder makes the Summary of a simulated run.
type builder struct {
	phases []Phase
	starts []int // of the phases and the end of the last one
	series []report.Series
	at     int // phase
	second int // that is being filled
	now    report.Interval
	counts []uint32
	used   []uint64 // bit set of the buckets with a count
	list   []hist.Bucket
}

// newBuilder returns an empty builder.
func newBuilder(phases []Phase) *builder {
	last := hist.NumBuckets - 1
	b := &builder{phases: phases, counts: make([]uint32, last+1), used: make([]uint64, last/64+1)}
	start := 0
	for _, p := range phases {
		b.starts = append(b.starts, start)
		b.series = append(b.series, report.Series{Phase: p.Name, Name: report.Aggregated, StartS: start, WidthS: 1, Slots: p.Seconds})
		start += p.Seconds
	}
	b.starts = append(b.starts, start)
	return b
}

// end returns the end of the last phase, s.
func (b *builder) end() int { return b.starts[len(b.phases)] }

// scale returns the factor on service times in a second.
func (b *builder) scale(second int) float64 {
	for i := range b.phases {
		if second < b.starts[i+1] {
			return b.phases[i].Scale
		}
	}
	return b.phases[len(b.phases)-1].Scale
}

// add takes one request.
func (b *builder) add(q Request) {
	second := int(q.At)
	if second >= b.end() {
		return
	}
	if second != b.second {
		b.flush()
		b.second = second
	}
	b.now.Requests++
	if q.Failed {
		b.now.Failures++
		return
	}
	i := hist.Index(duration(q.Took))
	b.counts[i]++
	b.used[i>>6] |= 1 << (i & 63)
}

// flush ends a second.
func (b *builder) flush() {
	b.list = b.list[:0]
	for w, word := range b.used {
		for ; word != 0; word &= word - 1 {
			i := w<<6 + bits.TrailingZeros64(word)
			b.list = append(b.list, hist.Bucket{Index: i, Count: uint64(b.counts[i])})
			b.counts[i] = 0
		}
		b.used[w] = 0
	}
	for b.second >= b.starts[b.at+1] {
		b.at++
	}
	b.now.Second, b.now.Width, b.now.Successes = b.second, 1, b.list
	b.series[b.at].Append(b.now)
	b.now = report.Interval{}
}

// summary returns the Summary.
func (b *builder) summary() *report.Summary {
	b.flush()
	s := &report.Summary{Schema: report.Schema, Name: "simulated", EndS: float64(b.end()), Intervals: b.series}
	none := report.Lag{P50: report.NoValue, P99: report.NoValue, Max: report.NoValue}
	for i, p := range b.phases {
		s.Phases = append(s.Phases, report.PhaseSummary{
			Name: p.Name, StartS: float64(b.starts[i]), EndS: float64(b.starts[i+1]),
			RampEndS: float64(b.starts[i]), SettleS: float64(p.Settle), LagMS: none,
		})
	}
	return s
}
