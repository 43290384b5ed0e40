package series

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// menu makes a run of phases A and B. of says how many requests an operation has in a second of a phase, how long they take
// and how many of them fail.
func menu(seconds int, of map[string]func(phase, second int) (n int, took time.Duration, failed int)) []*Phase {
	whole := [2][]handmade.Second{make([]handmade.Second, seconds), make([]handmade.Second, seconds)}
	rows := map[string]func(phase, second int) handmade.Second{}
	for _, name := range slices.Sorted(maps.Keys(of)) { // draws come in one order
		draw := of[name]
		own := [2][]handmade.Second{}
		for phase := range own {
			for s := range seconds {
				n, took, failed := draw(phase, s)
				v := handmade.Second{OK: handmade.Spread(n-failed, took/2, 3*took/2), Failed: failed}
				own[phase] = append(own[phase], v)
				whole[phase][s].OK, whole[phase][s].Failed = append(whole[phase][s].OK, v.OK...), whole[phase][s].Failed+failed
			}
		}
		rows[name] = func(phase, second int) handmade.Second { return own[phase][second] }
	}
	each := func(phase int) func(int) handmade.Second {
		return func(second int) handmade.Second { return whole[phase][second] }
	}
	run := handmade.Run(handmade.NewPhase("A", seconds, each(0), 0), handmade.NewPhase("B", seconds, each(1), 0))
	handmade.Operations(run, rows)
	phases, err := Open(0, Ref{run, "A"}, Ref{run, "B"})
	if err != nil {
		panic(err)
	}
	return phases
}

// twoOperations are a fast one and a slow one, whose share of the requests is 1/5 in A and 1/3 in B.
func twoOperations() []*Phase {
	r := rand.New(rand.NewPCG(1, 2))
	return menu(80, map[string]func(int, int) (int, time.Duration, int){
		"fast": func(phase, _ int) (int, time.Duration, int) { return 16 + r.IntN(9) - 10*phase, 20 * ms, r.IntN(2) },
		"slow": func(int, int) (int, time.Duration, int) { return 3 + r.IntN(5), 200 * ms, r.IntN(3) },
	})
}

// Values and departures of weighted phases are those of the formulas, written down a second time.
func TestWeightedValuesAreThoseOfTheFormula(t *testing.T) {
	parts, ops := Parted(twoOperations(), All)
	require.Len(t, ops, 2)
	w := Weigh(parts)
	require.Equal(t, 2, w.Strata)
	all := parts[0].Whole.Requests + parts[1].Whole.Requests
	for i, p := range parts {
		var mix, failed, took, ok, weight [2]float64
		for k, x := range p.Of {
			mix[k] = (parts[0].Of[k].Requests + parts[1].Of[k].Requests) / all
			weight[k] = mix[k] * p.Whole.Requests / x.Requests
			failed[k], ok[k] = x.Failures/x.Requests, x.Successes()/x.Requests
			for _, v := range x.Times {
				took[k] += v / x.Requests
			}
		}
		share := mix[0]*failed[0] + mix[1]*failed[1]
		e := Share(w.Windows[i], func(x *Window) []float64 { return x.Failed })
		assert.InEpsilon(t, share, e.Value, 1e-9)
		assert.InEpsilon(t, 1-share, w.Windows[i].Survived(), 1e-9)
		for s := range 80 {
			want := 0.0
			for k, x := range p.Of {
				want += weight[k] * (x.Failed[s] - failed[k]*x.Counts[s])
			}
			assert.InDelta(t, want, e.Departures[s], 1e-9)
		}
		mean := (mix[0]*took[0] + mix[1]*took[1]) / (mix[0]*ok[0] + mix[1]*ok[1])
		m := Mean(w.Windows[i])
		assert.InEpsilon(t, mean, m.Value, 1e-9)
		for s := range 80 {
			want := 0.0
			for k, x := range p.Of {
				u := x.Times[s] - mean*(x.Counts[s]-x.Failed[s])
				want += weight[k] * (u - (took[k]-mean*ok[k])*x.Counts[s])
			}
			assert.InDelta(t, want, m.Departures[s], 1e-6)
		}
		q := Quantile(w.Windows[i], .8, "p80")
		above := 0.0
		for k, x := range p.Of {
			n := 0.0
			for _, v := range x.Above(q.at) {
				n += v
			}
			above += mix[k] * n / x.Requests
		}
		assert.InDelta(t, .2, above, 1e-9, "a fifth of the mix is slower")
		assert.Equal(t, Rate(parts[i].Whole, counts).Value, Rate(w.Windows[i], counts).Value, "a rate is what came")
	}
}

