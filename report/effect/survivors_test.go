package effect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// timingOut has requests of lognormal times around 100 ms, slower by a factor, that fail beyond a limit.
func timingOut(seed uint64, factor float64, limit time.Duration) func(int) cell {
	r := rand.New(rand.NewPCG(seed, 9))
	return func(int) (c cell) {
		for range 60 {
			if took := time.Duration(factor * 1e8 * math.Exp(.6*r.NormFloat64())); took <= limit {
				c.ok = append(c.ok, took)
			} else {
				c.failed++
			}
		}
		return c
	}
}

// An intervention that is slower by 10 % and times out with its slowest looks faster by the mean of those that are left.
func TestMeanOfSurvivorsIsNoVerdict(t *testing.T) {
	const never = time.Hour
	slower := timingOut(2, 1.1, 270*ms) // the slowest 7 % are gone
	run := made(handmade{"A", 300, timingOut(1, 1, never), 0}, handmade{"B", 300, slower, 0})
	r := ab(t, run, Options{Primary: Mean})
	e := r.Primary()
	assert.Equal(t, NotEstimable, e.Verdict)
	assert.Regexp(t, `^Not estimable on mean of successes: 0 % of the baseline's requests failed and \d\.\d\d? % of the intervention's, and the mean is that of the others: `+
		`with as many of the slowest left out of both the verdict is "worse", not "(better|none seen)"\. Seen were `, e.Sentence())
	assert.Equal(t, Worse, r.Find(all, Failures).Verdict)
	checkReport(t, r)
	plain := ab(t, run, Options{})
	assert.Contains(t, plain.Sentences(), plain.Find(all, Mean).Sentence(), "said also where another metric is the primary one")
	swapped, err := Between(Phase{run, "B"}, Phase{run, "A"}, Options{Primary: Mean})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, swapped.Primary().Verdict, "nor is it worse to fail no more")

	run = made(handmade{"A", 300, timingOut(3, 1, 300*ms), 0}, handmade{"B", 300, timingOut(4, 1.3, 390*ms), 0})
	e = ab(t, run, Options{Primary: Mean}).Primary()
	assert.Equal(t, Worse, e.Verdict, "as many fail in both: %s", e.Sentence())
	assert.InDelta(t, 1.3, e.Ratio.Estimate, .03)
	require.Len(t, e.Notes, 1)
	assert.Regexp(t, `^Failures have no time: 3\.\d* % of the baseline's requests and 3\.\d* % of the intervention's are not in the mean\.$`, e.Notes[0])

	run = made(handmade{"A", 300, timingOut(5, 1, never), 0}, handmade{"B", 300, timingOut(6, 1.3, never), 0})
	assert.Empty(t, ab(t, run, Options{Primary: Mean}).Primary().Notes, "nothing fails")
}

func TestMeanOfSurvivorsInPairs(t *testing.T) {
	var phases []handmade
	names := ""
	for i := range 6 {
		a := handmade{string(rune('a' + 2*i)), 20, timingOut(uint64(i), 1, time.Hour), 0}
		b := handmade{string(rune('b' + 2*i)), 20, timingOut(uint64(10+i), 1.1, 270*ms), 0}
		phases, names = append(phases, a, b), names+"AB"
	}
	r, err := Of(arms(made(phases...), names), Options{Primary: Mean})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Sentence(), `the verdict is "worse", not "`)
	assert.Len(t, r.Primary().Notes, 1)
	checkReport(t, r)
}

func TestFastestShare(t *testing.T) {
	x := stretchOf(10, always(append(same(5, 100*ms), same(4, 300*ms)...), 1))
	assert.InDelta(t, 100, x.fastest(.3), .2)
	assert.InDelta(t, 100, x.fastest(.5), .2)
	assert.InDelta(t, (5*100+2*300)/7., x.fastest(.7), .4)
	assert.InEpsilon(t, sum(x.times)/x.successes(), x.fastest(.9), 1e-12, "the mean of all that succeeded")
	assert.Equal(t, .9, survivors(x))
}
