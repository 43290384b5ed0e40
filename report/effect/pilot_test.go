package effect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// planned is a plan of phases of one length, 15 s of each for settling.
func planned(arms string, length time.Duration) (out []report.PhaseInfo) {
	for i, arm := range arms {
		start := time.Duration(i) * length
		out = append(out, report.PhaseInfo{Name: string('a' + rune(i)), Arm: string(arm), Start: start, RampEnd: start, End: start + length, Settle: 15 * time.Second, Users: 10})
	}
	return out
}

// pilotRun is a former run with noise in its times.
func pilotRun(seconds int) *report.Summary {
	run := arms(handmade.Run(handmade.NewPhase("baseline", seconds, handmade.Noisy(1, 60, 50*ms, 0), 0), handmade.NewPhase("intervention", seconds, handmade.Noisy(2, 60, 80*ms, 0), 0)), "AB")
	run.Phases[0].Users, run.Phases[1].Users = 10, 10
	return run
}

// What a pilot foretells for a plan like itself is what the pilot's own verdict says that it would have found.
func TestPilotForetellsItself(t *testing.T) {
	run := pilotRun(300)
	p, err := NewPilot(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"baseline", "intervention"}, p.phases)
	plan := planned("AB", 315*time.Second)
	own, err := Between(Phase{run, "baseline"}, Phase{run, "intervention"}, Options{})
	require.NoError(t, err)
	size := p.finds(plan, p.weights(plan))
	assert.InEpsilon(t, own.Primary().MDE, size, .25, "they share the variance of their ranks")
	alone := *run
	alone.Phases = run.Phases[:1]
	first, err := NewPilot(&alone, Options{})
	require.NoError(t, err)
	with, err := Between(Phase{run, "baseline"}, Phase{run, "baseline"}, Options{})
	require.NoError(t, err)
	assert.InEpsilon(t, with.Primary().MDE, first.finds(plan, first.weights(plan)), 1e-9)
	assert.Contains(t, first.Sentences(plan)[2], "One phase shows the noise only roughly: half of that time may do, or it may take twice as long.")
	assert.InEpsilon(t, size, p.finds(planned("BA", 315*time.Second), p.weights(plan)), 1e-9)
	assert.Greater(t, p.finds(planned("AB", 115*time.Second), p.weights(plan)), size*1.5)

	all := p.Sentences(plan)
	assert.Regexp(t, `^By the pilot \(baseline, intervention: 10 users, 60/s, 600 s that count\) this plan finds a change of [0-9.]+ % in p95 4 times in 5\.$`, all[0])
	assert.Contains(t, all[1], "To find 10 %, 1m that count in each phase would do.")
	assert.Len(t, all, 3)
}

// The length that it asks for finds a tenth: a plan of that length says so.
func TestTheLengthThatAPilotAsksFor(t *testing.T) {
	p, err := NewPilot(pilotRun(100), Options{Primary: P50})
	require.NoError(t, err)
	p.variance *= 20
	for design, bound := range map[string][2]float64{"AB": {.095, .1}, "ABA": {.095, .1}, "ABBAABBAABBAABBA": {.06, .1}} {
		plan := planned(design, 20*time.Second)
		need := p.needs(plan, p.weights(plan))
		long := planned(design, need[0]+15*time.Second)
		size := p.finds(long, p.weights(long))
		assert.LessOrEqual(t, size, bound[1]+1e-9, design)
		assert.GreaterOrEqual(t, size, bound[0], design)
		assert.Contains(t, p.Sentences(plan)[1], "To find 10 % it takes "+need[0].String()+" that count in each phase: a run of ", design)
	}
	cross := planned("ABBA", 20*time.Second)
	for i := range cross {
		cross[i].Load = "low"
	}
	two := planned("AB", 20*time.Second)
	assert.InDelta(t, p.needs(two, p.weights(two))[0].Seconds()/2, p.needs(cross, p.weights(cross))[0].Seconds(), 1, "each arm has twice as much")
}

func TestPilotsThatSayLittle(t *testing.T) {
	p, err := NewPilot(pilotRun(100), Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"This plan has no baseline and intervention, so there is no effect to find."}, p.Sentences(planned("AA", time.Minute)))
	unlabelled := planned("  ", 200*time.Second)
	unlabelled[0].Name, unlabelled[1].Name, unlabelled[1].Users = "baseline", "intervention", 50
	unlabelled[0].Arm, unlabelled[1].Arm = "", ""
	p.slow = true
	all := strings.Join(p.Sentences(unlabelled), "\n")
	assert.Contains(t, all, "this plan finds a change of ")
	assert.Contains(t, all, "slow noise")
	assert.Contains(t, all, "The pilot had 10 users and phase intervention of this plan has 50: its noise may be another.")
	assert.Contains(t, p.Sentences(planned("AB", 15*time.Second))[0], "finds no effect, since a phase has no time that counts")

	for want, o := range map[string]Options{
		"a pilot is for a time or the throughput; the primary metric is the failure share": {Primary: Failures},
		"level 2; want more than 0.5 and less than 1":                                      {Level: 2},
	} {
		_, err = NewPilot(pilotRun(100), o)
		assert.EqualError(t, err, want)
	}
	_, err = NewPilot(pilotRun(30), Options{})
	assert.ErrorContains(t, err, "no phase of the pilot can be used: phase intervention has 30 usable seconds")
	assert.NotContains(t, err.Error(), "\n")
	_, err = NewPilot(&report.Summary{}, Options{})
	assert.EqualError(t, err, "no phase of the pilot can be used: it has no phase")
	after := pilotRun(100)
	after.Phases[0].SettleS = 90 // only the intervention is left
	p, err = NewPilot(after, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"intervention"}, p.phases)
	after = pilotRun(100)
	after.Phases[1].Users = 50 // another load
	p, err = NewPilot(after, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"baseline"}, p.phases)
}

// Runs as long as their pilots ask for find a tenth about 4 times in 5.
func TestRunsAsLongAsAPilotAsksForFindATenth(t *testing.T) {
	if testing.Short() || Raced {
		t.Skip("simulates a hundred runs")
	}
	const runs = 50
	server, found := model.Wobble{Rate: 60, Tau: 5, SD: .1}, 0.
	simulated := func(rep uint64, seconds int, factor float64) *report.Summary {
		return model.Simulate(server, model.Rand(1, rep),
			model.Phase{Name: "baseline", Seconds: 15 + seconds, Settle: 15, Scale: 1}, model.Phase{Name: "intervention", Seconds: 15 + seconds, Settle: 15, Scale: factor})
	}
	plan := planned("AB", time.Minute)
	for rep := range uint64(runs) {
		p, err := NewPilot(simulated(1<<50+rep, 300, 1), Options{})
		require.NoError(t, err)
		need := p.needs(plan, p.weights(plan))[0]
		r, err := Analyze(simulated(1<<51+rep, int(need.Seconds()), 1.1), Options{Metrics: []Metric{}})
		require.NoError(t, err)
		if r.Primary().Verdict == Worse {
			found++
		}
	}
	t.Log(found / runs)
	assert.InDelta(t, .8, found/runs, .15)
}