// An operation that the target does not change has no effect, whatever its share becomes; as they came the requests have one.
func TestWeightsTakeAChangeOfMixAway(t *testing.T) {
	phases := twoOperations()
	parts, _ := Parted(phases, All)
	w := Weigh(parts).Windows
	assert.Greater(t, Mean(parts[1].Whole).Value/Mean(parts[0].Whole).Value, 1.2)
	assert.InEpsilon(t, Mean(w[0]).Value, Mean(w[1]).Value, .02)
}

// What chance does to the number of requests of each operation is not in the variance of weighted phases.
func TestWeightsTakeTheNoiseOfTheMixAway(t *testing.T) {
	parts, _ := Parted(twoOperations(), All)
	raw, own := Mean(parts[0].Whole), Mean(Weigh(parts).Windows[0])
	assert.Less(t, own.Variance(8), raw.Variance(8)/3)
}

func TestOperationsOfFewRequestsAreFolded(t *testing.T) {
	always := func(n int, took time.Duration) func(int, int) (int, time.Duration, int) {
		return func(int, int) (int, time.Duration, int) { return n, took, 0 }
	}
	first := func(most int) func(int, int) (int, time.Duration, int) { // in the first seconds only
		return func(_, second int) (int, time.Duration, int) {
			if second < most {
				return 1, ms, 0
			}
			return 0, ms, 0
		}
	}
	onlyInB := func(phase, _ int) (int, time.Duration, int) { return 3 * phase, ms, 0 }
	folded := func(of map[string]func(int, int) (int, time.Duration, int)) (w Weighed, names []string, into string) {
		parts, ops := Parted(menu(60, of), All)
		w = Weigh(parts)
		for _, k := range w.Folded {
			names = append(names, ops[k].Name)
		}
		if w.Into >= 0 {
			into = ops[w.Into].Name
		}
		return w, names, into
	}
	w, names, into := folded(map[string]func(int, int) (int, time.Duration, int){"a": always(5, ms), "b": always(9, ms), "c": first(19)})
	assert.Equal(t, []string{"c"}, names)
	assert.Equal(t, "b", into, "with the largest")
	assert.Equal(t, 2, w.Strata)
	w, names, into = folded(map[string]func(int, int) (int, time.Duration, int){"a": always(5, ms), "b": first(12), "c": first(12)})
	assert.Equal(t, []string{"b", "c"}, names)
	assert.Empty(t, into, "together they are 24")
	assert.Equal(t, 2, w.Strata)
	w, names, into = folded(map[string]func(int, int) (int, time.Duration, int){"a": always(5, ms), "b": always(9, ms), "new": onlyInB})
	assert.Equal(t, []string{"new"}, names)
	assert.Equal(t, "b", into)
	assert.InEpsilon(t, 14.*60+17*60, w.Windows[0].Requests+w.Windows[1].Requests, 1e-12)
	w, names, _ = folded(map[string]func(int, int) (int, time.Duration, int){"a": always(5, ms), "new": onlyInB})
	assert.Equal(t, []string{"new"}, names)
	assert.Zero(t, w.Strata, "nothing is left to weight")
	w, names, _ = folded(map[string]func(int, int) (int, time.Duration, int){"a": always(5, ms), "never": always(0, ms)})
	assert.Empty(t, names)
	assert.Zero(t, w.Strata)
}

// Rows of operations that do not add up to the whole say nothing about its mix.
func TestRowsThatDoNotAddUpAreNotWeighted(t *testing.T) {
	phases := twoOperations()
	run := phases[0].Run
	for i := range run.Intervals {
		if x := &run.Intervals[i]; x.Name == "fast" && x.Phase == "A" {
			*x = report.Series{Phase: "A", Name: "fast", WidthS: 1, Slots: 80}
		}
	}
	phases, err := Open(0, Ref{run, "A"}, Ref{run, "B"})
	require.NoError(t, err)
	parts, _ := Parted(phases, All)
	w := Weigh(parts)
	assert.Zero(t, w.Strata)
	assert.Same(t, parts[0].Whole, w.Windows[0])
}

// Requests that weigh more than others stand for fewer: 30 of weight 3 and 30 of weight 1 are as good as 48.
func TestEventsOfDifferentWeightsCountForFewer(t *testing.T) {
	x := windowOf(30, handmade.Always(handmade.Same(1, ms), 0))
	x.strata = []stratum{{[]*Window{windowOf(30, handmade.Always(handmade.Same(1, ms), 0))}, 3, 30}, {[]*Window{windowOf(30, handmade.Always(handmade.Same(1, ms), 0))}, 1, 30}}
	n, spread := x.events(counts)
	assert.InDelta(t, math.Pow(90+30, 2)/(9*30+30), n, 1e-9)
	assert.Equal(t, 30, spread)
	assert.Equal(t, 3.0, x.heaviest())
}
