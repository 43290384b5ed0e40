package loadgen

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// A generator whose cores are taken says that it was too late, and why.
func TestStarvedGeneratorSaysSo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the CPUs for real time")
	}
	sum, err := Runner{
		NewUser:  func(scenario.Env) (scenario.User, error) { return spinner(), nil },
		Pace:     scenario.Think{Time: dist.Gamma{Mean: 40 * time.Millisecond, CV: 0.3}},
		Schedule: phase.Schedule{{Name: "p", For: 2 * time.Second, Users: 40}},
	}.Run(t.Context())
	require.NoError(t, err)
	require.Contains(t, sum.Health.Bottleneck, "of the tasks too late for their p95 to be true")
	assert.Equal(t, report.TooLate, sum.Health.Lag)
	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	words := strings.Join(strings.Fields(text.String()), " ")
	assert.True(t, strings.HasPrefix(words, "! "+sum.Health.Bottleneck), "the report opens with it")
}

// A slow target makes no wake-up late: the generator is not blamed.
func TestSlowTargetIsNotTheGeneratorsFault(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 10 * time.Second }}
	sum := inBubble(t, Runner{
		NewUser: visitors(d), Pace: scenario.StartToStart{Gap: dist.Gamma{Mean: time.Second, CV: 0.3}},
		Schedule: phase.Schedule{{Name: "p", For: 5 * time.Minute, Users: 40}},
	})
	assert.Empty(t, sum.Health.Bottleneck)
	assert.Contains(t, strings.Join(sum.Health.Warnings, "; "), "planned starts were missed")
}

// spinner is a user whose script burns the CPU before it sends.
func spinner() scenario.User {
	return tasklist{{Name: "spin", Weight: 1, Do: func(ctx context.Context) error {
		for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
		}
		return measure.Do(ctx, report.Op{Name: "quick"}, func(context.Context) error { return nil })
	}}}
}
