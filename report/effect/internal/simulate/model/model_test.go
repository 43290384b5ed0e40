package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// moments runs a server and returns its rate and mean response time.
func moments(s Server, seconds int) (rate, mean float64) {
	n := 0.0
	s.Run(rand.New(rand.NewPCG(1, 2)), seconds, func(int) float64 { return 1 }, func(q Request) { n, mean = n+1, mean+q.Took })
	return n / float64(seconds), mean / n
}

func TestWobbleHasItsQuantiles(t *testing.T) {
	sketch := Truth(Wobble{Rate: 100}, rand.New(rand.NewPCG(1, 1)), 2000, 1)
	assert.InEpsilon(t, 30e6, float64(sketch.Quantile(.5)), .01)
	assert.InEpsilon(t, 80.49e6, float64(sketch.Quantile(.95)), .01)
	slower := Truth(Wobble{Rate: 100}, rand.New(rand.NewPCG(1, 1)), 2000, 1.1)
	assert.InEpsilon(t, 1.1, float64(slower.Quantile(.95))/float64(sketch.Quantile(.95)), .004)
}

func TestWaveIsStationary(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var first, second, product float64
	const n = 20000
	for range n {
		w := newWave(r, 5)
		a := w.next(r)
		b := w.next(r)
		first, second, product = first+a*a/n, second+b*b/n, product+a*b/n
	}
	assert.InDelta(t, 1, first, .05)
	assert.InDelta(t, 1, second, .05)
	assert.InDelta(t, math.Exp(-.2), product, .05)
}

// M/M/8 has a known mean; service times here have CV 1 too, and the mean of M/G/c depends on little more.
func TestQueueAgainstErlang(t *testing.T) {
	rate, mean := moments(Queue{Rate: 100, Utilisation: .75}, 4000)
	assert.InEpsilon(t, 100, rate, .02)
	load, term, total := 6.0, 1.0, 0.0
	for k := range 8 {
		total += term
		term *= load / float64(k+1)
	}
	wait := term / (1 - .75) / (total + term/(1-.75)) // Erlang C
	service := .06
	assert.InEpsilon(t, service+wait*service/(8*(1-.75)), mean, .06)
}

// Half of the users are ON, and an ON period of thinking time t has t/2 + 1 requests or so.
func TestCrowdHasItsRate(t *testing.T) {
	rate, mean := moments(Crowd{Users: 400, Think: 2, On: 30, Off: 30, Service: .06}, 2000)
	assert.InEpsilon(t, 400*(15.5/60.9), rate, .04)
	assert.Greater(t, mean, .06)
}

func TestStallsHoldRequestsUp(t *testing.T) {
	slow, n := 0.0, 0.0
	Wobble{Rate: 100, StallEvery: 20, StallFor: .3}.Run(rand.New(rand.NewPCG(3, 3)), 4000, func(int) float64 { return 1 }, func(q Request) {
		n++
		if q.Took > .25 {
			slow++
		}
	})
	assert.InEpsilon(t, .3/20.3*.35, slow/n, .35) // a good third of those stalled wait that long
}

func TestArrivalsAndErrorsWobble(t *testing.T) {
	n, failed := 0.0, 0.0
	Wobble{Rate: 100, ArrivalTau: 5, ArrivalSD: .2, ErrorShare: .02, ErrorTau: 5, ErrorSD: 1}.Run(
		rand.New(rand.NewPCG(4, 4)), 4000, func(int) float64 { return 1 }, func(q Request) {
			n++
			if q.Failed {
				failed++
			}
		})
	assert.InEpsilon(t, 100, n/4000, .03)
	assert.InEpsilon(t, .02, failed/n, .15)
}

func TestMenuHasItsOperations(t *testing.T) {
	m := Menu{Rate: 100, Operations: []Operation{{"a", .7, .02, .4, 0}, {"b", .2, .1, .4, .1}, {"c", .1, .3, .4, 0}}, Turn: func(second int) float64 {
		if second < 1000 {
			return 1
		}
		return 2
	}}
	n, failed, slow := map[string]float64{}, 0.0, 0.0
	m.Run(rand.New(rand.NewPCG(5, 5)), 2000, func(int) float64 { return 2 }, func(q Request) {
		n[q.Operation]++
		if q.Failed {
			failed++
		}
		if q.Operation == "b" && q.Took > .2 {
			slow++
		}
	})
	assert.InEpsilon(t, 100_000*(.7+.7*.8/.9), n["a"], .01)
	assert.InEpsilon(t, 100_000*(.1+.2), n["c"], .02)
	assert.InEpsilon(t, .1, failed/n["b"], .05)
	assert.InEpsilon(t, .5, slow/n["b"], .03)
	run := Simulate(m, Rand(1, 1), Phase{"x", 10, 0, 1}, Phase{"y", 20, 0, 1})
	require.Len(t, run.Intervals, 2+3*2)
	total := [2]int64{}
	for i := range run.Intervals {
		x := &run.Intervals[i]
		for v := range x.Intervals() {
			if x.Name == report.Aggregated {
				total[0] += v.Requests
			} else {
				total[1] += v.Requests
			}
		}
	}
	assert.Equal(t, total[0], total[1])
}

func TestSimulateMakesASummary(t *testing.T) {
	phases := []Phase{{"a", 20, 5, 1}, {"b", 10, 0, 2}}
	run := Simulate(Wobble{Rate: 50, ErrorShare: .1}, Rand(1, 1), phases...)
	require.Len(t, run.Phases, 2)
	assert.Equal(t, 5.0, run.Phases[0].SettleS)
	assert.Equal(t, 20.0, run.Phases[1].StartS)
	assert.Equal(t, 30.0, run.EndS)
	total := int64(0)
	for i := range run.Intervals {
		slots := 0
		for v := range run.Intervals[i].Intervals() {
			assert.Equal(t, run.Intervals[i].StartS+slots, v.Second)
			slots++
			total += v.Requests
			sum := uint64(0)
			for _, b := range v.Successes {
				sum += b.Count
			}
			assert.Equal(t, v.Requests-v.Failures, int64(sum))
		}
		assert.Equal(t, phases[i].Seconds, slots)
	}
	assert.InDelta(t, 1500, total, 200)
	again := Simulate(Wobble{Rate: 50, ErrorShare: .1}, Rand(1, 1), phases...)
	assert.Equal(t, run, again, "the same seed")
	assert.NotEqual(t, run, Simulate(Wobble{Rate: 50, ErrorShare: .1}, Rand(1, 2), phases...))
}

// Silent simulates a server that answers nothing.
type silent struct{}

// Run implements Server.
func (silent) Run(*rand.Rand, int, func(int) float64, func(Request)) {}

func TestPhasesWithoutRequests(t *testing.T) {
	run := Simulate(silent{}, Rand(1, 1), Phase{"a", 3, 0, 1}, Phase{"b", 4, 0, 1})
	for i, want := range []int{3, 4} {
		assert.Equal(t, want, run.Intervals[i].Slots)
		assert.Empty(t, run.Intervals[i].S)
	}
	assert.Equal(t, report.Schema, run.Schema)
}

func TestRandStreamsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(30) {
		for rep := range uint64(30) {
			seen[Rand(seed, rep).Uint64()] = true
		}
	}
	assert.Len(t, seen, 900)
}
