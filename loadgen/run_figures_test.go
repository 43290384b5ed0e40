package loadgen

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

const (
	named  = measure.Rate("title ok")
	basket = measure.Value("basket [EUR]")
)

// figureOf returns the figure of a name.
func figureOf(t *testing.T, list []report.Figure, name string) *report.Figure {
	t.Helper()
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	require.Fail(t, "no figure", "%s in %v", name, list)
	return nil
}

// Figures add up exactly, by phase and by second of the task, and are not requests.
func TestFiguresAddUp(t *testing.T) {
	var mu sync.Mutex // of the users
	var sums [2]int64
	var yes [2]int64
	script := func(ctx context.Context) error {
		s := measure.FromContext(ctx)
		i := int(s.Task().Intended / (30 * time.Second))
		n := rand.New(rand.NewPCG(s.Task().Draws, 1)).Int64N(1 << 34)
		mu.Lock()
		defer mu.Unlock()
		sums[i] += n
		wins.Add(ctx, n)
		if named.Add(ctx, n%3 == 0) {
			yes[i]++
		}
		basket.Add(ctx, float64(n%100)+.25)
		return nil
	}
	pace := scenario.Between(100*time.Millisecond, time.Second)
	sum := inBubble(t, Runner{NewUser: acts(script), Seed: 9, Schedule: phase.Schedule{
		{Name: "a", For: 30 * time.Second, Users: 5, Pace: pace}, {Name: "b", For: 30 * time.Second, Users: 5, Pace: pace},
	}})
	for i, p := range sum.Phases {
		n := p.Counters.Finished
		require.Greater(t, n, int64(100))
		assert.Zero(t, p.Requests)
		w, r, v := figureOf(t, p.Figures, "wins"), figureOf(t, p.Figures, "title ok"), figureOf(t, p.Figures, "basket")
		assert.Equal(t, sums[i], w.N)
		assert.InDelta(t, float64(sums[i])/30, w.PerS, 1e-3*w.PerS)
		assert.Equal(t, []int64{yes[i], n}, []int64{r.N, r.Of})
		assert.Equal(t, "EUR", v.Unit)
		assert.Equal(t, n, v.N)
		assert.InDelta(t, 49.75, v.Values.P50, 10)
		assert.InDelta(t, 99.25, v.Values.Max, 2)
		assert.Zero(t, p.Counters.Straddlers)
	}
	assert.Equal(t, sums[0]+sums[1], figureOf(t, sum.Total.Figures, "wins").N)
	bySecond := map[string]int64{}
	for _, x := range sum.FigureIntervals {
		for i, n := range x.N {
			bySecond[x.Phase+" "+x.Name] += n
			assert.True(t, x.Sort != report.SortRate || x.Of[i] >= n)
		}
	}
	assert.Equal(t, sums[0], bySecond["a wins"])
	assert.Equal(t, yes[1], bySecond["b title ok"])
	assert.Equal(t, sum.Phases[1].Counters.Finished, bySecond["b basket"])
}

// What cannot be counted is left out and said; what is never used is 0 in the report if it is declared.
func TestFiguresThatAreOff(t *testing.T) {
	script := func(ctx context.Context) error {
		wins.Add(ctx, -1)
		wins.Add(ctx, math.MaxInt64)
		wins.Add(ctx, 5)
		for _, x := range []float64{math.NaN(), math.Inf(1), -3, 1e12, 0} {
			basket.Add(ctx, x)
		}
		measure.Rate("").Add(ctx, true)
		return nil
	}
	sum := inBubble(t, Runner{
		NewUser: acts(script), Figures: []measure.Figure{named, checkout, wins}, Pace: scenario.Between(10*time.Second, 20*time.Second),
		Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}, {Name: "q", For: 59 * time.Second, Users: 1}},
	})
	n := sum.Total.Counters.Finished
	require.Positive(t, n)
	assert.Equal(t, 5*n, figureOf(t, sum.Total.Figures, "wins").N)
	v := figureOf(t, sum.Total.Figures, "basket")
	assert.Equal(t, []int64{2 * n, n}, []int64{v.N, v.Beyond})
	assert.EqualValues(t, 1e12, v.Values.Max)
	assert.Len(t, sum.Notes, 3, sum.Notes)
	for _, p := range append(sum.Phases, sum.Total) {
		assert.Zero(t, figureOf(t, p.Figures, "title ok").Of)
		assert.Zero(t, row(t, p.Transactions, "checkout").Requests)
	}
	measure.Pause(t.Context(), oneSecond) // outside a run none of it does anything
	wins.Add(t.Context(), 1)
	assert.NoError(t, checkout.Do(t.Context(), func(context.Context) error { return nil }))
}

