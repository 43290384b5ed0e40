package effect

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMSER(t *testing.T) {
	constant := make([]float64, 100)
	for i := range constant {
		constant[i] = 100.1
	}
	assert.Equal(t, 0, mser(constant))
	assert.Equal(t, 0, mser(nil))
	assert.Equal(t, 0, mser([]float64{1, 2, 3}))
	step := append(append([]float64{}, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9), constant...)
	assert.Equal(t, 10, mser(step))
	r := rand.New(rand.NewPCG(9, 9))
	for i := range step {
		step[i] += r.NormFloat64()
	}
	assert.InDelta(t, 10, mser(step), 5)
}

func TestTrend(t *testing.T) {
	flat := stretchOf(100, noisy(1, 50, 100*ms, 0))
	assert.Less(t, flat.trend(), .95)
	rising := stretchOf(100, func(s int) cell { return cell{same(10, time.Duration(100+s)*ms), 0} })
	assert.Greater(t, rising.trend(), .95)
	assert.Zero(t, stretchOf(100, always(same(5, ms), 0)).trend())
	assert.Zero(t, stretchOf(10, noisy(1, 50, 100*ms, 0)).trend())
	assert.Zero(t, stretchOf(100, always(nil, 3)).trend(), "no success has a time")
}

// A phase that is still on its way when it should have settled has no effect, and says so.
func TestUnsettledPhase(t *testing.T) {
	slow := func(s int) cell { return cell{same(20, time.Duration(100+max(0, 60-s)*20)*ms), 0} }
	run := made(handmade{"A", 120, noisy(1, 40, 100*ms, 0), 15}, handmade{"B", 120, slow, 15})
	r := ab(t, run, Options{})
	e := r.Primary()
	assert.Equal(t, NotSettled, e.Verdict)
	assert.Contains(t, e.Sentence(), "No verdict on p95: phase B did not settle: its mean response time was still on its way 60 s after the ramp. Seen were ")
	assert.Contains(t, r.Warnings[0], "Phase B did not settle")
	assert.Equal(t, 60.0, r.Phases[1].MSERCutS)
	assert.Nil(t, e.Ratio)
	checkReport(t, r)
	long := ab(t, run, Options{Settle: 60 * time.Second})
	assert.NotEqual(t, NotSettled, long.Primary().Verdict)
}
