package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/phase/hook"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

func TestRunTellsWhatScriptsWaitFor(t *testing.T) {
	got, took := virtual(t, market(nil), map[string]string{"LOAD_WARMUP_DURATION": "60", "LOAD_INTERVENTION_USERS": "30"}, "--run-time=3m")
	assert.Zero(t, got.code)
	assert.Equal(t, 3*time.Minute, took.Round(time.Second))
	assert.Empty(t, got.stdout)
	inOrder(t, got.stderr,
		"shop: Starting Locust-compatible shop 1.2.3",
		"Run time limit set to 180 seconds",
		"Ramping to 10 users at a rate of 2.00 per second",
		`All users spawned: {"Shopper":10} (10 total users)`,
		"baseline 0:10/1:00  users 10 (",
		"Ramping to 30 users at a rate of 2.00 per second",
		`All users spawned: {"Shopper":30} (30 total users)`,
		"--run-time limit reached, shutting down",
		"What changed from baseline to intervention",
		"Shutting down (exit code 0)")
}

func TestExitCodeTellsOfFailures(t *testing.T) {
	got, _ := virtual(t, market(errors.New("sold out")), nil, "-t", "30")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "sold out")
	assert.Contains(t, got.stderr, "Shutting down (exit code 1)")
	got, _ = virtual(t, market(errors.New("sold out")), nil, "-t", "30", "--exit-code-on-error=7")
	assert.Equal(t, 7, got.code)
	got, _ = virtual(t, market(errors.New("sold out")), nil, "-t", "30", "--exit-code-on-error=0")
	assert.Equal(t, 0, got.code)
}

func TestNothingAnsweredIsAFailure(t *testing.T) {
	app := market(nil)
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return stuck{}, nil }}, nil
	}
	got, _ := virtual(t, app, nil, "-t", "30")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "not one request was answered: 8 were in flight when the run ended: wait (8 in flight)")
}

func TestAScriptThatPanicsBeforeTheRunIsRefused(t *testing.T) {
	app := market(nil)
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { panic("no licence") }}, nil
	}
	got := start(t, app, nil, "--headless", "-t", "30")
	assert.Equal(t, 1, got.code)
	inOrder(t, got.stderr, "run_test.go", "shop: the script panics before the run: no licence")
}

// greeter is answered when it starts, and never after that.
type greeter struct{ stuck }

func (greeter) Start(ctx context.Context) error {
	return measure.Do(ctx, report.Op{Name: "health"}, func(context.Context) error { return nil })
}

func TestAHungTargetIsAFailure(t *testing.T) {
	for user, want := range map[scenario.User]string{
		greeter{}:  "not one task came to its end: 8 were unfinished when the run ended: wait (8 in flight)",
		halfHung{}: "not one request of an operation was answered: wait (",
	} {
		app := market(nil)
		app.New = func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return user, nil }}, nil
		}
		got, _ := virtual(t, app, nil, "-t", "30", "--exit-code-on-error=4")
		assert.Equal(t, 4, got.code)
		assert.Contains(t, got.stderr, want)
	}
}

func TestOnlySummary(t *testing.T) {
	got, _ := virtual(t, market(nil), map[string]string{"LOCUST_ONLY_SUMMARY": "yes"}, "-t", "30")
	assert.NotContains(t, got.stderr, "intervention 0:05")
	assert.Contains(t, got.stderr, "/list")
}

func TestLogLevelAndFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.log")
	got, _ := virtual(t, market(nil), nil, "-t", "30", "--logfile", path)
	assert.NotContains(t, got.stderr, "Ramping")
	log, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(log), "Ramping to 10 users")
	got, _ = virtual(t, market(nil), nil, "-t", "30", "-L", "warning")
	assert.NotContains(t, got.stderr, "Ramping")
}

func TestSkipLogSetup(t *testing.T) {
	var own bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewJSONHandler(&own, nil)))
	got, _ := virtual(t, market(nil), nil, "-t", "30", "--skip-log-setup")
	assert.NotContains(t, got.stderr, "Ramping")
	assert.Contains(t, own.String(), `"msg":"Ramping to 10 users at a rate of 2.00 per second"`)
}

