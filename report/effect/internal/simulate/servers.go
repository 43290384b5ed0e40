package main

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
	"github.com/gensim/load-generator/report/hist"
)

// The names of the two phases, and the least settling time of each, s.
const (
	phaseA   = "A"
	phaseB   = "B"
	settling = 15
)

// settles is how long a phase settles, s: as one does whose plan says nothing of it.
func settles(seconds int) int { return max(settling, (seconds+9)/10) }

// phase is one of the seconds that a user writes, with its settling time.
func phase(name string, seconds int, scale float64) model.Phase {
	return model.Phase{Name: name, Seconds: seconds, Settle: settles(seconds), Scale: scale}
}

// server is one simulated server.
type server struct {
	name  string
	model model.Server
	scale float64 // of service times that makes responses about 10 % slower
	heavy int     // the replications are divided by this
}

// servers are those of the issue.
var servers = []server{
	{"independent", model.Wobble{Rate: 100}, 1.1, 1},
	{"AR(1) 10 %, tau 5 s", model.Wobble{Rate: 100, Tau: 5, SD: .1}, 1.1, 1},
	{"AR(1) 10 %, tau 30 s", model.Wobble{Rate: 100, Tau: 30, SD: .1}, 1.1, 1},
	{"M/G/8 50 %", model.Queue{Rate: 100, Utilisation: .50}, 1.08, 1},
	{"M/G/8 75 %", model.Queue{Rate: 100, Utilisation: .75}, 1.05, 1},
	{"M/G/8 85 %", model.Queue{Rate: 100, Utilisation: .85}, 1.03, 1},
	{"400 ON/OFF users, 8 servers", model.Crowd{Users: 400, Think: 2, On: 30, Off: 30, Service: .06}, 1.05, 2},
	{"stalls of 0.3 s every 20 s", model.Wobble{Rate: 100, StallEvery: 20, StallFor: .3}, 1.1, 1},
}

// durations are the lengths of a phase as a user writes them, settling included, s: 60, 300 and 900 s count.
var durations = []int{75, 334, 1000}

// phaseOf says in a table how long a phase is and how much of it counts.
func phaseOf(seconds int) string { return fmt.Sprintf("%d s (%d)", seconds, seconds-settles(seconds)) }

// replications returns how many there are at a duration.
func (v server) replications(s settings, seconds int) int {
	n := s.reps(700)
	if seconds > 334 {
		n = s.reps(300)
	}
	return max(8, n/v.heavy)
}

// pair simulates a baseline and an intervention of some seconds each, settling included.
func (v server) pair(s settings, rep uint64, seconds int, scale float64) *report.Summary {
	return model.Simulate(v.model, model.Rand(s.seed, rep),
		phase(phaseA, seconds, 1), phase(phaseB, seconds, scale))
}

// between compares the two phases.
func between(run *report.Summary, o effect.Options) *effect.Report {
	r, err := effect.Between(effect.Phase{Run: run, Name: phaseA}, effect.Phase{Run: run, Name: phaseB}, o)
	if err != nil {
		panic(err) // the phases are there
	}
	return r
}

// alone are the options that judge one metric and no other.
func alone(m effect.Metric) effect.Options {
	return effect.Options{Primary: m, Metrics: []effect.Metric{}}
}

// judge compares the two phases by one metric, and notes a verdict under the metric's name.
func (c *tally) judge(run *report.Summary, m effect.Metric) *effect.Effect {
	e := between(run, alone(m)).Primary()
	c.note(string(m)+" refused", !e.Verdict.Known())
	if e.Verdict.Known() {
		c.note(string(m), e.Verdict.Changed())
	}
	return e
}

// sameAA compares the two phases as an A-A design.
func sameAA(run *report.Summary) *effect.FalseAlarms {
	r, err := effect.Same(alone(effect.P95), effect.Phase{Run: run, Name: phaseA}, effect.Phase{Run: run, Name: phaseB})
	if err != nil {
		panic(err) // the phases are there
	}
	return r.FalseAlarms
}

// samples returns the two phases for the naive methods.
func samples(run *report.Summary) (a, b *naive.Sample) {
	settle := int(run.Phases[0].SettleS)
	return naive.NewSample(&run.Intervals[0], settle), naive.NewSample(&run.Intervals[1], settle)
}

// longRun is how many seconds a truth is simulated for, at full size: nine days. In 17 hours p99 of the busiest queue
// is still off by as much as an interval of 300 s can be.
const longRun = 9 * 24 * 3600

// ratios returns the true ratios of quantiles under the server's scale, and the difference of p95 in ms. The two
// runs share their seed, so most of their noise is common.
func (v server) ratios(s settings, quantiles ...float64) (out []float64, gap float64) {
	w, ok := v.model.(model.Wobble)
	exact := ok && w.StallEvery == 0
	seconds := max(20_000, int(min(1, s.size)*longRun))
	if exact {
		seconds = 60_000 // for the gap alone
	}
	var sides [2]*hist.Sketch
	s.each(2, func(i uint64) {
		sides[i] = model.Truth(v.model, model.Rand(s.seed, 1<<40), seconds, []float64{1, v.scale}[i])
	})
	a, b := sides[0], sides[1]
	for _, p := range quantiles {
		out = append(out, float64(b.Quantile(p))/float64(a.Quantile(p)))
	}
	gap = float64(b.Quantile(.95)-a.Quantile(.95)) / 1e6
	if exact {
		for i := range out {
			out[i] = v.scale
		}
	}
	return out, gap
}

// tau returns the correlation time of a server's slow swings as the A-A design sees it in an hour; NaN: none.
func (v server) tau(s settings) float64 {
	const hour = 3600
	f := sameAA(v.pair(s, 1<<41, hour, 1))
	if f.Tau == nil {
		return math.NaN()
	}
	return f.Tau.Estimate
}
