package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/scenario"
)

// TestAWorkersOwnSettingsStay: and it must be given secrets itself.
func TestAWorkersFlagsStay(t *testing.T) {
	var made Settings
	app := shop()
	app.New = func(_ context.Context, s Settings) (*Job, error) {
		made = s
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return shopper{}, nil }}, nil
	}
	hand := new(crewed)
	var errs []string
	hand.do = func(_ context.Context, w part.Work) error {
		for _, settings := range []map[string]string{
			{"timeout": "9s", "seed": "4", "host": "http://target:1"},
			{"seed": "many"}, {"no-such": "1"}, {"host": "target"},
		} {
			_, err := w.Configure(settings, nil)
			errs = append(errs, errorText(err))
		}
		_, err := w.Configure(nil, []string{"oauth2-bearer", "header", "no-such"})
		errs = append(errs, errorText(err))
		_, err = w.Configure(nil, []string{"oauth2-bearer", "proxy"})
		errs = append(errs, errorText(err))
		return nil
	}
	app.Parts = []part.Part{hand.part()}
	got := start(t, app, map[string]string{"LOAD_HEADER": "X-Key: " + planted, "LOCUST_HOST": "http://image:1"}, "--work", "--timeout", "3s")
	assert.Zero(t, got.code, got.stderr)
	assert.Contains(t, got.stderr, `--timeout="3s" stands here in place of what the master has`)
	assert.Equal(t, "3s", made.Timeout.String())
	assert.EqualValues(t, 4, made.Seed)
	assert.Equal(t, "http://target:1", made.Host)
	assert.Equal(t, []string{
		"",
		`master --seed="many"; accepted: a whole number from 0 to 18446744073709551615`,
		`master --no-such: this program has no such option`,
		`master --host="target"; accepted: a base URL such as http://localhost:8081`,
		`master --no-such: this program has no such option`,
		`LOAD_OAUTH2_BEARER and LOAD_PROXY: the master has it, and secrets are not sent; accepted: the same here`,
	}, errs)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestTheEndOfAWorker: it needs no target, writes nothing but its log, and its exit code is that of
// what ends it.
func TestTheEndOfAWorker(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{nil, 0, "Shutting down (exit code 0)"},
		{errors.New("no luck"), 1, `the run cannot start error="no luck"`},
		{&part.Failure{Code: 255, Text: "the master is not there"}, 255, " ERROR shop: the master is not there"},
	} {
		seen, hand := &traced{env: "on"}, new(crewed)
		hand.do = func(_ context.Context, w part.Work) error {
			for range 2 {
				if _, err := w.Configure(map[string]string{"host": "http://target:1"}, nil); err != nil {
					return err
				}
			}
			return c.err
		}
		app := shop()
		app.HostOptional = false
		app.Parts = []part.Part{tracer(seen), hand.part()}
		got := start(t, app, map[string]string{"LOCUST_AUTOQUIT": "1", "LOCUST_CSV_FULL_HISTORY": "1"}, words("--work --html /no/such/place.html --log-format text -t 1h")...)
		assert.Equal(t, c.code, got.code, got.stderr)
		assert.Contains(t, got.stderr, "Starting Locust-compatible shop 1.2.3 (worker)")
		assert.Contains(t, strings.ReplaceAll(got.stderr, "/", " "), c.says)
		assert.Equal(t, []string{"check", "start", "stop"}, seen.calls, "other parts start once, when it is known what to do")
		assert.True(t, seen.setup.Worker && seen.setup.Headless)
	}
	hand := &crewed{refusal: &setting.Error{Where: "--work", Problem: "cannot go with --lead", Code: 255}}
	app := shop()
	app.HostOptional = false
	app.Parts = []part.Part{hand.part()}
	got := start(t, app, nil, "--work", "--lead")
	assert.Equal(t, outcome{255, "", "shop: --work: cannot go with --lead\n"}, got)
}

