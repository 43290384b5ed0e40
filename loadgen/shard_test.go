package loadgen

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// On a real clock a loop may wake after the end of the run and before it is
// closed. A user whose turn comes then has stayed to the end.
func TestUserDueAtTheEndHasStayed(t *testing.T) {
	run, err := newRun(demoRunner(new(diary)))
	require.NoError(t, err)
	s := run.shards[0]
	u, over := run.newUser(crowd.Place{User: 1}, s, resident), run.newUser(crowd.Place{User: 2}, s, resident)
	u.join()
	u.rest()
	over.leave()
	s.handle(event{at: run.end(), user: u, kind: evTurn})
	s.handle(event{at: run.end(), user: over, kind: evTurn})
	assert.Equal(t, []*user{u}, s.stayed)
}

// Slack lets several wake-ups fall together: none is later than that, and the
// lag is reported.
func TestSlackGathersWakeUps(t *testing.T) {
	late := func(slack time.Duration) (sum *report.Summary, instants int) {
		d := &diary{}
		sum = inBubble(t, Runner{
			NewUser: visitors(d), Pace: scenario.Think{Time: dist.Gamma{Mean: time.Second, CV: 1}}, Slack: slack,
			Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 100}},
		})
		begun := map[time.Duration]bool{}
		for _, e := range d.entries {
			require.LessOrEqual(t, e.begin-e.intended, slack)
			begun[e.begin] = true
		}
		return sum, len(begun)
	}
	exact, many := late(0)
	require.Zero(t, exact.Total.LagMS.Max)
	gathered, few := late(100 * time.Millisecond)
	require.InDelta(t, 50, float64(gathered.Total.LagMS.P50), 15, "ms")
	require.Less(t, few, many/2)
	r := demoRunner(new(diary))
	r.Slack = -1
	_, err := r.Plan()
	require.ErrorContains(t, err, "Runner.Slack is -1ns")
}

// A user who joins late, within the slack, does not begin later by another
// one.
func TestSlackIsNotAddedUp(t *testing.T) {
	d := &diary{}
	inBubble(t, Runner{
		NewUser: visitors(d), Pace: scenario.Think{Time: dist.Constant{Value: time.Millisecond}}, Slack: 100 * time.Millisecond,
		Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 20, SpawnRate: 30}},
	})
	require.NotEmpty(t, d.entries)
	for _, e := range d.entries {
		require.LessOrEqual(t, e.begin-e.intended, 100*time.Millisecond, "user %d", e.user)
	}
}

// countingAlarm counts its calls.
type countingAlarm struct{ set, rung int }

func (a *countingAlarm) Set(time.Duration) { a.set++ }
func (a *countingAlarm) Ring()             { a.rung++ }
func (a *countingAlarm) Wait()             {}
func (a *countingAlarm) Close()            {}

// A crew that is behind pushes what is due already: only what is due before all
// else moves the alarm, whatever the slack, or each push were a system call.
func TestOnlyTheFirstEventMovesTheAlarm(t *testing.T) {
	for _, slack := range []time.Duration{0, time.Hour} {
		r := demoRunner(new(diary))
		r.Slack = slack
		run, err := newRun(r)
		require.NoError(t, err)
		run.began = time.Now().Add(-time.Minute)
		s, a := run.shards[0], new(countingAlarm)
		s.alarm = a
		over := run.newUser(crowd.Place{User: 1}, s, resident)
		over.leave()
		s.queue.push(event{kind: evTurn, user: over})
		s.handleDue() // after which the slack counts
		for k := range 100 {
			s.push(event{at: time.Duration(k), kind: evTurn, user: over})
		}
		require.Equal(t, 1, a.set)
		s.wake(run.now())
		s.wake(run.now())
		require.Equal(t, map[time.Duration]int{0: 1, time.Hour: 0}[slack], a.rung, "it rings once, and not before the slack is over")
	}
}
