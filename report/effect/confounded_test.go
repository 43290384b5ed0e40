package effect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// More users, another model or another planned rate in the intervention: whatever is seen is not the intervention's alone.
func TestArmsWithDifferentLoadAreConfounded(t *testing.T) {
	rates := func(a, b report.Load) func(run *report.Summary) {
		return func(run *report.Summary) {
			run.Phases[0].Users, run.Phases[1].Users = 10, 10
			run.Phases[0].Predicted, run.Phases[1].Predicted = &a, &b
		}
	}
	for how, change := range map[string]func(run *report.Summary){
		"50 users in the intervention against 10 in the baseline": func(run *report.Summary) { run.Phases[0].Users, run.Phases[1].Users = 10, 50 },
		"10 users in the intervention against 50 in the baseline": func(run *report.Summary) { run.Phases[0].Users, run.Phases[1].Users = 50, 10 },
		"open load in the intervention against closed load in the baseline": func(run *report.Summary) {
			run.Phases[0].Model, run.Phases[1].Model = "closed", "open"
		},
		"a planned 40/s in the intervention against a planned 20/s in the baseline":                      rates(report.Load{Rate: 20}, report.Load{Rate: 40}),
		"users as fast as the target answers in the intervention against a planned 20/s in the baseline": rates(report.Load{Rate: 20}, report.Load{Unlimited: true}),
	} {
		run := loaded(2)
		change(run)
		r := ab(t, run, Options{})
		p := r.Primary()
		assert.Equal(t, Confounded, p.Verdict, how)
		assert.Equal(t, how, p.Confounded)
		assert.Equal(t, Worse, p.Seen())
		assert.True(t, strings.HasPrefix(p.Sentence(), "Confounded: slower under intervention and load together, with "+how+": p95 +"), p.Sentence())
		assert.Empty(t, r.Warnings, "the verdict says it")
		assert.Contains(t, strings.Join(r.Further(), "\n"), "run each load without the intervention and with it: --design load-x-intervention, in Go phase.Factorial.")
		for i := range r.Effects {
			assert.False(t, r.Effects[i].Verdict.Changed(), "no metric is that of the intervention alone")
		}
		text, err := json.Marshal(r)
		require.NoError(t, err)
		assert.Contains(t, string(text), `"verdict":"confounded","confounded":"`+how)
		checkReport(t, r)
	}
}

func TestLoadsThatAreNearlyAlikeAreNotConfounded(t *testing.T) {
	for _, change := range []func(run *report.Summary){
		func(run *report.Summary) { run.Phases[0].Users, run.Phases[1].Users = 50, 55 },
		func(run *report.Summary) {
			run.Phases[0].Predicted, run.Phases[1].Predicted = &report.Load{Rate: 40}, &report.Load{Rate: 38}
		},
		func(run *report.Summary) { // the cap of an open load
			run.Phases[0].Model, run.Phases[1].Model = "open", "open"
			run.Phases[0].Users, run.Phases[1].Users = 50, 500
		},
		func(run *report.Summary) { run.Phases[1].Predicted = &report.Load{Rate: 40} }, // of another the plan says nothing
	} {
		run := loaded(2)
		change(run)
		r := ab(t, run, Options{})
		assert.Equal(t, Worse, r.Primary().Verdict)
		assert.NotContains(t, strings.Join(r.Further(), "\n"), "load-x-intervention")
	}
}

// In a factorial design the two arms of each load are compared with each other.
func TestAFactorialIsConfoundedOnlyWithinALoad(t *testing.T) {
	run := crossing(150, 1, 100, 120, 200, 300)
	assert.Equal(t, Worse, factorial(t, run, Options{}).Primary().Verdict)
	run.Phases[2].Users = 70
	p := factorial(t, run, Options{}).Primary()
	assert.Equal(t, Confounded, p.Verdict)
	assert.Equal(t, "70 users in the intervention against 50 in the baseline", p.Confounded)
}

// Users who wait for the answers ask less of a slower target: that is its effect and no other load.
func TestASlowerTargetDoesNotConfound(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 130, handmade.Noisy(1, 60, 50*ms, 0), 5), handmade.NewPhase("B", 130, handmade.Noisy(2, 30, 100*ms, 0), 5))
	run.Phases[0].Users, run.Phases[1].Users = 10, 10
	r := ab(t, run, Options{})
	assert.Equal(t, Worse, r.Primary().Verdict)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "The arms had different load: request rate -50 %")
}

func TestConfoundedWithoutADifference(t *testing.T) {
	run := twoPhases()
	run.Phases[0].Users, run.Phases[1].Users = 1, 2
	r := ab(t, run, Options{Margin: .5})
	p := r.Primary()
	assert.Equal(t, Confounded, p.Verdict)
	assert.Equal(t, NoneSeen, p.Seen(), "nor is it equivalent")
	assert.Contains(t, p.Sentence(), "Confounded: no difference seen under intervention and load together, with 2 users in the intervention against 1 in the baseline: p95 between ")
	assert.Contains(t, r.Find(report.Op{}, Failures).Sentence(), "0 of 5,000 requests failed")
	assert.NotContains(t, r.Find(report.Op{}, P50).Sentence(), "users", "once is enough")
	checkReport(t, r)
}

// A phase that is too short has that verdict, whatever its load.
func TestConfoundedNeedsAnInterval(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 30, handmade.Noisy(1, 40, 100*ms, 0), 5), handmade.NewPhase("B", 30, handmade.Noisy(2, 40, 100*ms, 0), 5))
	run.Phases[0].Users, run.Phases[1].Users = 10, 50
	r := ab(t, run, Options{})
	assert.Equal(t, TooShort, r.Primary().Verdict)
	assert.Contains(t, r.Warnings, "The arms differ in users: 10 against 50.")
}

func TestConfoundedByDesign(t *testing.T) {
	three := levels(130, "ABA", 50, 50, 50)
	three.Phases[0].Users, three.Phases[1].Users, three.Phases[2].Users = 50, 50, 10
	r, err := Analyze(three, Options{})
	require.NoError(t, err)
	assert.Equal(t, "10 users in the second baseline against 50 in the baseline", r.Primary().Confounded)
	assert.Equal(t, Confounded, r.Moved.Verdict)

	same := levels(130, "AA", 50, 80)
	same.Phases[0].Users, same.Phases[1].Users = 50, 10
	r, err = Analyze(same, Options{})
	require.NoError(t, err)
	assert.Contains(t, r.Primary().Sentence(), "Confounded: slower under another load, with 10 users in the last phase against 50 in the first phase: p95 +")

	// Pairs are compared each within itself: at another level there may be others.
	pairs := levels(40, "ABBAABBAABBA", 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50)
	for i := range pairs.Phases {
		pairs.Phases[i].Users = 10 + 40*(i/2%2)
	}
	r, err = Analyze(pairs, Options{})
	require.NoError(t, err)
	assert.Empty(t, r.Primary().Confounded)
	pairs.Phases[11].Users = 70
	r, err = Analyze(pairs, Options{})
	require.NoError(t, err)
	assert.Equal(t, Confounded, r.Primary().Verdict)
	checkReport(t, r)
}
