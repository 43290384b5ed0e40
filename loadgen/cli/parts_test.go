package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report/measure"
)

// TestAPartTakesPart: it is checked, started, follows the run, hears what it came to and
// is stopped, once each and in this order.
func TestAPartTakesPart(t *testing.T) {
	for _, c := range []struct {
		args, env string
		taken     bool
	}{
		{"--trace", "", true},
		{"", "on", true},
		{"", "", false},
		{"--trace", "off", false},
		{"--trace=false --trace-level 7", "", false},
	} {
		seen := &traced{env: c.env, lost: "3 spans"}
		app := market(errors.New("sold out"))
		app.Parts = []part.Part{tracer(seen)}
		got, _ := virtual(t, app, nil, append(words(c.args), "-t", "10", "--log-format", "text", "--assert", "failures < 1%")...)
		assert.Equal(t, 3, got.code, c.args)
		if !c.taken {
			assert.Empty(t, seen.calls, c.args)
			assert.Equal(t, c.env == "off", strings.Contains(got.stderr, `--trace="true" has no effect: TRACE switches it off`), got.stderr)
			continue
		}
		assert.Equal(t, []string{"check", "start", "run", "conclude", "stop"}, seen.calls, c.args)
		assert.Equal(t, 3, seen.level.V)
		assert.Equal(t, "shop 1.2.3", seen.setup.Program+" "+seen.setup.Version)
		assert.True(t, seen.setup.Headless)
		assert.Len(t, seen.setup.Phases, 1)
		assert.Positive(t, seen.requests)
		assert.EqualValues(t, seen.requests, seen.conclusion.Summary.Total.Requests)
		assert.False(t, seen.conclusion.Passed)
		for _, text := range []string{fmt.Sprintf("%[1]s of %[1]s requests failed, exit code 3", say.Count(seen.requests)), "claim broken: failures < 1%"} {
			assert.Contains(t, seen.conclusion.Text, text)
		}
		inOrder(t, got.stderr, "Starting Locust-compatible", "Tracer missed 3 spans", "Shutting down (exit code 3)")
	}
}

// TestAPartGetsTheLog, if it is wanted: from the level on that the user says, also what came before its start, in whatever form others see it.
func TestAPartGetsTheLog(t *testing.T) {
	for _, c := range []struct {
		args      string
		has, lack []string
	}{
		{"--trace --log-format text", []string{`msg="from the script" shop=3 cart.items=2`, `msg="Starting Locust-compatible`}, []string{"in detail"}},
		{"--trace --log-format json -L DEBUG", []string{`msg="in detail"`, `msg="from the script"`}, nil},
		{"--trace --log-format text -L ERROR", nil, []string{"from the script", "Starting"}},
		{"--log-format text", nil, []string{"from the script"}},
	} {
		var got bytes.Buffer
		seen := new(traced)
		logged := tracer(seen)
		logged.Logged = slog.NewTextHandler(&got, &slog.HandlerOptions{Level: slog.LevelDebug})
		app := market(nil)
		prepared := app.New
		app.New = func(ctx context.Context, s Settings) (*Job, error) {
			assert.NotContains(t, seen.calls, "start")
			s.Log.With("shop", 3).WithGroup("cart").Info("from the script", "items", 2)
			s.Log.Debug("in detail")
			return prepared(ctx, s)
		}
		app.Parts = []part.Part{logged}
		_, _ = virtual(t, app, nil, append(words(c.args), "-t", "10")...)
		for _, text := range c.has {
			assert.Contains(t, got.String(), text, c.args)
		}
		for _, text := range c.lack {
			assert.NotContains(t, got.String(), text, c.args)
		}
	}
}

// TestPartsOnPaper: neither a plan nor the help starts a part.
func TestPartsOnPaper(t *testing.T) {
	for args, calls := range map[string][]string{"--plan -t 60": {"check"}, "--show-task-ratio": {"check"}, "--help": nil, "--version": nil, "--list": nil} {
		seen := new(traced)
		app := shop()
		app.Parts = []part.Part{tracer(seen)}
		assert.Zero(t, start(t, app, nil, words("--trace "+args)...).code, args)
		assert.Equal(t, calls, seen.calls, args)
	}
}

