package scenario

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

func nothing(context.Context) error { return nil }

// stepsOf are steps that do nothing.
func stepsOf(names ...string) (steps []Step) {
	for _, name := range names {
		steps = append(steps, Step{Name: name, Do: nothing})
	}
	return steps
}

// visit is a chain with a way back to each of its steps.
var visit = Task{Name: "visit", Weight: 1, Steps: stepsOf("home", "search", "page"), Next: Chain{
	"home":   {"search": 6, "page": 3, End: 1},
	"search": {"page": 7, "search": 2, End: 1},
	"page":   {"home": 1, "search": 4, End: 5},
}}

func journeyOf(t *testing.T, task Task) *Journey {
	t.Helper()
	j, err := NewJourney(task)
	require.NoError(t, err)
	require.NotNil(t, j)
	return j
}

func TestStepsFollowTheirOrderWithoutADraw(t *testing.T) {
	j := journeyOf(t, Task{Steps: stepsOf("login", "browse", "buy")})
	src := stream.Key{Seed: 1}.Source()
	before := src
	assert.Equal(t, []int{1, 2, -1}, []int{j.Next(0, &src), j.Next(1, &src), j.Next(2, &src)})
	assert.Equal(t, before, src)
	assert.EqualValues(t, 3, j.Length())
	assert.Nil(t, j.Rows())

	j, err := NewJourney(Task{Do: nothing})
	assert.NoError(t, err)
	assert.Nil(t, j)
}

// Transitions by chi-square, visits and length against their expectation.
func TestChainKeepsItsChances(t *testing.T) {
	j := journeyOf(t, visit)
	assert.InDelta(t, 4.185, j.Length(), .001)
	for i, want := range []float64{.274, .379, .347} {
		assert.InDelta(t, want, j.Shares()[i].Share, .0005)
	}
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	counts := [3][]int{make([]int, 4), make([]int, 4), make([]int, 4)}
	visits, draws := 0, 0
	for user := range n {
		src := stream.Key{Seed: 5, User: uint64(user)}.Source()
		for step := 0; step >= 0; {
			want := src
			want.Uint64()
			next := j.Next(step, &src)
			require.Equal(t, want, src, "one draw a transition")
			counts[step][(next+4)%4]++
			visits++
			draws++
			step = next
		}
	}
	assert.InDelta(t, j.Length(), float64(visits)/float64(n), 5*4/math.Sqrt(float64(n)))
	for step, shares := range [][]float64{{0, .6, .3, .1}, {0, .2, .7, .1}, {.1, .4, 0, .5}} {
		var some []int
		var chances []float64
		for i, share := range shares {
			if share == 0 {
				assert.Zero(t, counts[step][i], "a step that cannot follow")
				continue
			}
			some, chances = append(some, counts[step][i]), append(chances, share)
		}
		assert.Less(t, chi2(some, chances), 31.0, "two degrees of freedom, one in five million; step %d", step)
	}
}

func TestVisitsOfManyChains(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []Step
		next  Chain
		want  []float64
	}{
		{"geometric", stepsOf("a"), Chain{"a": {"a": 9, End: 1}}, []float64{10}},
		{"no entry ends", stepsOf("a", "b"), Chain{"a": {"b": 1}}, []float64{1, 1}},
		{"fork", stepsOf("a", "b", "c"), Chain{"a": {"b": 1, "c": 3}, "b": {End: 1}}, []float64{1, .25, .75}},
		{"cycle", stepsOf("a", "b"), Chain{"a": {"b": 1}, "b": {"a": 1, End: 1}}, []float64{2, 2}},
	} {
		j := journeyOf(t, Task{Steps: c.steps, Next: c.next})
		assert.InDeltaSlice(t, c.want, j.visits, 1e-12, c.name)
	}
}

