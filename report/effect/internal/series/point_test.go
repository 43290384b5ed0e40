package series

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/stats"
	"github.com/gensim/load-generator/report/hist"
)

func TestQuantileIsTheSketchs(t *testing.T) {
	r, sketch := rand.New(rand.NewPCG(1, 1)), new(hist.Sketch)
	x := windowOf(50, func(int) handmade.Second {
		c := handmade.Second{}
		for range r.IntN(20) {
			d := time.Duration(1e6 * math.Exp(3*r.NormFloat64()))
			sketch.Add(d)
			c.OK = append(c.OK, d)
		}
		return c
	})
	assert.Equal(t, float64(sketch.Count()), x.Requests)
	for p := .01; p < 1; p += .01 {
		// The sketch knows its extremes and rounds to the nanosecond.
		assert.InEpsilon(t, float64(sketch.Quantile(p)), x.Quantile(p).ns, .002, "p %g", p)
	}
	assert.InEpsilon(t, float64(sketch.Mean()), stats.Sum(x.Times)/x.Successes()/msPerNS, .001)
}

func TestAboveInvertsQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	x := windowOf(40, func(int) handmade.Second {
		return handmade.Second{OK: handmade.Spread(r.IntN(30), time.Millisecond, 3*time.Second), Failed: r.IntN(3)}
	})
	for p := .02; p < 1; p += .02 {
		assert.InDelta(t, (1-p)*x.Requests, stats.Sum(x.Above(x.Quantile(p))), 1e-6, "p %g", p)
	}
}

func TestFailuresAreSlowerThanEverySuccess(t *testing.T) {
	x := windowOf(30, handmade.Always(handmade.Same(90, time.Millisecond), 10)) // a tenth fails
	assert.InDelta(t, 1e6, x.Quantile(.89).ns, 2000)
	at := x.Quantile(.95)
	assert.True(t, math.IsInf(at.ns, 1))
	assert.Equal(t, failures, at.bucket)
	assert.InDelta(t, .5, at.share, 1e-9, "half of the failures rank below p95")
	assert.InDelta(t, 5, x.aboveIn(3, at), 1e-9)
	assert.Equal(t, 10.0, x.aboveIn(3, Point{bucket: hist.Index(time.Hour)}))
}

func TestWindowTakesWholeIntervals(t *testing.T) {
	run := handmade.Run(handmade.Phase{Name: "x", Seconds: 10, Each: handmade.Always(nil, 1)}, handmade.Phase{Name: "A", Seconds: 30, Each: handmade.Always(handmade.Same(4, time.Second), 1)})
	p := &run.Phases[1]
	p.RampEndS, p.SettleS, p.EndS = 12.3, 2, 38.9
	run.Intervals[1].StartS, run.Intervals[1].Slots = 10, 30
	in, err := Open(0, Ref{run, "A"})
	assert.NoError(t, err)
	x := in[0].Window(All)
	assert.Equal(t, 15.0, x.start) // 14.3 is within second 14
	assert.Equal(t, 23, x.Len())   // 15..37: second 38 has no end
	assert.Equal(t, int64(7*5), x.Left.Requests)
	assert.InDelta(t, 4.3, x.Left.Settling, 1e-9)
	assert.InDelta(t, 38.9-10-4.3-23, x.Left.Edge, 1e-9)
}

func TestStraddlersAreLeftOutByCount(t *testing.T) {
	x := report.Series{Phase: "A", Name: report.Aggregated, WidthS: 1}
	for s := range 70 {
		v := handmade.Second{OK: handmade.Same(5, time.Second)}.Interval(s)
		if s == 69 {
			v.Straddlers, v.Straddled = 3, []hist.Bucket{{Index: 9000, Count: 3}}
		}
		x.Append(v)
	}
	part := newWindow(&x).between(10, 70)
	assert.Equal(t, int64(3), part.Left.Straddlers)
	assert.Equal(t, int64(50), part.Left.Requests)
	assert.Equal(t, 300.0, part.Requests)
}

func TestSliceSharesAndFolds(t *testing.T) {
	x := windowOf(20, func(s int) handmade.Second {
		return handmade.Second{OK: handmade.Same(s, time.Duration(s+1)*time.Millisecond), Failed: 0}
	})
	part := x.Slice(5, 8)
	assert.Equal(t, 5.0+6+7, part.Requests)
	assert.InDelta(t, 5*6+6*7+7*8, stats.Sum(part.Times), .1)
	assert.InDelta(t, 7e6, part.Quantile(.5).ns, 2e4)
}

func TestTogetherPools(t *testing.T) {
	a := windowOf(10, handmade.Always(handmade.Same(10, time.Millisecond), 0))
	b := windowOf(10, handmade.Always(handmade.Same(10, time.Second), 2))
	both := Pool([]*Window{a, b})
	assert.Equal(t, 220.0, both.Requests)
	assert.Equal(t, 20.0, both.Failures)
	assert.InDelta(t, 1e6, both.Quantile(.4).ns, 2000)
	assert.InDelta(t, 1e9, both.Quantile(.8).ns, 2e6)
	assert.Equal(t, failures, both.Quantile(.95).bucket)
}

func TestAPointOfATimeLiesInItsBucket(t *testing.T) {
	for _, ms := range []float64{.0004, 1, 250, 1e6} {
		at := PointAt(ms)
		low, high := edges(at.bucket)
		assert.InEpsilon(t, ms, at.MS(), 1e-9)
		assert.InEpsilon(t, ms*1e6, low+at.share*(high-low), 1e-9)
	}
}
