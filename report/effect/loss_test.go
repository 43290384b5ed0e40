package effect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// lose takes a share of the load of a phase away.
func lose(run *report.Summary, phase int, share float64) *report.Summary {
	run.Phases[phase].Lost = &report.Loss{UserSeconds: 100 * share, Share: share}
	return run
}

func TestArmsThatLostDifferentlyAreNotCompared(t *testing.T) {
	r := ab(t, lose(twoPhases(), 1, .125), Options{})
	e := r.Primary()
	assert.Equal(t, Disturbed, e.Verdict)
	assert.Contains(t, e.Sentence(), "No verdict on p95: workers were lost, and with them 12.5 % of the load of the intervention against 0 % of the baseline; "+
		"more than 0.5 points apart the two cannot be compared. Observed: ")
	assert.Nil(t, e.Change())
	assert.False(t, r.Known())
	assert.NotContains(t, strings.Join(append(r.Warnings, r.Further()...), "\n"), "lost", "one sentence has it")
	checkReport(t, r)

	r = ab(t, lose(lose(twoPhases(), 0, .3), 1, .1), Options{})
	assert.Contains(t, r.Primary().Reason, "30 % of the load of the baseline against 10 % of the intervention;")
}

// Up to half a point apart there is an effect, with what was lost; and so there is where both lost alike.
func TestArmsThatLostAlikeAreCompared(t *testing.T) {
	r := ab(t, lose(twoPhases(), 1, .005), Options{})
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
	assert.Equal(t, []string{"Workers were lost, and with them 0.5 % of the load of phase B; the arms lost alike, to 0.5 points."}, r.Warnings)
	r = ab(t, lose(lose(twoPhases(), 0, .25), 1, .252), Options{})
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
	assert.Equal(t, []string{"Workers were lost, and with them 25 % of the load of phase A and 25.2 % of the load of phase B; the arms lost alike, to 0.5 points."}, r.Warnings)
	checkReport(t, r)
}

// A phase that is too short is so whatever was lost in it.
func TestTooShortComesBeforeDisturbed(t *testing.T) {
	r, err := Analyze(lose(levels(20, "AB", 100, 100), 1, .5), Options{})
	require.NoError(t, err)
	assert.Equal(t, TooShort, r.Primary().Verdict)
	assert.Contains(t, r.Warnings, "Workers were lost, and with them 50 % of the load of the intervention against 0 % of the baseline; more than 0.5 points apart the two cannot be compared; the steady-state effect is withheld.")
}

// In A-B-A the baseline is both of its phases, by their lengths.
func TestABaselineLosesWhatItsPhasesLose(t *testing.T) {
	run := levels(130, "ABA", 100, 100, 100)
	r, err := Analyze(lose(run, 2, .008), Options{})
	require.NoError(t, err)
	assert.Equal(t, NoneSeen, r.Primary().Verdict, "0.4 %% of both phases")
	assert.Equal(t, Disturbed, r.Moved.Verdict, "0.8 %% of one of them")
	r, err = Analyze(lose(run, 2, .02), Options{})
	require.NoError(t, err)
	assert.Equal(t, Disturbed, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Reason, "1 % of the load of the baseline against 0 % of the intervention")
	checkReport(t, r)
}

// A pair with a disturbed phase says nothing, and the others do.
func TestADisturbedPairIsLeftOut(t *testing.T) {
	run := levels(20, "ABBAABBAABBA", 100, 130, 130, 100, 100, 130, 130, 100, 100, 130, 130, 100)
	r, err := Analyze(lose(lose(run, 3, .25), 8, .001), Options{})
	require.NoError(t, err)
	e := r.Primary()
	assert.Equal(t, Worse, e.Verdict)
	assert.Equal(t, 5, e.Pairs)
	why := "workers were lost, and with them 25 % of the load of phase 3 against 0 % of phase 2; more than 0.5 points apart the two cannot be compared"
	assert.Equal(t, why, r.Pairs[1].LeftOut)
	assert.Contains(t, e.Notes, "1 of 6 pairs do not count: "+why+".")
	assert.Equal(t, []string{"Workers were lost, and with them 0.1 % of the load of phase 8; the arms lost alike, to 0.5 points."}, r.Warnings, "of the pairs that count")
	checkReport(t, r)

	r, err = Analyze(lose(run, 1, .25), Options{})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Reason, "only 4 pairs count and it takes 5: workers were lost")
	assert.Equal(t, 6, len(r.Pairs))
}

