package effect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

func TestQuantileIsTheSketchs(t *testing.T) {
	r, sketch := rand.New(rand.NewPCG(1, 1)), new(hist.Sketch)
	x := stretchOf(50, func(int) cell {
		c := cell{}
		for range r.IntN(20) {
			d := time.Duration(1e6 * math.Exp(3*r.NormFloat64()))
			sketch.Add(d)
			c.ok = append(c.ok, d)
		}
		return c
	})
	assert.Equal(t, float64(sketch.Count()), x.requests)
	for p := .01; p < 1; p += .01 {
		// The sketch knows its extremes and rounds to the nanosecond.
		assert.InEpsilon(t, float64(sketch.Quantile(p)), x.quantile(p).ns, .002, "p %g", p)
	}
	assert.InEpsilon(t, float64(sketch.Mean()), sum(x.times)/x.successes()/msPerNS, .001)
}

func TestAboveInvertsQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	x := stretchOf(40, func(int) cell { return cell{spreadOut(r.IntN(30), time.Millisecond, 3*time.Second), r.IntN(3)} })
	for p := .02; p < 1; p += .02 {
		assert.InDelta(t, (1-p)*x.requests, sum(x.above(x.quantile(p))), 1e-6, "p %g", p)
	}
}

func TestFailuresAreSlowerThanEverySuccess(t *testing.T) {
	x := stretchOf(30, always(same(90, time.Millisecond), 10)) // a tenth fails
	assert.InDelta(t, 1e6, x.quantile(.89).ns, 2000)
	at := x.quantile(.95)
	assert.True(t, math.IsInf(at.ns, 1))
	assert.Equal(t, beyond, at.bucket)
	assert.InDelta(t, .5, at.share, 1e-9, "half of the failures rank below p95")
	assert.InDelta(t, 5, x.aboveIn(3, at), 1e-9)
	assert.Equal(t, 10.0, x.aboveIn(3, point{bucket: hist.Index(time.Hour)}))
}

func TestStretchTakesWholeIntervals(t *testing.T) {
	run := made(handmade{name: "x", seconds: 10, cell: always(nil, 1)}, handmade{name: "A", seconds: 30, cell: always(same(4, time.Second), 1)})
	p := &run.Phases[1]
	p.RampEndS, p.SettleS, p.EndS = 12.3, 2, 38.9
	run.Intervals[1].StartS, run.Intervals[1].Slots = 10, 30
	in, err := sections(&Options{}, Phase{run, "A"})
	assert.NoError(t, err)
	x := in[0].stretch(all)
	assert.Equal(t, 15.0, x.start) // 14.3 is within second 14
	assert.Equal(t, 23, x.len())   // 15..37: second 38 has no end
	assert.Equal(t, int64(7*5), x.left.Requests)
	assert.InDelta(t, 4.3, x.left.Settling, 1e-9)
	assert.InDelta(t, 38.9-10-4.3-23, in[0].edge(), 1e-9)
}

func TestStraddlersAreLeftOutByCount(t *testing.T) {
	x := report.Series{Phase: "A", Name: report.Aggregated, WidthS: 1}
	for s := range 70 {
		v := cell{ok: same(5, time.Second)}.interval(s)
		if s == 69 {
			v.Straddlers, v.Straddled = 3, []hist.Bucket{{Index: 9000, Count: 3}}
		}
		x.Append(v)
	}
	part := newStretch(&x).between(10, 70)
	assert.Equal(t, int64(3), part.left.Straddlers)
	assert.Equal(t, int64(50), part.left.Requests)
	assert.Equal(t, 300.0, part.requests)
}

func TestSliceSharesAndFolds(t *testing.T) {
	x := stretchOf(20, func(s int) cell { return cell{same(s, time.Duration(s+1)*time.Millisecond), 0} })
	part := x.slice(5, 8)
	assert.Equal(t, 5.0+6+7, part.requests)
	assert.InDelta(t, 5*6+6*7+7*8, sum(part.times), .1)
	assert.InDelta(t, 7e6, part.quantile(.5).ns, 2e4)
}

func TestTogetherPools(t *testing.T) {
	a := stretchOf(10, always(same(10, time.Millisecond), 0))
	b := stretchOf(10, always(same(10, time.Second), 2))
	both := together([]*stretch{a, b})
	assert.Equal(t, 220.0, both.requests)
	assert.Equal(t, 20.0, both.failures)
	assert.InDelta(t, 1e6, both.quantile(.4).ns, 2000)
	assert.InDelta(t, 1e9, both.quantile(.8).ns, 2e6)
	assert.Equal(t, beyond, both.quantile(.95).bucket)
}