func TestFilesAndJSON(t *testing.T) {
	dir := t.TempDir()
	summary, array := filepath.Join(dir, "new", "sum.json"), filepath.Join(dir, "run")
	got, _ := virtual(t, market(nil), nil, "-t", "2m", "--summary-file", summary, "--json-file", array, "--json")
	assert.Zero(t, got.code)
	content, err := os.ReadFile(summary)
	require.NoError(t, err)
	var sum report.Summary
	require.NoError(t, json.Unmarshal(content, &sum))
	assert.Positive(t, sum.Total.Requests)
	file, err := os.ReadFile(array + ".json")
	require.NoError(t, err)
	assert.Equal(t, got.stdout, string(file))
	var entries []locustRow
	require.NoError(t, json.Unmarshal(file, &entries))
	require.Len(t, entries, 2)
	var requests int64
	for _, e := range entries {
		requests += e.NumRequests
		var seconds int64
		for _, n := range e.NumReqsPerSec {
			seconds += n
		}
		assert.Equal(t, e.NumRequests, seconds)
		assert.Equal(t, map[int64]uint64{20: uint64(e.NumRequests)}, e.ResponseTimes)
		assert.InDelta(t, 20*float64(e.NumRequests), e.TotalResponseTime, 0.01*float64(e.NumRequests))
		assert.InDelta(t, sum.EndS, e.LastRequestTimestamp-e.StartTime, 10)
	}
	assert.Equal(t, sum.Total.Requests, requests)
	left, err := filepath.Glob(filepath.Join(dir, "*.part"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestSignalEndsTheRunGently(t *testing.T) {
	for signal, line := range map[os.Signal]string{syscall.SIGTERM: "Got SIGTERM signal", os.Interrupt: "Got SIGINT signal"} {
		synctest.Test(t, func(t *testing.T) {
			var stderr bytes.Buffer
			signals := make(chan os.Signal, 2)
			time.AfterFunc(90*time.Second, func() { signals <- signal })
			app := market(nil)
			began := time.Now()
			code := app.run(process{args: words("--run-time=1h --headless"), dir: t.TempDir(), stdout: io.Discard, stderr: &stderr, signals: signals, width: func() int { return 0 }})
			assert.Zero(t, code)
			assert.Equal(t, 90*time.Second, time.Since(began).Round(time.Second))
			inOrder(t, stderr.String(), line, "/list", "Shutting down (exit code 0)")
			assert.NotContains(t, stderr.String(), "limit reached")
		})
	}
}

func TestSecondSignalExitsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, codes := make(chan os.Signal, 2), make(chan int, 1)
		app := market(nil)
		app.New = func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return stuck{}, nil }}, nil
		}
		time.AfterFunc(10*time.Second, func() { signals <- os.Interrupt })
		time.AfterFunc(10*time.Second+time.Millisecond, func() { signals <- os.Interrupt }) // as timeout(1) does
		time.AfterFunc(12*time.Second, func() { signals <- syscall.SIGTERM })
		began := time.Now()
		var exited time.Duration
		app.run(process{args: words("-t 1h -s 5m --headless"), dir: t.TempDir(), stdout: io.Discard, stderr: io.Discard, signals: signals,
			exit: func(code int) { exited = time.Since(began); codes <- code }, width: func() int { return 0 }})
		assert.Equal(t, 12*time.Second, exited)
		assert.Equal(t, 143, <-codes)
	})
}

func TestJobHooks(t *testing.T) {
	var calls []string
	app := market(nil)
	app.New = func(_ context.Context, s Settings) (*Job, error) {
		s.Log.Info("getting ready")
		return &Job{
			NewUser: func(scenario.Env) (scenario.User, error) { return measured{}, nil },
			Schedule: func(plan phase.Schedule) phase.Schedule {
				plan[0].Enter = phase.HookFunc(func(context.Context) error { calls = append(calls, "enter"); return nil })
				return plan
			},
			Finish: func(w io.Writer, sum *report.Summary) { _, _ = io.WriteString(w, "last words\n") },
			Close:  func() error { calls = append(calls, "close"); return errors.New("stuck lid") },
		}, nil
	}
	got, _ := virtual(t, app, nil, "-t", "10")
	assert.Equal(t, []string{"enter", "close"}, calls)
	assert.Equal(t, 1, got.code)
	inOrder(t, got.stderr, "getting ready", "Starting", "last words", "stuck lid")
}

// A misspelt hook must not cost the run up to its phase.
func TestAMisspeltHookIsRefusedBeforeTheRun(t *testing.T) {
	app := market(nil)
	make := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := make(ctx, s)
		job.Schedule = func(plan phase.Schedule) phase.Schedule {
			plan[len(plan)-1].Exit = hook.Delete("chaos:8474/toxics/slow?token=secret")
			return plan
		}
		return job, err
	}
	got, took := virtual(t, app, nil, "-t", "1h")
	assert.Equal(t, 2, got.code)
	assert.Zero(t, took)
	assert.Contains(t, got.stderr, `schedule: phase "intervention": Exit: hook: URL is "chaos:8474/toxics/slow?xxxxx": want an absolute one`)
}

func TestPlanRunsNothing(t *testing.T) {
	got, took := virtual(t, market(nil), nil, "--plan", "--run-time=15m", "--warmup-duration=5m", "--intervention-users=50")
	assert.Zero(t, got.code)
	assert.Zero(t, took)
	assert.Empty(t, got.stderr)
	inOrder(t, got.stdout, "baseline", "10 users", "intervention", "50 users", "list 50 %", "seed 1, plan ")
}