// TestSeveralParts: each follows the run, and a fault of one is its own.
func TestSeveralParts(t *testing.T) {
	seen := new(traced)
	app := market(nil)
	var names []string
	prepared := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) { names = s.Parts; return prepared(ctx, s) }
	app.Parts = []part.Part{plain("Broken", broken{}), tracer(seen), plain("Idle", broken{}), plain("Blind", nil)}
	got, _ := virtual(t, app, nil, words("-t 10 --trace --broken x --blind y")...)
	assert.Equal(t, []string{"Broken", "Tracer", "Blind"}, names)
	assert.Positive(t, seen.requests)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, "Observer: out of paper")
	assert.Equal(t, []string{"check", "start", "run", "conclude", "stop"}, seen.calls)
}

// broken panics at every run.
type broken struct{}

func (broken) BeginRun(measure.Run) measure.RunObserver { panic("out of paper") }

// TestPartsThatRefuse: the mistakes of all are one line.
func TestPartsThatRefuse(t *testing.T) {
	one, two := &traced{refusal: errors.New("no\nsuch host")}, &traced{refusal: &setting.Error{Where: "--b=1", Accepts: "2"}}
	second := tracer(two)
	second.Name, second.Options = "Second", []setting.Option{{Flag: "second", Switch: true, Set: setting.Check(setting.Bool)}}
	app := shop()
	app.Parts = []part.Part{tracer(one), second}
	got := start(t, app, nil, words("--headless --trace --second --log-format text")...)
	assert.Equal(t, outcome{code: 2, stderr: "shop: no; such host; --b=1; accepted: 2\n"}, got)
	assert.NotContains(t, one.calls, "start")
}

// TestAPartThatCannotStart: there is no load, and what has started is stopped.
func TestAPartThatCannotStart(t *testing.T) {
	for _, args := range []string{"--headless", "--web-port 0"} {
		first, second := new(traced), &traced{failure: errors.New("port 9 is busy")}
		late := tracer(second)
		late.Name, late.Options = "Late", []setting.Option{{Flag: "late", Switch: true, Set: setting.Check(setting.Bool)}}
		app := market(nil)
		app.Parts = []part.Part{tracer(first), late}
		got := start(t, app, nil, words("--trace --late -t 1 --log-format text "+args)...)
		assert.Equal(t, 1, got.code)
		assert.True(t, strings.HasSuffix(got.stderr, "shop: port 9 is busy\n"), got.stderr)
		assert.Equal(t, []string{"check", "start", "stop"}, first.calls)
		assert.Equal(t, []string{"check", "start"}, second.calls)
	}
}

// TestAPartThatDoesNotEnd holds the end up by no more than its limit.
func TestAPartThatDoesNotEnd(t *testing.T) {
	released := make(chan struct{})
	seen := &traced{stop: func(context.Context) error { <-released; return nil }}
	app := market(nil)
	app.Parts = []part.Part{tracer(seen)}
	var stderr bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		released = make(chan struct{})
		began := time.Now()
		assert.Zero(t, app.run(process{args: words("--headless -t 10 --trace --log-format text"), dir: t.TempDir(), stderr: &stderr, width: func() int { return 0 }}))
		assert.Equal(t, partLimit, time.Since(began).Truncate(time.Second)-10*time.Second)
		close(released)
	})
	assert.Contains(t, stderr.String(), "Tracer: does not end; not waiting for it any longer")
}

// TestAPartOnThePage: its route stands behind the page's guard, what it has lost is on the
// page, and a path that is taken is refused.
func TestAPartOnThePage(t *testing.T) {
	seen := &traced{lost: "3 spans", routes: []part.Route{
		{Path: "/traces", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("42 traces")) })},
	}}
	app := market(nil)
	app.Parts = []part.Part{tracer(seen)}
	visiting(t, app, "--trace", func(v *visit) {
		_, traces := v.get("/traces")
		assert.Equal(t, "42 traces", traces)
		assert.False(t, seen.setup.Headless)
		_, stats := v.get("/stats/requests")
		assert.Contains(t, stats, "Tracer missed 3 spans")
		v.terminate()
	})
	seen = &traced{routes: []part.Route{{Path: "/swarm", Handler: http.NotFoundHandler()}}}
	app.Parts = []part.Part{tracer(seen)}
	got := start(t, app, nil, words("--trace --web-port 0 --log-format text")...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.stderr, `"/swarm": the page has this address already`)
	assert.Equal(t, []string{"check", "start", "stop"}, seen.calls)
}

