package series

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

func TestTrend(t *testing.T) {
	flat := windowOf(100, handmade.Noisy(1, 50, 100*ms, 0))
	assert.Less(t, flat.Trend(), .95)
	rising := windowOf(100, func(s int) handmade.Second {
		return handmade.Second{OK: handmade.Same(10, time.Duration(100+s)*ms), Failed: 0}
	})
	assert.Greater(t, rising.Trend(), .95)
	assert.Zero(t, windowOf(100, handmade.Always(handmade.Same(5, ms), 0)).Trend())
	assert.Zero(t, windowOf(10, handmade.Noisy(1, 50, 100*ms, 0)).Trend())
	assert.Zero(t, windowOf(100, handmade.Always(nil, 3)).Trend(), "no success has a time")
}

func TestFastestShare(t *testing.T) {
	x := windowOf(10, handmade.Always(append(handmade.Same(5, 100*ms), handmade.Same(4, 300*ms)...), 1))
	assert.InDelta(t, 100, x.Fastest(.3), .2)
	assert.InDelta(t, 100, x.Fastest(.5), .2)
	assert.InDelta(t, (5*100+2*300)/7., x.Fastest(.7), .4)
	assert.InEpsilon(t, stats.Sum(x.Times)/x.Successes(), x.Fastest(.9), 1e-12, "the mean of all that succeeded")
}