// The weights of a phase are its whole mix, on each way to a plan and in the
// run; what does not run is named.
func TestAPhasesWeightsAreItsMix(t *testing.T) {
	mix := map[string]string{"LOAD_INTERVENTION_TASK_WEIGHTS": `{"list": 3}`}
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"variable": {mix, nil},
		"flag":     {nil, []string{`--intervention-task-weights={"list": 3}`}},
		"design":   {mix, []string{"--design=aba"}},
		"matched":  {mix, []string{"--design=ab", "--matched"}},
	} {
		got, _ := virtual(t, market(nil), c.env, append(c.args, "--plan", "-t=15m", "--warmup-duration=5m")...)
		assert.Zero(t, got.code, name)
		assert.Regexp(t, `(?m)^do not run \(intervention\): buy$`, got.stdout, name)
		assert.Regexp(t, `(?m)^tasks \(intervention\): list 100 %$`, got.stdout, name)
	}
	got, _ := virtual(t, market(nil), mix, "-t=60", "--warmup-duration=30")
	assert.Equal(t, 1, strings.Count(got.stderr, "tasks left out of the mix do not run"), got.stderr)
	inOrder(t, got.stderr, "tasks left out of the mix do not run", "tasks=buy", "phases=intervention")
}

func TestCommand(t *testing.T) {
	app := market(nil)
	var port int
	app.Commands = []Command{{
		Name: "serve", Help: "serve it",
		Options: []setting.Option{{Flag: "port", Env: []string{"LOAD_PORT"}, Default: "80", Accepts: acceptsInt, Help: "port", Set: setting.Var(&port, setting.Int)}},
		Run: func(ctx context.Context, log *slog.Logger) error {
			log.Info("serving")
			<-ctx.Done()
			return context.Cause(ctx)
		},
	}}
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		time.AfterFunc(time.Second, func() { signals <- syscall.SIGTERM })
		var stderr bytes.Buffer
		code := app.run(process{args: words("serve --port 81"), stderr: &stderr, signals: signals})
		assert.Zero(t, code)
		assert.Equal(t, 81, port)
		inOrder(t, stderr.String(), "serving", "Got SIGTERM signal")
	})
	assert.Equal(t, outcome{2, "", "shop serve: --prot: unknown flag; did you mean --port?\n"}, start(t, app, nil, "serve", "--prot=1"))
	assert.Equal(t, outcome{2, "", `shop serve: LOAD_PORT="x"; accepted: a whole number such as 10` + "\n"}, start(t, app, map[string]string{"LOAD_PORT": "x"}, "serve"))
	assert.Equal(t, outcome{2, "", `shop serve: "foo": one word too many; accepted: flags; --help lists them` + "\n"}, start(t, app, nil, "serve", "foo"))
	help := start(t, app, nil, "serve", "--help")
	assert.Contains(t, help.stdout, "Usage: shop serve [flags]")
	assert.Contains(t, start(t, app, nil, "--help").stdout, "shop serve [flags]    serve it")
}

type kinds []scenario.Task

func (k kinds) Tasks() []scenario.Task { return k }

// A script whose users have not all the same tasks is refused in one line where
// the first two users show it, and otherwise ends the run when it is seen.
func TestUsersWithOtherTasksAreRefused(t *testing.T) {
	do := func(context.Context) error { return nil }
	task := func(name string, weight float64) scenario.Task {
		return scenario.Task{Name: name, Weight: weight, Do: do}
	}
	program := func(from int, other ...scenario.Task) App {
		app := shop()
		app.New = func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(env scenario.Env) (scenario.User, error) {
				if env.User >= from {
					return kinds(other), nil
				}
				return shopper{}, nil
			}}, nil
		}
		return app
	}
	for want, app := range map[string]App{
		`the tasks of user 2 are not those that the first user had before the run: task "list" has weight 31 instead of 30; all users need the same tasks`: program(2, task("list", 31), task("buy", 10)),
		`the tasks of user 2 are not those that the first user had before the run: 1 task instead of 2`:                                                    program(2, task("list", 30)),
		`task 2, "b", has no Do`:          program(1, task("a", 1), scenario.Task{Name: "b"}),
		`task name "a" is used twice`:     program(1, task("a", 1), task("a", 1)),
		`task 1 has no name`:              program(1, task("", 1)),
		`weight of task "a" is -1: want `: program(1, task("a", -1)),
		`has no tasks`:                    program(1),
	} {
		got, took := virtual(t, app, nil, "-t", "60")
		assert.Equal(t, 2, got.code, want)
		assert.Zero(t, took)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
		inOrder(t, got.stderr, "shop: Shopper: ", want)
	}
	got, took := virtual(t, program(5, task("list", 30)), nil, "-t", "60", "-u", "9", "-r", "1", "--warmup-duration=0")
	assert.Equal(t, 1, got.code)
	assert.Equal(t, 4*time.Second, took.Round(time.Second), "the fifth user joins")
	inOrder(t, got.stderr, "users differ, the run ends", "the tasks of user 5")
}
