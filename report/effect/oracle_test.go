package effect

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// sums adds f up over the requests of each second and of the whole.
func sums(p handmade.Raw, f func(took float64) float64) (by []float64, total float64) {
	by = make([]float64, len(p))
	for t := range p {
		for _, took := range p[t] {
			by[t] += f(took)
		}
		total += by[t]
	}
	return by, total
}

// oracle is one phase as the formulas of docs/statistics.md see it, written down a second time: value, unit and L_j.
type oracle struct {
	handmade.Raw
	value, unit float64
	l           [13]float64 // from 1 on
}

func slower(than float64) func(float64) float64 {
	return func(took float64) float64 { return one(took > than) }
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// see fills in one metric. per is what the value is a mean of.
func see(p handmade.Raw, m Metric, threshold float64) *oracle {
	o := &oracle{Raw: p}
	count := func(float64) float64 { return 1 }
	of, per := count, count
	q, quantile := m.Quantile()
	switch {
	case quantile:
		of = slower(p.Quantile(q))
	case m == Mean:
		per = func(took float64) float64 { return one(!math.IsInf(took, 1)) }
		of = func(took float64) float64 {
			if math.IsInf(took, 1) {
				return 0
			}
			return took
		}
	case m == Failures:
		of = func(took float64) float64 { return one(math.IsInf(took, 1)) }
	case m == Exceedance:
		of = slower(threshold)
	case m == Throughput:
		of = func(took float64) float64 { return one(!math.IsInf(took, 1)) }
	}
	x, sum := sums(p, of)
	n, total := sums(p, per)
	if m == Throughput {
		for t := range n {
			n[t], total = 1, float64(len(p))
		}
	}
	o.value, o.unit = sum/total, 1/total
	T := float64(len(p))
	for j := 1; j <= 12; j++ {
		s := 0.0
		for t := range x {
			s += (x[t] - o.value*n[t]) * math.Cos(math.Pi*float64(j)*(float64(t)+.5)/T)
		}
		o.l[j] = 2 / T * s * s
	}
	if quantile {
		o.value = p.Quantile(q)
	}
	return o
}

// variance is that of value (of the rank, for a quantile): T omega unit^2.
func (o *oracle) variance(nu int) float64 {
	return float64(len(o.Raw)) * stats.Sum(o.l[1:nu+1]) / float64(nu) * o.unit * o.unit
}

// The points of F that the method uses, from tables: 50 %, 75 % and 95 % of F(8,16) and F(12,24), 95 % of F(4,4) and
// F(8,8).
var (
	f50 = map[int]float64{2: .9577, 3: .9720}
	f75 = map[int]float64{2: 1.446, 3: 1.358}
	f95 = map[int]float64{4: 6.388, 8: 3.438}
)

// contrast gives interval of ratio (on logs) and difference of phases with weights.
func contrast(m Metric, weights []float64, phases ...handmade.Raw) (ratio, difference Interval, nu int) {
	var seen []*oracle
	var base handmade.Raw
	for i, w := range weights {
		if w < 0 {
			base = append(base, phases[i]...)
		}
	}
	low, high := 0.0, 0.0
	for _, p := range phases {
		o := see(p, m, base.Quantile(.95))
		low, high = low+stats.Sum(o.l[1:5])/4, high+stats.Sum(o.l[5:13])/8
		seen = append(seen, o)
	}
	if nu = 8; low/high > f75[len(phases)] {
		nu = 4
	}
	calm := low/high < f50[len(phases)]
	logs := func(v float64) float64 { return math.Log(v) }
	plain := func(v float64) float64 { return v }
	return overall(seen, m, weights, nu, calm, logs), overall(seen, m, weights, nu, calm, plain), nu
}

// overall is MOVER on a scale.
func overall(seen []*oracle, m Metric, weights []float64, nu int, calm bool, scale func(float64) float64) (v Interval) {
	q, quantile := m.Quantile()
	var own []float64
	shared := 0.0
	for _, o := range seen {
		own = append(own, o.variance(nu)*float64(len(o.Raw)))
		shared += own[len(own)-1] / float64(len(seen))
	}
	differ := slices.Max(own)/slices.Min(own) > f95[nu]
	var down, up, sum, squares float64
	for i, o := range seen {
		if quantile && (!differ || shared > own[i]) {
			own[i] = shared
		}
		part := weights[i] * weights[i] * own[i] / float64(len(o.Raw))
		sum, squares = sum+part, squares+part*part
	}
	degrees := float64(nu)
	switch {
	case calm && quantile && !differ:
		degrees = float64(nu * len(seen))
	case calm:
		degrees = float64(nu) * sum * sum / squares
	}
	for i, o := range seen {
		half := stats.StudentQuantile(.975, degrees) * math.Sqrt(own[i]/float64(len(o.Raw)))
		l, h := o.value-half, o.value+half
		if quantile {
			l, h = o.Quantile(q-half), o.Quantile(q+half)
		}
		below, above := scale(o.value)-scale(l), scale(h)-scale(o.value)
		if weights[i] < 0 {
			below, above = above, below
		}
		v.Estimate += weights[i] * scale(o.value)
		down += math.Pow(weights[i]*below, 2)
		up += math.Pow(weights[i]*above, 2)
	}
	v.Low, v.High = v.Estimate-math.Sqrt(down), v.Estimate+math.Sqrt(up)
	return v
}

// alike compares two intervals to a part of their width: times are kept in buckets.
func alike(t *testing.T, want, got Interval, what ...any) {
	t.Helper()
	slack := .04*(want.High-want.Low) + 1e-12
	assert.InDelta(t, want.Estimate, got.Estimate, slack, what...)
	assert.InDelta(t, want.Low, got.Low, slack, what...)
	assert.InDelta(t, want.High, got.High, slack, what...)
}

// Every metric has the interval that its formula gives on raw times, for two phases of different length and for three.
func TestIntervalsAgainstTheirFormulas(t *testing.T) {
	if testing.Short() || Raced {
		t.Skip("takes seconds of simulation")
	}
	t.Parallel()
	cosines, refused := map[int]int{}, 0
	for rep := range uint64(6) {
		r := rand.New(rand.NewPCG(rep, 6))
		tau := []float64{.3, 3, 20}[rep%3]
		a, b, c := handmade.NewRaw(r, 200, 50, .1, tau, .01), handmade.NewRaw(r, 240, 56, .1+.1*float64(rep%2), tau, .02), handmade.NewRaw(r, 180, 51, .1, tau, .01)
		run := handmade.Run(a.Phase("A"), b.Phase("B"), c.Phase("C"))
		for _, m := range []Metric{P50, P95, Mean, Failures, Throughput, Exceedance} {
			for _, d := range []struct {
				Design
				weights []float64
				phases  []handmade.Raw
			}{{AB, []float64{-1, 1}, []handmade.Raw{a, b}}, {ABA, []float64{-.5, 1, -.5}, []handmade.Raw{a, b, c}}} {
				e := judged(t, run, d.Design, m)
				if !e.Verdict.Known() { // a phase that did not settle, a mean of survivors
					refused++
					continue
				}
				ratio, difference, nu := contrast(m, d.weights, d.phases...)
				cosines[nu]++
				assert.Equal(t, nu, e.Cosines, "%s %s %d", d.Design, m, rep)
				alike(t, difference, *e.Difference, "difference %s %s %d", d.Design, m, rep)
				logs := Interval{math.Log(e.Ratio.Estimate), math.Log(e.Ratio.Low), math.Log(e.Ratio.High)}
				alike(t, ratio, logs, "ratio %s %s %d", d.Design, m, rep)
			}
		}
	}
	t.Log(cosines, refused)
	assert.Less(t, refused, 8)
	assert.Greater(t, cosines[4], 10)
	assert.Greater(t, cosines[8], 10)
}

// judged judges a metric as the primary one.
func judged(t *testing.T, run *report.Summary, d Design, m Metric) Effect {
	o := Options{Settle: -1, Primary: m, Metrics: []Metric{}}
	r, err := Between(Phase{run, "A"}, Phase{run, "B"}, o)
	if d == ABA {
		r, err = Return(Phase{run, "A"}, Phase{run, "B"}, Phase{run, "C"}, o)
	}
	require.NoError(t, err)
	return *r.Primary()
}
