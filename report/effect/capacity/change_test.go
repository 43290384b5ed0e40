package capacity

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/effect"
)

// sought makes a search on a target that keeps the claim about up to a load, with noise.
func sought(load float64, seed uint64) Sought {
	s, random := p95(), rand.New(rand.NewPCG(seed, 1))
	holds := walk(s, func(l float64) float64 { return .05 * math.Pow(l/load, 4) * math.Exp(.3*random.NormFloat64()) })
	return Sought{s, holds, s.Estimate(holds)}
}

// Two searches on one target are hardly ever called different, and the ratio of two targets is within its interval.
func TestChangesAreJudgedByBothSearches(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	called, held, width := 0, 0, 0.0
	const times = 5
	for i := range uint64(times) {
		before, same, after := sought(50, 3*i), sought(50, 3*i+1), sought(70, 3*i+2)
		none, err := Compare(before, same)
		require.NoError(t, err)
		if none.Verdict != effect.NoneSeen {
			called++
		}
		more, err := Compare(before, after)
		require.NoError(t, err)
		assert.Equal(t, effect.Better, more.Verdict, more.Sentence())
		if more.Ratio.Low <= 1.4 && 1.4 <= more.Ratio.High {
			held++
		}
		width += (more.Ratio.High - more.Ratio.Low) / 2 / 1.4 / times
		less, err := Compare(after, before)
		require.NoError(t, err)
		assert.Equal(t, effect.Worse, less.Verdict, less.Sentence())
		assert.InDelta(t, 1/more.Ratio.Estimate, less.Ratio.Estimate, 1e-9)
	}
	assert.LessOrEqual(t, called, 1)
	assert.GreaterOrEqual(t, held, 4)
	assert.Less(t, width, .15)
}

// The interval of the ratio is at least as wide as that of either search.
func TestTheRatioIsLessSureThanEachCapacity(t *testing.T) {
	a, b := sought(50, 1), sought(70, 2)
	c, err := Compare(a, b)
	require.NoError(t, err)
	for _, r := range []*Result{a.Result, b.Result} {
		assert.Greater(t, c.Ratio.High/c.Ratio.Low, r.High/r.Low)
	}
}

func TestALimitThatIsMissingIsMissingInTheRatio(t *testing.T) {
	a, b := sought(50, 1), sought(70, 2)
	b.Result.High = math.Inf(1)
	c, err := Compare(a, b)
	require.NoError(t, err)
	assert.True(t, math.IsInf(c.Ratio.High, 1))
	assert.Regexp(t, `^Better: the capacity for p95 < 250ms changed by \+\d+ % \(95 % interval \+\d+ % or more\), from \d+\.?\d*/s to \d+\.?\d*/s\.$`, c.Sentence())
	a.Result.High = math.Inf(1)
	c, err = Compare(a, b)
	require.NoError(t, err)
	assert.Contains(t, c.Sentence(), "No change seen: ")
	assert.Contains(t, c.Sentence(), "(95 % interval without limits)")
}

func TestSearchesThatCannotBeCompared(t *testing.T) {
	a, b := sought(50, 1), sought(70, 2)
	for want, change := range map[string]func(r *Result){
		"the claims differ: p95 < 250ms, and p99 < 1 s":      func(r *Result) { r.Claim = "p99 < 1 s" },
		"one search is of arrivals and the other of users":   func(r *Result) { r.Users = true },
		"the second search has no capacity: No capacity: p9": func(r *Result) { r.Outcome = Never },
	} {
		r := *b.Result
		change(&r)
		_, err := Compare(a, Sought{b.Search, b.Holds, &r})
		assert.ErrorContains(t, err, want)
	}
}

func TestAResultIsReadAsItWasWritten(t *testing.T) {
	open := *sought(50, 1).Result
	open.Low, open.High = 0, math.Inf(1)
	short := p95()
	short.From = .1
	bump := func(l float64) float64 {
		if l < 15 {
			return .5
		}
		return at(30)(l)
	}
	for _, r := range []*Result{sought(50, 1).Result, &open, p95().Estimate(walk(p95(), at(5))), p95().Estimate(walk(p95(), bump)), short.Estimate(walk(short, at(30))[:15])} {
		data, err := json.Marshal(r)
		require.NoError(t, err)
		var back Result
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, r.Sentence(), back.Sentence())
		again, err := json.Marshal(back)
		require.NoError(t, err)
		assert.JSONEq(t, string(data), string(again))
	}
	assert.Error(t, new(Result).UnmarshalJSON([]byte(`{"outcome": "found", "capacity": null}`)))
}
