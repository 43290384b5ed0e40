package loadgen

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// On a real clock a loop may wake after the end of the run and before it is
// closed. Who is due then has stayed to the end.
func TestUserDueAtTheEndHasStayed(t *testing.T) {
	run, err := newRun(seedExample(new(diary)))
	require.NoError(t, err)
	s := run.shards[0]
	u := &user{shard: s, acts: true, due: run.end}
	s.handle(event{due: run.end, user: u, kind: evTurn})
	s.handle(event{due: run.end, user: &user{shard: s, gone: true}, kind: evTurn})
	assert.Equal(t, []*user{u}, s.stayed)
}

// Slack lets several wake-ups fall together: none is later than that, and the
// lateness is told.
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
	require.Zero(t, exact.Total.LateMS.Max)
	gathered, few := late(100 * time.Millisecond)
	require.InDelta(t, 50, float64(gathered.Total.LateMS.P50), 15, "ms")
	require.Less(t, few, many/2)
	r := seedExample(new(diary))
	r.Slack = -1
	_, err := r.Plan()
	require.ErrorContains(t, err, "Runner.Slack is -1ns")
}