// TestACoordinatorAwaitsItsWorkers before a run that begins by itself.
func TestACoordinatorAwaitsItsWorkers(t *testing.T) {
	boss := &crewed{await: &part.Failure{Code: 1, Text: "Gave up waiting for workers to connect"}}
	app := market(nil)
	app.Parts = []part.Part{boss.part()}
	boss.fleet = idleFleet{}
	got, _ := virtual(t, app, nil, words("--lead -t 10 --log-format text")...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "ERROR/shop: Gave up waiting for workers to connect")
	assert.NotContains(t, got.stderr, "the run cannot start")

	two := new(crewed)
	two.fleet = idleFleet{}
	other := two.part()
	other.Name, other.Options = "Other", []setting.Option{{Flag: "other", Switch: true, Help: "too", Set: setting.Check(setting.Bool)}}
	app.Parts = append(app.Parts, other)
	got, _ = virtual(t, app, nil, words("--lead --other -t 10 --log-format text")...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "both Crew and Other would make the load")
}

// TestAWorkerThatHasSaidWhy ends without another line on it.
func TestAWorkerThatHasSaidWhy(t *testing.T) {
	hand := new(crewed)
	hand.do = func(_ context.Context, w part.Work) error {
		w.Log.Error("no word from the master")
		return &part.Failure{Code: 7}
	}
	app := shop()
	app.Parts = []part.Part{hand.part()}
	got := start(t, app, nil, "--work", "--log-format", "text")
	assert.Equal(t, 7, got.code)
	assert.Equal(t, 1, strings.Count(got.stderr, "ERROR"), got.stderr)
}

// idleFleet never has a worker.
type idleFleet struct{}

func (idleFleet) Ready() error { return errors.New("no worker has come") }

func (idleFleet) Muster(context.Context, loadgen.Muster) (loadgen.FleetRun, error) {
	return nil, errors.New("no worker has come")
}

// TestAPartThatObjects makes the exit code 1.
func TestAPartThatObjects(t *testing.T) {
	boss := &crewed{objection: "3 % of the load was lost"}
	app := market(nil)
	app.Parts = []part.Part{boss.part()}
	got, _ := virtual(t, app, nil, words("--lead -t 10 --log-format text")...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "3 % of the load was lost")
}

// TestAWorkersRunLogsTroubleAlone: its coordinator logs the rest.
func TestAWorkersRunLogsTroubleAlone(t *testing.T) {
	var out strings.Builder
	log := slog.New(troubles{slogTo(&out).Handler()}).With("a", 1).WithGroup("g")
	log.Info("phase transition")
	log.Warn("slow", "b", 2)
	assert.NotContains(t, out.String(), "transition")
	assert.Contains(t, out.String(), "slow a=1 g.b=2")
}

// TestWhatVariablesMakeAWorker is what health asks: a worker has no page.
func TestWhatVariablesMakeAWorker(t *testing.T) {
	var works setting.Value[bool]
	p := part.Part{
		Options: []setting.Option{{Flag: "work", Env: []string{"LOAD_WORK"}, Switch: true, Set: setting.Into(&works, setting.Bool)}},
		Works:   func() bool { return works.V },
	}
	parts := []part.Part{plain("Other", nil), p}
	assert.True(t, working(parts, map[string]string{"LOAD_WORK": "1"}))
	works.V = false
	assert.False(t, working(parts, map[string]string{"LOAD_WORK": "perhaps"}))
	assert.False(t, working(parts, nil))
}

// TestStopBeforeTheWorkersAreReady does not count as a failure of the run.
func TestStopBeforeTheWorkersAreReady(t *testing.T) {
	for _, stop := range []func(*visit){
		(*visit).terminate,
		func(v *visit) {
			v.get("/stop")
			v.terminate()
		},
	} {
		boss := &crewed{fleet: slowFleet{}}
		app := market(nil)
		app.Parts = []part.Part{boss.part()}
		got, _ := visiting(t, app, "--lead --log-format text", stop)
		assert.Zero(t, got.code, got.stderr)
		assert.NotContains(t, got.stderr, "ERROR")
	}
}

// slowFleet has workers that do not get ready.
type slowFleet struct{}

func (slowFleet) Ready() error { return nil }

func (slowFleet) Muster(ctx context.Context, _ loadgen.Muster) (loadgen.FleetRun, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}