func TestFiguresThatArePlannedBadly(t *testing.T) {
	for want, list := range map[string][]measure.Figure{
		`loadgen: Runner.Figures: number 2 is nil; give a Transaction, Counter, Rate or Value of package measure`: {wins, nil},
		`loadgen: Runner.Figures: the counter that is number 1 has no name`:                                       {measure.Counter("")},
		`loadgen: Runner.Figures: rate "a\tb" has a control character in its name; give one without`:              {measure.Rate("a\tb")},
		`loadgen: Runner.Figures: counter "a\x00" has a control character in its name; give one without`:          {measure.Counter("a\x00")},
		`loadgen: Runner.Figures: counter "a, b" has a comma in its name; give one without`:                       {measure.Counter("a, b")},
		`loadgen: Runner.Figures: value "a {b} [EUR]" has a brace in its name; give one without`:                  {measure.Value("a {b} [EUR]")},
		`loadgen: Runner.Figures: value "aggregated" has the name of ` + reserved:                                 {measure.Value("aggregated")},
		`loadgen: Runner.Figures: counter "failures" has the name of ` + reserved:                                 {measure.Counter("failures")},
		`loadgen: Runner.Figures: counter "Requests" has the name of ` + reserved:                                 {measure.Counter("Requests")},
		`loadgen: Runner.Figures: value "P99.9" has the name of ` + reserved:                                      {measure.Value("P99.9 [s]")},
		`loadgen: Runner.Figures: rate "get" has the name of ` + reserved:                                         {measure.Rate("get")},
		`loadgen: Runner.Figures: value "p" has the name of a phase; give it another one, since claims name them`: {measure.Value("p")},
		`loadgen: Runner.Figures: "wins" is declared twice, as a counter and as a rate`:                           {wins, measure.Rate("wins")},
		`loadgen: Runner.Figures: "basket" is declared twice, as a value in EUR and as a value in USD`:            {basket, measure.Value("basket [USD]")},
		`loadgen: Runner.Figures: "basket" is declared twice, as a value in EUR and as a value`:                   {basket, measure.Value("basket")},
	} {
		_, err := Runner{NewUser: acts(func(context.Context) error { return nil }), Figures: list, Schedule: every(time.Second, 1)}.Plan()
		assert.EqualError(t, err, want)
	}
}

// Rows of tags are of the requests under them, in addition to the ones that they have, and bounded.
func TestTagsGiveFurtherRows(t *testing.T) {
	script := func(ctx context.Context) error {
		eu := measure.Tag(measure.Tag(ctx, "region", "us"), "region", "eu")
		_ = answered(eu, "look", time.Millisecond)
		_ = answered(measure.Tag(eu, "size", "{1}"), "look", 3*time.Millisecond)
		_ = answered(ctx, "look", 5*time.Millisecond)
		measure.Tag(ctx, "", "x")
		return nil
	}
	sum := inBubble(t, Runner{NewUser: acts(script), Schedule: every(time.Minute, 2), StopTimeout: time.Second})
	n := sum.Total.Counters.Finished
	assert.Equal(t, 3*n, sum.Total.Requests)
	require.Len(t, sum.Total.Tags, 2)
	eu, size := row(t, sum.Total.Tags, "look {region=eu}"), row(t, sum.Total.Tags, "look {size=_1_}")
	assert.Equal(t, []int64{2 * n, n}, []int64{eu.Requests, size.Requests})
	assert.EqualValues(t, 3, size.ResponseMS.P50)
	assert.Len(t, sum.TagIntervals, 2)

	script = func(ctx context.Context) error {
		for i := range 250 {
			_ = answered(measure.Tag(ctx, "user", fmt.Sprint(i)), "look", time.Microsecond)
		}
		return nil
	}
	sum = inBubble(t, Runner{NewUser: acts(script), Schedule: every(time.Minute, 1), StopTimeout: time.Second})
	n = sum.Total.Counters.Finished
	require.Len(t, sum.Total.Tags, 201)
	assert.Equal(t, 50*n, row(t, sum.Total.Tags, "(other tags)").Requests)
	assert.Equal(t, 250*n, sum.Total.Requests)
	assert.Zero(t, sum.Total.Counters.OtherOperations)
}
