package capacity

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scaling are holds of a target that follows a law, each with a part of it more or less.
func scaling(l Law, noise float64, busy ...float64) (out []tally) {
	for i, n := range busy {
		out = append(out, tally{rate: l.At(n) * (1 + noise*math.Cos(float64(7*i))), busy: n})
	}
	return out
}

func TestTheLawOfATargetIsFound(t *testing.T) {
	l, why := fit(scaling(Law{Rate: 100, Contention: .05, Coherence: .002}, 0, .5, 1, 2, 4, 8, 16, 32, 40))
	require.Empty(t, why)
	assert.InEpsilon(t, 100, l.Rate, 1e-6)
	assert.InEpsilon(t, .05, l.Contention, 1e-6)
	assert.InEpsilon(t, .002, l.Coherence, 1e-6)
	assert.InEpsilon(t, math.Sqrt(.95/.002), l.PeakBusy, 1e-6)
	assert.InEpsilon(t, l.At(l.PeakBusy), l.PeakRate, 1e-6)
	assert.Empty(t, l.Doubts)
}

func TestALawIsDoubted(t *testing.T) {
	flat, _ := fit(scaling(Law{Rate: 100, Contention: .05}, .02, 1, 2, 4, 8, 16, 32, 64, 128))
	assert.Equal(t, []string{"These loads do not show whether the throughput falls beyond a peak."}, flat.Doubts)
	assert.Zero(t, flat.PeakBusy)
	assert.Zero(t, flat.PeakRate)
	far, _ := fit(scaling(Law{Rate: 100, Contention: .05, Coherence: .0001}, 0, 1, 2, 4, 8, 12, 16, 20, 30))
	assert.Equal(t, []string{"Its peak is at 97.5 requests in flight; more than 30 were not tried."}, far.Doubts)
	wild, _ := fit(scaling(Law{Rate: 100, Contention: .05}, .4, 1, 2, 4, 8, 16, 32, 64, 128))
	assert.Regexp(t, `^It misses the holds by \d+ %, so it does not describe this target\.$`, wild.Doubts[0])
}

func TestThereMayBeNoLaw(t *testing.T) {
	few, why := fit(scaling(Law{Rate: 100}, 0, 1, 2, 4))
	assert.Nil(t, few)
	assert.Equal(t, "the scalability law needs 8 holds with successes; there are 3", why)
	near, why := fit(scaling(Law{Rate: 100}, 0, 1, 1, 1, 1, 2, 2, 2, 2))
	assert.Nil(t, near)
	assert.Equal(t, "the scalability law needs loads that differ by more: from 1 to 2 requests were in flight", why)
}
