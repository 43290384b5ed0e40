// Package handmade makes summaries of runs second by second, for the simulation and the tests of the packages that
// read them.
package handmade

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Second is what happens in one second of a phase.
type Second struct {
	OK     []time.Duration // times of successes
	Failed int
}

// Phase is one phase of a run.
type Phase struct {
	Name    string
	Seconds int
	Each    func(second int) Second
	Settle  float64 // s
}

// NewPhase returns a phase that settles for some seconds.
func NewPhase(name string, seconds int, each func(second int) Second, settle float64) Phase {
	return Phase{name, seconds, each, settle}
}

// Interval returns the row of a second.
func (s Second) Interval(second int) report.Interval {
	v := report.Interval{Second: second, Width: 1, Requests: int64(len(s.OK) + s.Failed), Failures: int64(s.Failed)}
	times := slices.Clone(s.OK)
	slices.Sort(times)
	for _, d := range times {
		if last := len(v.Successes) - 1; last >= 0 && v.Successes[last].Index == hist.Index(d) {
			v.Successes[last].Count++
		} else {
			v.Successes = append(v.Successes, hist.Bucket{Index: hist.Index(d), Count: 1})
		}
	}
	return v
}

// Run returns the summary of a run of phases one after another, all operations together only.
func Run(phases ...Phase) *report.Summary {
	out := &report.Summary{Schema: report.Schema, Name: "made"}
	none := report.Lag{P50: report.NoValue, P99: report.NoValue, Max: report.NoValue}
	start := 0
	for _, p := range phases {
		x := report.Series{Phase: p.Name, Name: report.Aggregated, StartS: start, WidthS: 1, Slots: p.Seconds}
		for s := range p.Seconds {
			x.Append(p.Each(s).Interval(start + s))
		}
		out.Intervals = append(out.Intervals, x)
		out.Phases = append(out.Phases, report.PhaseSummary{
			Name: p.Name, StartS: float64(start), RampEndS: float64(start), EndS: float64(start + p.Seconds), SettleS: p.Settle, LagMS: none,
		})
		start += p.Seconds
	}
	return out
}

// Operations adds rows of operations to the phases of a run: each of them by phase and second.
func Operations(run *report.Summary, of map[string]func(phase, second int) Second) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		for i := range run.Phases {
			whole := run.Intervals[i]
			x := report.Series{Phase: whole.Phase, Name: name, StartS: whole.StartS, WidthS: 1, Slots: whole.Slots}
			for s := range whole.Slots {
				x.Append(of[name](i, s).Interval(whole.StartS + s))
			}
			run.Intervals = append(run.Intervals, x)
		}
	}
}

// Same returns n successes of d.
func Same(n int, d time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

// Spread returns n successes evenly between two times.
func Spread(n int, from, to time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = from + time.Duration(float64(to-from)*(float64(i)+.5)/float64(n))
	}
	return out
}

// Always makes every second alike.
func Always(ok []time.Duration, failed int) func(int) Second {
	return func(int) Second { return Second{ok, failed} }
}

// Noisy makes seconds of n requests at random times around d, of which a share fails.
func Noisy(seed uint64, n int, d time.Duration, failing float64) func(int) Second {
	r := rand.New(rand.NewPCG(seed, seed))
	return func(int) Second {
		s := Second{}
		for range n {
			if r.Float64() < failing {
				s.Failed++
			} else {
				s.OK = append(s.OK, time.Duration(float64(d)*(.5+r.ExpFloat64())))
			}
		}
		return s
	}
}