// TestLogsAreJSONWhereAPartReadsThem: and people do not.
func TestLogsAreJSONWhereAPartReadsThem(t *testing.T) {
	sent := func(args string, columns int) string {
		var stderr bytes.Buffer
		app := market(nil)
		app.Parts = []part.Part{tracer(&traced{env: "on"})}
		synctest.Test(t, func(t *testing.T) {
			app.run(process{args: words("--headless -t 10 " + args), dir: t.TempDir(), stderr: &stderr, width: func() int { return columns }})
		})
		return stderr.String()
	}
	assert.Contains(t, sent("", 0), `"message":"Starting Locust-compatible shop 1.2.3","by":"tracer"`)
	assert.NotContains(t, sent("", 120), `"message"`, "people read a terminal")
	assert.NotContains(t, sent("--log-format=text", 0), `"message"`)

	file := filepath.Join(t.TempDir(), "run.log")
	assert.NotContains(t, sent("--logfile "+file, 120), `"message"`)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var messages []string
	for line := range strings.Lines(string(content)) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		assert.Equal(t, "tracer", entry["by"])
		messages = append(messages, entry["message"].(string))
	}
	inOrder(t, strings.Join(messages, "\n"), "Starting Locust-compatible", "Ramping to 10 users", "Shutting down")
}

// TestAPartLeftOut: its flags, keys and variables are refused with what to add; what
// other programs read too is a line for who looks for it.
func TestAPartLeftOut(t *testing.T) {
	const add = " needs the part loadgen/datadog: add datadog.Part(datadog.Config{}) to App.Parts\n"
	conf := filepath.Join(t.TempDir(), "c.conf")
	write(t, conf, "datadog = true")
	for _, c := range []struct{ args, variable, says string }{
		{"--datadog", "", "--datadog" + add},
		{"--datadog-sample-rate=1", "", "--datadog-sample-rate" + add},
		{"", "LOAD_DATADOG", "LOAD_DATADOG" + add},
		{"", "LOAD_DATADOG_RUN_ID", "LOAD_DATADOG_RUN_ID" + add},
		{"--config " + conf, "", "c.conf: datadog" + add},
	} {
		env := map[string]string{}
		if c.variable != "" {
			env[c.variable] = "x"
		}
		got := start(t, shop(), env, words(c.args)...)
		assert.Equal(t, outcome{code: 2, stderr: "shop: " + c.says}, got)
	}
	assert.Contains(t, start(t, shop(), nil, "--datadogs").stderr, "unknown flag")

	env := map[string]string{"DD_AGENT_HOST": "agent", "DD_ENV": "perf", "LOAD_DATADOG": " "}
	quiet, _ := virtual(t, market(nil), env, words("-t 1")...)
	assert.Zero(t, quiet.code)
	assert.NotContains(t, quiet.stderr, "DD_")
	loud, _ := virtual(t, market(nil), env, words("-t 1 -L DEBUG")...)
	assert.Contains(t, loud.stderr, "the program lacks the part loadgen/datadog, so nothing reads DD_AGENT_HOST, DD_ENV")
}

// TestKnownPartsExist holds what a refusal names against the code.
func TestKnownPartsExist(t *testing.T) {
	for _, k := range known {
		code, err := os.ReadFile(filepath.Join("../..", k.pkg, "part.go"))
		require.NoError(t, err)
		argument := regexp.MustCompile(`\nfunc Part\(\w (\w+)\) part\.Part \{`).FindSubmatch(code)
		require.NotNil(t, argument, k.pkg)
		assert.Equal(t, k.name+".Part("+k.name+"."+string(argument[1])+"{})", k.call)
	}
}

// TestHelpOfParts: one heading a part, in the order of the App.
func TestHelpOfParts(t *testing.T) {
	app := shop()
	app.Parts = []part.Part{plain("Later", nil), tracer(new(traced))}
	inOrder(t, start(t, app, nil, "--help").stdout,
		"\nOutput:\n", "\nLater:\n      --later VALUE", "\nTracer:\nWhere requests go.\n      --trace  ", "--trace-level VALUE", "[LOAD_TRACE_LEVEL] (default 3)", "\nAccepted for Locust's sake:\n")
}
