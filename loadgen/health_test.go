package loadgen

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

func TestMonitorSeesThisProcess(t *testing.T) {
	m := newMonitor()
	for begin := time.Now(); time.Since(begin) < 600*time.Millisecond; {
	}
	m.look()
	h := m.now()
	assert.Greater(t, h.CPU, 0.1)
	assert.GreaterOrEqual(t, h.CPUPeak, h.CPU*0.99)
	assert.Positive(t, h.CPULimit)
	assert.Positive(t, h.Goroutines)
	assert.Positive(t, h.FileLimit)
	assert.Positive(t, h.MemoryBytes)
}

func TestParseQuota(t *testing.T) {
	assert.Equal(t, 1.5, parseQuota("150000 100000\n"))
	for _, none := range []string{"max 100000\n", "", "x y", "0 0", "-1 100000"} {
		assert.True(t, math.IsInf(parseQuota(none), 1), none)
	}
}

// A generator whose cores are taken says that it was the bottleneck; one whose
// target is slow does not.
func TestBottleneckIsTheGeneratorsOwnFault(t *testing.T) {
	run := func(task func(*diary) func(int) time.Duration, spin bool) *report.Summary {
		d := &diary{}
		d.took = task(d)
		r := Runner{
			NewUser: visitors(d), Pace: scenario.Think{Time: dist.Gamma{Mean: 40 * time.Millisecond, CV: 0.3}},
			Schedule: phase.Schedule{{Name: "p", For: 2 * time.Second, Users: 40}},
		}
		if spin {
			r.NewUser = func(scenario.Env) (scenario.User, error) { return spinner(), nil }
		}
		sum, err := r.Run(t.Context())
		require.NoError(t, err)
		return sum
	}
	slow := func(*diary) func(int) time.Duration { return func(int) time.Duration { return 200 * time.Millisecond } }
	assert.Empty(t, run(slow, false).Health.Bottleneck, "a slow target")
	sum := run(slow, true)
	assert.Contains(t, sum.Health.Bottleneck, "The generator was the bottleneck")
}

// spinner is a user whose script burns the CPU before it sends.
func spinner() scenario.User {
	return tasklist{{Name: "spin", Weight: 1, Do: func(ctx context.Context) error {
		for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
		}
		return report.Measure(ctx, report.Op{Name: "quick"}, func(context.Context) error { return nil })
	}}}
}