// What failed is not hidden by what was lost.
func TestADisturbedPairThatFailedStillCounts(t *testing.T) {
	run := levels(20, "ABABABABABAB", 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
	run.Intervals[3] = handmade.Run(handmade.NewPhase("3", 20, handmade.Always(nil, 9), 0)).Intervals[0]
	run.Intervals[3].StartS = 60
	for i := range run.Intervals[3].S {
		run.Intervals[3].S[i] += 60
	}
	r, err := Analyze(lose(run, 3, .25), Options{})
	require.NoError(t, err)
	assert.Equal(t, NotEstimable, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Reason, "phase 3 has no success")
}

// Windows of a phase that lost load are not compared, since its level changed inside.
func TestDisturbedPhasesShowNoFalseAlarms(t *testing.T) {
	run := levels(300, "AA", 100, 100)
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	all := r.FalseAlarms.Windows[0].Comparisons
	r, err = Analyze(lose(run, 1, .25), Options{})
	require.NoError(t, err)
	assert.Equal(t, all/2, r.FalseAlarms.Windows[0].Comparisons)
	assert.Contains(t, r.Primary().Sentence(), "25 % of the load of the last phase against 0 % of the first phase")
	r, err = Analyze(lose(run, 0, .25), Options{})
	require.NoError(t, err)
	assert.Nil(t, r.FalseAlarms)
	checkReport(t, r)
}

func TestPhasesOfAnArmThatLostAreCut(t *testing.T) {
	run := levels(20, "ABBAABBAABBAABBA", 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
	for i := range run.Phases {
		lose(run, i, .1)
	}
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	assert.Equal(t, 8, r.Primary().Pairs, "all lost alike")
	assert.Contains(t, fmt.Sprint(r.Warnings), "10 % of the load of phase 4 and 11 more; the arms lost alike")
}

// Until its hooks are called, the target of a phase is that of the one before.
func TestAPhaseWhoseHooksCameLateIsNotCompared(t *testing.T) {
	run := twoPhases()
	run.Phases[1].HooksLateS = 12.34
	r := ab(t, run, Options{})
	e := r.Primary()
	assert.Equal(t, Disturbed, e.Verdict)
	assert.Contains(t, e.Sentence(), "No verdict on p95: the hooks of phase B were called 12.3s late, as no master was there; ")
	checkReport(t, r)
}

// leave has users of a phase leave for good at an offset; their places stay empty until the end of the run.
func leave(run *report.Summary, phase, users int, at int) *report.Summary {
	run.Phases[phase].Counters.Left = int64(users)
	run.Timeline = nil
	for s := range int(run.Phases[len(run.Phases)-1].EndS) {
		row := report.Second{S: s, WidthS: 1, Planned: 100, Users: 100}
		if s >= at {
			row.Users -= users
		}
		run.Timeline = append(run.Timeline, row)
	}
	return run
}

// Users who left in an arm are missing in what follows: with their share apart the arms are not compared.
func TestUsersWhoLeftDisturbAnEffect(t *testing.T) {
	run := twoPhases()
	half := int(run.Phases[0].EndS) / 2
	r := ab(t, leave(run, 0, 20, half), Options{})
	e := r.Primary()
	assert.Equal(t, Disturbed, e.Verdict)
	assert.Contains(t, e.Sentence(), "No verdict on p95: users left for good, and with them 20 % of the load of the intervention against ")
	assert.False(t, r.Known())
	checkReport(t, r)

	r = ab(t, leave(twoPhases(), 0, 20, 0), Options{})
	assert.Equal(t, NoneSeen, r.Primary().Verdict, "they were missing in both")
	assert.Equal(t, []string{"Users left for good, and with them 20 % of the load of phase A and 20 % of the load of phase B; the arms lost alike, to 0.5 points."}, r.Warnings)

	run = leave(twoPhases(), 0, 0, 0)
	run.Timeline[half].Users = 0
	assert.Empty(t, ab(t, run, Options{}).Warnings, "it was not that they had left")
}

// An arm whose work ended before its border has users who rest: that is not the load of the other.
func TestUsersWithoutWorkDisturbAnEffect(t *testing.T) {
	rest := func(share ...float64) *report.Summary {
		run := twoPhases()
		for i, s := range share {
			p := &run.Phases[i]
			p.Users = 200 // the highest of a level that moves
			p.RestedS = s * 100 * (p.EndS - p.StartS)
		}
		leave(run, 0, 0, 0)
		for i := range run.Timeline { // up to 200 and down again, 100 in the mean
			run.Timeline[i].Planned = 50 + 100*(i/5%2)
		}
		return run
	}
	r := ab(t, rest(.3, .1), Options{})
	assert.Equal(t, Disturbed, r.Primary().Verdict)
	assert.Contains(t, r.Primary().Sentence(), "No verdict on p95: users rested without work, and with them 30 % of the load of the baseline against 10 % of the intervention;")
	r = ab(t, rest(.1, .101), Options{})
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
	assert.Equal(t, []string{"Users rested without work, and with them 10 % of the load of phase A and 10.1 % of the load of phase B; the arms lost alike, to 0.5 points."}, r.Warnings)
}