func TestWrongJourneysAreRefused(t *testing.T) {
	think := dist.Constant{Value: time.Second}
	many := make([]Step, 256)
	for i := range many {
		many[i] = Step{Name: string(rune('A' + i)), Do: nothing}
	}
	for want, task := range map[string]Task{
		`it has Do and Steps; give one of them`:                                    {Do: nothing, Steps: stepsOf("a")},
		`it has Next, but no Steps; give both, or neither`:                         {Do: nothing, Next: Chain{}},
		`it has no step; give at least one, or Do`:                                 {Steps: []Step{}},
		`it has 256 steps; give at most 255`:                                       {Steps: many},
		`step 2 has no name`:                                                       {Steps: stepsOf("a", "")},
		`step "a" is given twice; give unique names (steps: a, b, a)`:              {Steps: stepsOf("a", "b", "a")},
		`step "b" has no Do; give the function that performs it`:                   {Steps: append(stepsOf("a"), Step{Name: "b"})},
		`step "b": think time: `:                                                   {Steps: append(stepsOf("a"), Step{Name: "b", Do: nothing, Think: dist.Constant{Value: -1}})},
		`Next: unknown step "c": want one of a, b`:                                 {Steps: stepsOf("a", "b"), Next: Chain{"c": {"a": 1}}},
		`Next: unknown step "c" after "a": want one of a, b, or scenario.End`:      {Steps: stepsOf("a", "b"), Next: Chain{"a": {"c": 1}}},
		`the weight from "a" to "b" is -1: want a finite number of at least 0`:     {Steps: stepsOf("a", "b"), Next: Chain{"a": {"b": -1}}},
		`the weight from "a" to "" is NaN: want a finite number of at least 0`:     {Steps: stepsOf("a"), Next: Chain{"a": {End: math.NaN()}}},
		`after "a" all weights are zero: want at least one of a, b above 0, or no`: {Steps: stepsOf("a", "b"), Next: Chain{"a": {"b": 0}}},
		`step "c" cannot be reached from "a", the first one (steps: a, b, c)`:      {Steps: stepsOf("a", "b", "c"), Next: Chain{"a": {"b": 1, "c": 0}, "c": {"a": 1}}},
		`there is no way from "b" to the end; let some step lead to scenario.End`:  {Steps: stepsOf("a", "b"), Next: Chain{"a": {"b": 1, End: 1}, "b": {"b": 1}}},
		`step "a" has a Think that never counts, as nothing leads to it`:           {Steps: []Step{{Name: "a", Do: nothing, Think: think}}},
	} {
		_, err := NewJourney(task)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "\n")
	}
	back := Task{Steps: []Step{{Name: "a", Do: nothing, Think: think}}, Next: Chain{"a": {"a": 1, End: 1}}}
	journeyOf(t, back)
}

// The load of journeys is what their users do, by simulation of their turns.
func TestPredictionOfJourneys(t *testing.T) {
	slow := visit
	slow.Steps = stepsOf("home", "search", "page")
	slow.Steps[0].Think = dist.Constant{Value: 20 * time.Second} // when it comes back
	slow.Steps[2].Think = gamma(10*time.Second, .5)
	tasks := []Task{slow, {Name: "look", Weight: 1, Do: nothing}}
	d, err := NewDispatcher(tasks, nil)
	require.NoError(t, err)
	j := journeyOf(t, slow)
	for name, pace := range map[string]Thinker{
		"think": Around(2*time.Second, .3), "no wait": NoWait{}, "start to start": StartToStart{Gap: gamma(2*time.Second, .3)},
		"on and off": Bursty(200*time.Second, 100*time.Second, Around(2*time.Second, .3)),
	} {
		turns, at := 0, time.Duration(0)
		r, choice := NewRhythm(3, 1, 0), stream.Key{Seed: 3, Purpose: stream.Choice}.Source()
		step := -1
		n := 200_000
		if testing.Short() {
			n = 60_000
		}
		for turn := pace.Begin(&r); turns < n; {
			if at += turn.Wait; !turn.Act {
				turn = pace.Next(&r)
				continue
			}
			turns++
			if step >= 0 {
				step = j.Next(step, &choice)
			} else if d.Pick(&choice) == 0 {
				step = j.Next(0, &choice)
			}
			if step >= 0 && j.Step(step).Think != nil {
				turn = pace.After(&r, j.Step(step).Think.Sample(&r.Think))
			} else {
				turn = pace.Next(&r)
			}
		}
		load := Predict(pace, tasks, d.Shares(), 0)
		assert.InEpsilon(t, load.Rate, float64(turns)/at.Seconds(), .03, name)
		assert.NotEmpty(t, load.Note, name)
	}
	assert.Equal(t, Around(time.Second, .3).Load(0), Predict(Around(time.Second, .3), []Task{visit}, []Share{{"visit", 1, nil}}, 0), "without own think times it is the pacer's")
}
