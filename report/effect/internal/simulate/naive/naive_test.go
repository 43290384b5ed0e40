package naive

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// sample makes a phase of seconds of n lognormal times each.
func sample(r *rand.Rand, seconds, n int, scale float64) (*Sample, []float64) {
	var all []float64
	s := report.Series{WidthS: 1}
	for second := range seconds {
		sketch := new(hist.Sketch)
		for range n {
			d := time.Duration(scale * 1e8 * math.Exp(.5*r.NormFloat64()))
			sketch.Add(d)
			all = append(all, float64(d))
		}
		s.Append(report.Interval{Second: second, Width: 1, Requests: int64(n), Successes: slices.Collect(sketch.Buckets())})
	}
	slices.Sort(all)
	return NewSample(&s, 0), all
}

func TestQuantile(t *testing.T) {
	x, all := sample(rand.New(rand.NewPCG(1, 1)), 30, 50, 1)
	for _, p := range []float64{.1, .5, .95, .99} {
		assert.InEpsilon(t, all[int(p*float64(len(all)))], x.Quantile(p), .02)
	}
	assert.Len(t, x.PerSecond(.95), 30)
}

// The rank statistic against its definition.
func TestMannWhitneyAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	different := 0
	for range 30 {
		a, va := sample(r, 10, 8, 1)
		b, vb := sample(r, 10, 8, 1.15)
		u := 0.0
		for _, x := range va {
			for _, y := range vb {
				if y > x {
					u++
				} else if y == x {
					u += .5
				}
			}
		}
		n := float64(len(va))
		want := math.Abs(u-n*n/2) > z95*math.Sqrt(n*n/12*(2*n+1))
		if MannWhitney(a, b) != want {
			different++ // buckets make ties that times do not have
		}
	}
	assert.LessOrEqual(t, different, 1)
}

// On independent requests every method keeps about 5 %.
func TestAllAreRightOnIndependentRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	r, alarms := rand.New(rand.NewPCG(3, 3)), map[string]int{}
	const runs = 100
	for range runs {
		a, _ := sample(r, 60, 40, 1)
		b, _ := sample(r, 60, 40, 1)
		for name, alarm := range map[string]bool{
			"requests": OverRequests(r, a, b, .95).Excludes(0), "order": OrderStatistics(a, b, .95).Excludes(0),
			"welch": WelchOfSeconds(a, b, .95).Excludes(0), "blocks": Blocks(r, a, b, .95).Excludes(0), "ranks": MannWhitney(a, b),
		} {
			if alarm {
				alarms[name]++
			}
		}
	}
	for _, name := range []string{"requests", "order", "welch", "blocks", "ranks"} {
		assert.InDelta(t, 5, 100*float64(alarms[name])/runs, 6.5, name)
	}
}

func TestCounts(t *testing.T) {
	phase := func(n, failed int64) *Sample {
		s := report.Series{WidthS: 1}
		for second := range 10 {
			s.Append(report.Interval{Second: second, Width: 1, Requests: n, Failures: failed, Successes: []hist.Bucket{{Index: 5000, Count: uint64(n - failed)}}})
		}
		return NewSample(&s, 2)
	}
	assert.False(t, Binomial(phase(100, 5), phase(100, 5)))
	assert.True(t, Binomial(phase(100, 5), phase(100, 15)))
	assert.False(t, Poisson(phase(100, 5), phase(102, 5)))
	assert.True(t, Poisson(phase(100, 5), phase(120, 5)))
}

func TestRecoveryByEye(t *testing.T) {
	s := report.Series{WidthS: 1}
	for second, d := range []time.Duration{9, 9, 1, 9, 1, 1} {
		s.Append(report.Interval{Second: second, Width: 1, Requests: 1, Successes: []hist.Bucket{{Index: hist.Index(d * time.Second), Count: 1}}})
	}
	x := NewSample(&s, 0)
	assert.Equal(t, 2, x.FirstUnder(.95, LogNS(2000)))
	assert.Equal(t, 4, x.LastOver(.95, LogNS(2000)))
	assert.Equal(t, 6, x.FirstUnder(.95, LogNS(1)))
	assert.Equal(t, 0, x.LastOver(.95, LogNS(1e5)))
}
