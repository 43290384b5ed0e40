package loadgen

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/scenario"
)

// A number of iterations ends the work of a phase, and in the last one the run, as done.
func TestIterationsEndTheWork(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 100 * time.Millisecond }}
	run := func(phases ...phase.Phase) *report.Summary {
		d.entries = nil
		sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, shopping(), looking()), Pace: bursty, Schedule: phases, StopTimeout: time.Second})
		balanced(t, sum)
		for _, p := range sum.Phases {
			assert.Zero(t, p.Counters.Unfinished, p.Name)
		}
		return sum
	}
	journeys := func() (n int) { // tasks and journeys begun
		for _, e := range d.entries {
			if e.task == "look" || e.task == "login" {
				n++
			}
		}
		return n
	}
	sum := run(phase.Phase{Name: "race", Users: 50, SpawnRate: 3, UserIterations: 2})
	assert.Equal(t, 100, journeys())
	for user := 1; user <= 50; user++ {
		assert.Contains(t, []int{2, 4, 6}, len(d.of(user)), "two tasks or journeys")
	}
	assert.Greater(t, sum.Total.EndS, 17.)

	run(phase.Phase{Name: "some", Users: 20, Iterations: 77})
	assert.Equal(t, 77, journeys())

	sum = run(phase.Phase{Name: "some", For: 10 * time.Minute, Users: 20, Iterations: 33}, phase.Phase{Name: "all", For: time.Minute, Users: 20, Pace: scenario.Between(time.Second, 2*time.Second)},
		phase.Phase{Name: "each", For: time.Hour, Users: 10, SpawnRate: 2, UserIterations: 3})
	assert.EqualValues(t, 600, sum.Phases[0].EndS, "borders do not move")
	assert.Greater(t, sum.Phases[1].Counters.Started, int64(100))
	assert.Less(t, sum.Total.EndS, 900., "done, before its hour")

	sum = inBubble(t, Runner{NewUser: walkers(d, on("look", scenario.Leave), looking()), Schedule: phase.Schedule{{Name: "p", Users: 9, UserIterations: 5}}})
	assert.EqualValues(t, 9, sum.Total.Counters.Left)
	assert.EqualValues(t, 9, sum.Total.Counters.Started)

	r := Runner{NewUser: walkers(d, well, looking()), Schedule: phase.Schedule{{Name: "p", Users: 9, UserIterations: 5}}}
	plan, err := r.Plan()
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	assert.Contains(t, text.String(), "\nwork (all phases): ends after 5 tasks and journeys of each user\n")
	r.Schedule[0].UserIterations = -1
	_, err = r.Plan()
	require.ErrorContains(t, err, `phase "p": UserIterations is -1: want at least 1, or 0 for no end`)
}

// With Arrivals a number of iterations is how many arrive, tasks and sessions; in the last phase the run is over with the
// last of them.
func TestIterationsOfArrivals(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 3 * time.Second }}
	run := func(phases ...phase.Phase) *report.Summary {
		sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, looking()), Pace: bursty, Schedule: phases, StopTimeout: time.Second})
		balanced(t, sum)
		return sum
	}
	sum := run(phase.Phase{Name: "few", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 10}, Iterations: 40},
		phase.Phase{Name: "last", Arrivals: &phase.Arrivals{Rate: 2, Spacing: phase.Even}, Iterations: 25})
	assert.EqualValues(t, 40, sum.Phases[0].Counters.Planned)
	assert.EqualValues(t, 60, sum.Phases[0].EndS, "borders do not move")
	assert.EqualValues(t, 25, sum.Phases[1].Counters.Finished)
	assert.InDelta(t, 75.5, sum.Total.EndS, .6, "the last task has ended, and no one waits")

	sum = run(phase.Phase{Name: "capped", Arrivals: &phase.Arrivals{Rate: 10, MaxInFlight: 5}, Iterations: 100})
	assert.EqualValues(t, 100, sum.Total.Counters.Planned)
	assert.Positive(t, sum.Total.Counters.Dropped)
	assert.Less(t, sum.Total.EndS, 20.)

	d.entries = nil
	sum = run(phase.Phase{Name: "sessions", Arrivals: &phase.Arrivals{Rate: 1, Session: true}, Iterations: 30})
	for user := 1; user <= 30; user++ {
		assert.NotEmpty(t, d.of(user), "session %d", user)
	}
	assert.Empty(t, d.of(31))
	assert.Zero(t, sum.Total.Counters.Unfinished, "the sessions have come to their end")

	// who comes by such a session is not bound by the number of the phase after it
	sum = run(phase.Phase{Name: "sessions", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1, Session: true}},
		phase.Phase{Name: "users", For: 10 * time.Minute, Users: 1, Iterations: 1})
	assert.Greater(t, sum.Phases[1].Counters.Started, int64(1))

	r := Runner{NewUser: walkers(d, well, looking()), Schedule: phase.Schedule{{Name: "p", Arrivals: &phase.Arrivals{Rate: 1}, Iterations: 25}}}
	plan, err := r.Plan()
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	assert.Contains(t, text.String(), "\nwork (all phases): ends after 25 arrivals\n")
	_, arrivals := plan.Planned(Share{}, 0, phase.Forever)
	assert.EqualValues(t, 25, arrivals)
	r.Schedule[0].UserIterations = 2
	_, err = r.Plan()
	require.ErrorContains(t, err, `phase "p": UserIterations is 2: want 0 in a phase of arrivals, where Iterations is how many arrive`)
}

// The summary says how long users had no work, and arms of which one was done early are not compared.
func TestUsersWithoutWorkAreInTheSummary(t *testing.T) {
	arm := phase.Phase{For: 3 * time.Minute, Users: 20}
	run := func(iterations int) (*diary, *report.Summary) {
		d := &diary{took: func(int) time.Duration { return 100 * time.Millisecond }}
		early := arm
		early.UserIterations = iterations
		sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, looking()), Pace: scenario.Between(time.Second, 3*time.Second), Schedule: phase.AB(early, arm)})
		balanced(t, sum)
		return d, sum
	}
	judge := func(sum *report.Summary) *effect.Effect {
		r, err := effect.Analyze(sum, effect.Options{Op: report.Op{Name: "look"}})
		require.NoError(t, err)
		return r.Primary()
	}
	d, sum := run(30)
	rested := 0.
	for user := 1; user <= 20; user++ {
		rested += (arm.For - d.of(user)[29].begin - 100*time.Millisecond).Seconds()
	}
	assert.InDelta(t, rested, sum.Phases[0].RestedS, .002)
	assert.Equal(t, sum.Phases[0].RestedS, sum.Total.RestedS)
	assert.Zero(t, sum.Phases[1].RestedS)
	e := judge(sum)
	assert.Equal(t, effect.Disturbed, e.Verdict)
	assert.Contains(t, e.Reason, "users rested without work, and with them 6")
	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Contains(t, strings.Join(strings.Fields(text.String()), " "), "users rested for 39:21.4 together, as no work was left for them")

	_, sum = run(0)
	assert.Zero(t, sum.Phases[0].RestedS)
	assert.NotEqual(t, effect.Disturbed, judge(sum).Verdict)
}
