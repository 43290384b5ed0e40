package effect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// timingOut has requests of lognormal times around 100 ms, slower by a factor, that fail beyond a limit.
func timingOut(seed uint64, factor float64, limit time.Duration) func(int) handmade.Second {
	r := rand.New(rand.NewPCG(seed, 9))
	return func(int) (c handmade.Second) {
		for range 60 {
			if took := time.Duration(factor * 1e8 * math.Exp(.6*r.NormFloat64())); took <= limit {
				c.OK = append(c.OK, took)
			} else {
				c.Failed++
			}
		}
		return c
	}
}

// An intervention that is slower by 10 % and times out with its slowest looks faster by the mean of those that are left.
func TestMeanOfSurvivorsIsNoVerdict(t *testing.T) {
	const never = time.Hour
	slower := timingOut(2, 1.1, 270*ms) // the slowest 7 % are gone
	run := handmade.Run(handmade.NewPhase("A", 300, timingOut(1, 1, never), 0), handmade.NewPhase("B", 300, slower, 0))
	r := ab(t, run, Options{Primary: Mean})
	e := r.Primary()
	assert.Equal(t, NotEstimable, e.Verdict)
	assert.Regexp(t, `^Not estimable on mean of successes: 0 % of the baseline's requests failed and \d\.\d\d? % of the intervention's, and the mean is that of the others: `+
		`with as many of the slowest left out of both the verdict is "worse", not "(better|none seen)"\. Observed: `, e.Sentence())
	assert.Equal(t, Worse, r.Find(series.All, Failures).Verdict)
	checkReport(t, r)
	plain := ab(t, run, Options{})
	assert.Contains(t, plain.Sentences(), plain.Find(series.All, Mean).Sentence(), "said also where another metric is the primary one")
	swapped, err := Between(Phase{run, "B"}, Phase{run, "A"}, Options{Primary: Mean})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, swapped.Primary().Verdict, "nor is it worse to fail no more")

	run = handmade.Run(handmade.NewPhase("A", 300, timingOut(3, 1, 300*ms), 0), handmade.NewPhase("B", 300, timingOut(4, 1.3, 390*ms), 0))
	e = ab(t, run, Options{Primary: Mean}).Primary()
	assert.Equal(t, Worse, e.Verdict, "as many fail in both: %s", e.Sentence())
	assert.InDelta(t, 1.3, e.Ratio.Estimate, .03)
	require.Len(t, e.Notes, 1)
	assert.Regexp(t, `^Failures have no time: 3\.\d* % of the baseline's requests and 3\.\d* % of the intervention's are not in the mean\.$`, e.Notes[0])

	run = handmade.Run(handmade.NewPhase("A", 300, timingOut(5, 1, never), 0), handmade.NewPhase("B", 300, timingOut(6, 1.3, never), 0))
	assert.Empty(t, ab(t, run, Options{Primary: Mean}).Primary().Notes, "nothing fails")
}

func TestMeanOfSurvivorsInPairs(t *testing.T) {
	var phases []handmade.Phase
	names := ""
	for i := range 6 {
		a := handmade.NewPhase(string(rune('a'+2*i)), 20, timingOut(uint64(i), 1, time.Hour), 0)
		b := handmade.NewPhase(string(rune('b'+2*i)), 20, timingOut(uint64(10+i), 1.1, 270*ms), 0)
		phases, names = append(phases, a, b), names+"AB"
	}
	r, err := Analyze(arms(handmade.Run(phases...), names), Options{Primary: Mean})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Sentence(), `the verdict is "worse", not "`)
	assert.Len(t, r.Primary().Notes, 1)
	checkReport(t, r)
}
