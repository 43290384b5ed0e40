package capacity

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachKindOfSearchHasItsSentence(t *testing.T) {
	short := p95()
	short.From, short.Time = .1, 225*time.Second
	low := p95()
	low.To = 20
	bump := func(l float64) float64 { // slow until caches are kept warm
		if l < 15 {
			return .5
		}
		return at(30)(l)
	}
	for _, c := range []struct {
		s    Search
		slow func(float64) float64
		is   Outcome
		says string
	}{
		{p95(), at(30), Found, "Capacity: p95 < 250ms holds up to 29.8/s (95 % interval 29.4/s to 30.2/s)."},
		{p95(), at(5), Never, "No capacity: p95 < 250ms does not hold at 10/s, the lowest load that was tried; start lower, or ask for less."},
		{low, at(1e6), Always, "No capacity: p95 < 250ms still holds at 20/s, the highest load that was allowed; allow more to find its end."},
		{p95(), bump, NotMonotone, "No capacity: p95 < 250ms does not hold at 13.5/s and holds at 18.2/s, so that no load separates where it holds from where it does not."},
		{short, at(30), TooShort, "No capacity: too few holds (15) for p95 < 250ms; search for 12m or more."},
	} {
		r := c.s.Estimate(walk(c.s, c.slow))
		assert.Equal(t, c.is, r.Outcome)
		assert.Equal(t, c.says, r.Sentence())
		if c.is != Found {
			assert.Zero(t, r.Capacity+r.Low+r.High, "nothing is invented")
		}
	}
	none := p95()
	assert.Equal(t, TooShort, none.Estimate(nil).Outcome)
}

func TestUsersAreFormattedAsUsers(t *testing.T) {
	s := p95()
	s.Users, s.From = true, 1
	assert.Regexp(t, `^Capacity: p95 < 250ms holds up to (29|30) users \(95 % interval 2\d users to 3\d users\)\.$`, s.Estimate(walk(s, at(30))).Sentence())
}

func TestTheCurveHasEveryHold(t *testing.T) {
	r := p95().Estimate(walk(p95(), at(30)))
	holds, kept := 0, 0
	for i, p := range r.Curve {
		holds, kept = holds+p.Holds, kept+p.Kept
		assert.InDelta(t, at(30)(p.Load), p.Mean, 1e-9)
		if i > 0 {
			assert.Greater(t, p.Load, r.Curve[i-1].Load)
			assert.GreaterOrEqual(t, p.Fitted, r.Curve[i-1].Fitted)
		}
	}
	assert.Equal(t, r.Holds, holds)
	assert.Greater(t, kept, 20)
}

// What a flood has seen counts, and at least as much as if all requests had been slow of the 10 s that the hold was to count.
func TestAFloodCountsAsAWholeHold(t *testing.T) {
	s := p95()
	got := s.tallies([]Hold{
		{Load: 10, Seconds: []Second{{Count: 10, Sum: 1}, {Count: 30, Sum: 1}}},
		{Load: 20, Flooded: true, Seconds: []Second{{Count: 20, Sum: 1}}},
		{Load: 30, Flooded: true},
		{Load: 40},
	})
	require.Len(t, got, 3, "a hold without a request is none")
	assert.Equal(t, tally{load: 10, count: 40, sum: 2, kept: true}, got[0])
	assert.Equal(t, tally{load: 20, count: 200, sum: 200, flooded: true}, got[1])
	assert.Equal(t, tally{load: 30, count: 300, sum: 300, flooded: true, left: true}, got[2])
}

func TestHoldsOfFewRequestsAreDoubted(t *testing.T) {
	s := p95()
	s.From = 2
	r := s.Estimate(walk(s, at(7)))
	require.Equal(t, Found, r.Outcome)
	assert.Equal(t, []string{"A hold near it has about 68 requests, of which the claim allows fewer than 5 to break it: too few to believe the interval; make holds longer."}, r.Doubts)
	assert.Empty(t, p95().Estimate(walk(p95(), at(30))).Doubts)
}

// A hold that floods at once after a flood may have had its backlog: the curve does not go through it, and the table has it.
func TestAFloodThatAnotherMayHaveLeftIsNotHeldAgainstItsLoad(t *testing.T) {
	s := p95()
	holds := walk(s, func(l float64) float64 {
		if l > 30 {
			return 2
		}
		return .01
	})
	before := s.Estimate(holds)
	flood := slices.IndexFunc(holds[20:], func(h Hold) bool { return h.Flooded }) + 20
	again := Hold{Load: 27, Flooded: true, End: holds[flood].End}
	after := s.Estimate(slices.Insert(slices.Clone(holds), flood+1, again))
	assert.Equal(t, before.Capacity, after.Capacity)
	assert.Equal(t, before.Low, after.Low)
	assert.Equal(t, before.Holds+1, after.Holds)
	again.Seconds = []Second{{Count: 27, Sum: 27}}
	assert.Less(t, s.Estimate(slices.Insert(slices.Clone(holds), flood+1, again)).Capacity, before.Capacity, "that one took its time")
}

func TestManyFloodsAreDoubted(t *testing.T) {
	r := p95().Estimate(walk(p95(), func(l float64) float64 {
		if l > 30 {
			return 2
		}
		return .01
	}))
	require.Equal(t, Found, r.Outcome)
	require.Len(t, r.Doubts, 1)
	assert.Regexp(t, `^\d+ of \d+ holds near it were floods: the capacity is what is kept for as long as the longest hold, 60 s, and it may not be kept for longer\.$`, r.Doubts[0])
}

func TestJSONHasNoFigureWhereThereIsNone(t *testing.T) {
	read := func(r *Result) (out map[string]any) {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &out))
		return out
	}
	never := read(p95().Estimate(walk(p95(), at(5))))
	assert.Equal(t, "never holds", never["outcome"])
	for _, key := range []string{"capacity", "low", "high"} {
		assert.Contains(t, never, key)
		assert.Nil(t, never[key], key)
	}
	found := p95().Estimate(walk(p95(), at(30)))
	assert.Equal(t, found.Low, read(found)["low"])
	found.Low, found.High = 0, math.Inf(1)
	assert.Nil(t, read(found)["high"])
	assert.Contains(t, found.Sentence(), "(95 % interval without limits among the loads that were tried)")
	found.Low = 20
	assert.Contains(t, found.Sentence(), "(95 % interval at least 20/s)")
}

func TestEqualHoldsGiveEqualResults(t *testing.T) {
	holds := walk(p95(), at(30))
	assert.Equal(t, p95().Estimate(holds), p95().Estimate(holds))
}
