package phase

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/scenario"
)

// exampleSchedule is a baseline and an intervention with more users, each ramped.
var exampleSchedule = Schedule{
	{Name: "baseline", For: 5 * time.Minute, Users: 10, SpawnRate: 2},
	{Name: "intervention", For: 10 * time.Minute, Users: 50, SpawnRate: 2},
}

// randomSchedule is valid; its phases are as short as its ramps are long.
func randomSchedule(r *rand.Rand) Schedule {
	s := make(Schedule, 1+r.IntN(6))
	for i := range s {
		s[i] = Phase{
			Name:  string(rune('a' + i)),
			For:   time.Duration(1 + r.Int64N(int64(10*time.Second))),
			Users: r.IntN(40),
		}
		if r.IntN(4) > 0 {
			s[i].SpawnRate = math.Exp(2 * r.NormFloat64())
		}
	}
	s[0].Users++
	if r.IntN(3) == 0 {
		s[len(s)-1].For = 0
	}
	return s
}

// same adds up the steps that were taken at one instant already.
func same(steps []levelStep, at time.Duration) (sum int) {
	for _, s := range steps {
		if s.at == at {
			sum += s.delta
		}
	}
	return sum
}

// arrivalSource is the random stream of the arrivals of a replicate.
func arrivalSource(replicate uint64) *rand.PCG {
	src := stream.Key{Seed: 1, Purpose: stream.Arrival, Replicate: replicate}.Source()
	return &src
}

// arrivalTimes are the arrivals of a whole phase.
func arrivalTimes(a Arrivals, length time.Duration, replicate uint64) (at []time.Duration) {
	s := a.Stream(length, arrivalSource(replicate))
	for t, ok := s.Next(); ok; t, ok = s.Next() {
		at = append(at, t)
	}
	return at
}

// todo is what a runner of the to-do scenario gives to its phases.
func todo() Defaults {
	half := dist.Gamma{Mean: 30 * time.Second, CV: 1}
	return Defaults{
		Pace: scenario.OnOff{On: half, Off: half, Think: dist.Gamma{Mean: 2 * time.Second, CV: .3}},
		Tasks: []scenario.Task{
			{Name: "list_todos", Weight: 40}, {Name: "create_todo", Weight: 30}, {Name: "update_todo", Weight: 15},
			{Name: "complete_todo", Weight: 10}, {Name: "delete_todo", Weight: 5},
		},
	}
}

// timeline is the text that a valid schedule writes.
func timeline(t *testing.T, s Schedule, d Defaults) string {
	t.Helper()
	require.NoError(t, s.Validate())
	var out strings.Builder
	require.NoError(t, s.Timeline(&out, d))
	return out.String()
}

// levelStep is one change of the number of users.
type levelStep struct {
	at    time.Duration // offset from the start of the run
	users int           // level after the step
	delta int           // +1 or -1
}

// stepsOf are the changes of the level in the order of time, as the engine makes
// them: those of each ramp that fall before the end of its phase.
func stepsOf(s Schedule) (steps []levelStep) {
	for i := range s {
		level := s.before(i)
		way := s.Steps(i, level)
		for at, delta := way.Next(); at < s.endOf(i); at, delta = way.Next() {
			level += delta
			steps = append(steps, levelStep{at, level, delta})
		}
	}
	return steps
}
