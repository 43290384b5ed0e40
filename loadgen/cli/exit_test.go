package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// checked is a user that asks for the target's health when it starts.
type checked struct{ paced }

func (c checked) Start(ctx context.Context) error { return c.ask(ctx, "health") }

// TestShortRunsOfAGoodTarget: however short, a run whose target answers is not a failure, and one that shows
// nothing says so. With -u 1 -t 1 and seed 1 the first request is on its way when the run ends.
func TestShortRunsOfAGoodTarget(t *testing.T) {
	unknown := 0
	for _, takes := range []time.Duration{time.Millisecond, 25 * time.Millisecond, 400 * time.Millisecond} {
		for _, user := range []scenario.User{paced{takes}, checked{paced{takes}}} {
			for seed := range fewer(15) {
				for _, args := range []string{"-u 1 -t 1", "-u 1 -t 2", "-u 3 -r 100 -t 1", "-u 1 -t 2 --always-on"} {
					got, _ := virtual(t, visits(user), nil, append(strings.Fields(args), "--seed", fmt.Sprint(seed))...)
					require.Zerof(t, got.code, "%v %T %s, seed %d: %s", takes, user, args, seed, got.stderr)
					if strings.Contains(got.stderr, "before the run ended: it shows nothing") || strings.Contains(got.stderr, "it shows little of the target") {
						unknown++
					}
				}
			}
		}
	}
	assert.Greater(t, unknown, 2*fewer(15))
}

// TestHungTargetsOfShortRuns: what is silent from the start is a failure in the shortest run.
func TestHungTargetsOfShortRuns(t *testing.T) {
	for seed := range fewer(15) {
		for _, args := range []string{"-u 1 -t 1", "-u 3 -r 100 -t 1", "-u 1 -t 2 --always-on"} {
			got, _ := virtual(t, visits(checked{paced{-1}}), nil, append(strings.Fields(args), "--seed", fmt.Sprint(seed))...)
			require.Equalf(t, 1, got.code, "%s, seed %d: %s", args, seed, got.stderr)
			require.Contains(t, got.stderr, "not one request was answered")
		}
		got, _ := virtual(t, visits(paced{-1}), nil, "-u", "3", "-r", "100", "-t", "5", "--always-on", "--seed", fmt.Sprint(seed))
		require.Equalf(t, 1, got.code, "seed %d: %s", seed, got.stderr)
	}
}

// rare does two operations that take seconds each.
type rare struct{}

func (rare) Tasks() []scenario.Task {
	often, seldom := paced{2 * time.Second}, paced{2 * time.Second}
	return []scenario.Task{
		{Name: "often", Weight: 20, Do: func(ctx context.Context) error { return often.ask(ctx, "often") }},
		{Name: "seldom", Weight: 1, Do: func(ctx context.Context) error { return seldom.ask(ctx, "seldom") }},
	}
}

// lasting is a user whose task lasts as long as the run and asks all the time.
type lasting struct{}

func (lasting) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "session", Weight: 1, Do: func(ctx context.Context) error {
		for ctx.Err() == nil {
			if err := (paced{50 * time.Millisecond}).ask(ctx, "poll"); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
		return nil
	}}}
}

// TestSlowIsNotHung: what is cut off sooner than others were answered, and a task that outlasts the run, do
// not fail.
func TestSlowIsNotHung(t *testing.T) {
	for seed := range fewer(40) {
		for _, user := range []scenario.User{rare{}, lasting{}} {
			got, _ := virtual(t, visits(user), nil, "-u", "3", "-r", "100", "-t", "12", "--always-on", "--seed", fmt.Sprint(seed))
			require.Zerof(t, got.code, "%T, seed %d: %s", user, seed, got.stderr)
		}
	}
}

// freezing answers until an instant of the run, and nothing after it.
type freezing struct {
	start time.Time
	after time.Duration
}

func (f freezing) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error {
		takes := 50 * time.Millisecond
		if time.Since(f.start) > f.after {
			takes = -1
		}
		return paced{takes}.ask(ctx, "visit")
	}}}
}

// TestTargetsThatFreeze: a run that ends while its target has answered nothing for a while is a failure, although
// no request has failed. One that has been silent for no longer than that may be only slow.
func TestTargetsThatFreeze(t *testing.T) {
	for after, want := range map[time.Duration]int{6 * time.Second: 1, 12 * time.Second: 1, 17 * time.Second: 0, time.Hour: 0} {
		app := visits(nil)
		app.New = func(context.Context, Settings) (*Job, error) {
			user := freezing{time.Now(), after}
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return user, nil }}, nil
		}
		got, _ := virtual(t, app, nil, "-u", "3", "-r", "100", "-t", "20", "--always-on")
		assert.Equalf(t, want, got.code, "frozen after %v: %s", after, got.stderr)
		assert.Equal(t, want == 1, strings.Contains(got.stderr, "not one request succeeded in the last "), "frozen after %v: %s", after, got.stderr)
	}
}

// TestNeverWorked lists what no claim and no exit code may pass over.
func TestNeverWorked(t *testing.T) {
	for want, user := range map[string]scenario.User{
		"":                                paced{time.Millisecond},
		"not one request was answered: ":  paced{-1},
		"not one request of an operation": dead{},
		"not one task worked: ":           raising{},
	} {
		var never []string
		synctest.Test(t, func(t *testing.T) {
			sum, err := loadgen.Runner{
				NewUser: func(scenario.Env) (scenario.User, error) { return user, nil }, Pace: scenario.Between(time.Second, 2*time.Second),
				Schedule: phase.Schedule{{Name: "all", For: 20 * time.Second, Users: 5}}, Seed: 1,
			}.Run(t.Context())
			require.NoError(t, err)
			never = sum.NeverWorked()
		})
		if want == "" {
			assert.Empty(t, never)
			continue
		}
		assert.Contains(t, strings.Join(never, "\n"), want)
	}
}

// dead fails one of two operations, always.
type dead struct{}

func (dead) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "both", Weight: 1, Do: func(ctx context.Context) error {
		_ = paced{time.Millisecond}.ask(ctx, "well")
		return measure.Do(ctx, report.Op{Name: "dead"}, func(context.Context) error { return fmt.Errorf("no") })
	}}}
}

// raising measures nothing and returns errors.
type raising struct{}

func (raising) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "raise", Weight: 1, Do: func(context.Context) error { return fmt.Errorf("no") }}}
}

// fewer is how often to repeat a test: with -short a tenth of the times.
func fewer(times int) int {
	if testing.Short() {
		return times / 10
	}
	return times
}
