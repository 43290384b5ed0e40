package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// seller has another script than measured.
type seller struct{}

func (seller) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "sell", Weight: 1, Do: func(context.Context) error { return nil }}}
}

// By the summary of a former run a plan says what it finds and how long it must last. Another script's summary, one without a
// usable phase and what is not a summary are refused in a line.
func TestPilot(t *testing.T) {
	app := market(nil)
	dir := t.TempDir()
	file, short, other := filepath.Join(dir, "run.json"), filepath.Join(dir, "short.json"), filepath.Join(dir, "other.json")
	got, _ := virtual(t, app, nil, "-t", "10m", "--design", "aa", "-u", "20", "--summary-file", file)
	require.Zero(t, got.code, got.stderr)
	got, _ = virtual(t, app, nil, "-t", "30", "-u", "20", "--summary-file", short)
	require.Zero(t, got.code, got.stderr)
	require.NoError(t, os.WriteFile(other, []byte("{}"), 0o600))

	got = start(t, app, nil, words("--plan --pilot "+file+" -u 20 --design aba -t 6m")...)
	require.Zero(t, got.code, got.stderr)
	inOrder(t, strings.Join(strings.Fields(got.stdout), " "), "baseline-2", "seed 1, plan ", "By the pilot (baseline-1, baseline-2: 20 users, ", "this plan finds a change of", " in p95 4 times in 5.", "To find 10 %", "in each phase")
	got = start(t, app, nil, words("--plan --pilot "+file+" -t 6m")...)
	assert.Contains(t, got.stdout, "This plan has no baseline and intervention, so there is no effect to find.")
	got = start(t, app, nil, words("--pilot "+file+" -t 1s --headless")...)
	assert.Contains(t, got.stderr, "has no effect without --plan")

	for args, want := range map[string]string{
		"--pilot " + filepath.Join(dir, "none") + " -t 9m": `none": no such file or directory`,
		"--pilot " + other + " -t 9m":                      "not a summary of a run",
		"--pilot " + short + " -t 9m":                      "no phase of the pilot can be used: phase intervention has ",
		"--pilot " + file + " -t 9m --primary failures":    "a pilot is for a time or the throughput; the primary metric is the failure share",
	} {
		got = start(t, app, nil, append(words(args), "--plan")...)
		assert.Equal(t, 2, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Empty(t, got.stdout, args)
	}
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return seller{}, nil }}, nil
	}
	got = start(t, app, nil, words("--plan -t 9m --pilot "+file)...)
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "the pilot is of another script: its tasks are buy and list, those of this plan are sell")
}

// What says how an effect is judged is of no use where there is none, and the log says so.
func TestSettingsOfAnEffectThatIsNone(t *testing.T) {
	got, _ := virtual(t, market(nil), nil, "--margin", "10%", "-t", "9")
	assert.Contains(t, got.stderr, `--margin="10%" has no effect: this plan has no baseline and intervention`)
	got, _ = virtual(t, market(nil), nil, "--margin", "10%", "--warmup-duration", "9", "-t", "18")
	assert.NotContains(t, got.stderr, "has no effect")
}

// A plan shows its looks, and the run ends at the first one that is sure: log, report and summary say so and what it saved.
func TestStopWhenDecided(t *testing.T) {
	app := market(nil)
	got := start(t, app, nil, words("--stop-when-decided --plan -u 20 --warmup-duration 5m -t 10m")...)
	require.Zero(t, got.code, got.stderr)
	inOrder(t, strings.Join(strings.Fields(got.stdout), " "), "seed 1, plan ", "there are 8, at 6:35", "and 10:00.", "the larger a change must be to count: 3.1", "times its standard error")

	slow := make(chan struct{})
	exits := 0
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{
			NewUser: func(scenario.Env) (scenario.User, error) { return &switched{slow: slow}, nil },
			Schedule: func(s phase.Schedule) phase.Schedule {
				s[1].Enter = phase.HookFunc(func(context.Context) error { close(slow); return nil })
				s[1].Exit = phase.HookFunc(func(context.Context) error { exits++; return nil })
				return s
			},
		}, nil
	}
	file := filepath.Join(t.TempDir(), "run.json")
	got, took := virtual(t, app, nil, append(words("--stop-when-decided --always-on --think 1s -u 20 -r 20 --warmup-duration 5m -t 10m --assert"), "intervention vs baseline p95 < +5%", "--summary-file", file)...)
	assert.Equal(t, exitBroken, got.code)
	assert.Equal(t, 1, exits)
	assert.Less(t, took, 7*time.Minute)
	log := strings.Join(strings.Fields(got.stderr), " ")
	inOrder(t, log, "Worse, sure of it at look 1 of 8: p95 +", "--stop-when-decided: it is decided, stopping test, 3m25s before its planned end")
	inOrder(t, log+strings.Join(strings.Fields(got.stdout), " "), "Worse: p95 +", "Decided at look 1 of 8, 6m35s after the start, which saved 3m25s of the plan: its intervals are ")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(written), `"decided": "Worse, sure of it at look 1 of 8: p95 `)
}

// switched is a user whose requests take half as long again once slow is closed.
type switched struct {
	slow chan struct{}
	n    int
}

func (s *switched) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 1, Do: func(ctx context.Context) error {
		return measure.Do(ctx, report.Op{Method: "GET", Name: "/list"}, func(context.Context) error {
			s.n++
			took := time.Duration(20+s.n%7) * time.Millisecond
			select {
			case <-s.slow:
				took += took / 2
			default:
			}
			time.Sleep(took)
			return nil
		})
	}}}
}

func TestStopWhenDecidedNeedsSomethingToDecide(t *testing.T) {
	for args, want := range map[string]string{
		"-t 10m":                     "shop: --stop-when-decided: there is nothing to decide, as the plan has no baseline and intervention",
		"-t 10m --design aa":         "there is nothing to decide",
		"-t 3m --warmup-duration 2m": `phase "intervention" has 45s after ramp and settling; an effect needs 1m in each phase`,
		"-t 10m --design pairs=5":    "the first look comes after pair 5, which is the end of this plan; want 6 pairs or more",
		"-t 10m --stages 10m:50":     "there is nothing to decide",
		"-t 10m --warmup-duration 5m --baseline-users 10 --intervention-users 50": `confounded, with 50 users in phase "intervention" against 10 in "baseline"`,
	} {
		got := start(t, market(nil), nil, append(words(args), "--stop-when-decided", "--headless")...)
		assert.Equal(t, 2, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), args)
	}
	app := market(nil)
	app.Parts = []part.Part{(&crewed{}).part()}
	got := start(t, app, nil, words("--lead -t 10m --warmup-duration 5m --stop-when-decided --headless")...)
	assert.Equal(t, 2, got.code)
	assert.Equal(t, "shop: --stop-when-decided: several processes make this load, and a look needs all figures at once: want a load of one process, or no looks\n", got.stderr)
}
