package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/completion"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

func TestNewFails(t *testing.T) {
	app := shop()
	app.New = func(_ context.Context, s Settings) (*Job, error) {
		s.Log.Info("this line is not seen")
		return nil, errors.New("no luck\ntoday: \x1b[2J")
	}
	got := start(t, app, nil)
	assert.Equal(t, outcome{1, "", `shop: no luck today: \x1b[2J` + "\n"}, got)
}

func TestNewGetsTheSettings(t *testing.T) {
	app := shop()
	app.New = func(_ context.Context, s Settings) (*Job, error) {
		assert.Equal(t, "fast", s.Wire)
		assert.Equal(t, 2*time.Second, s.Timeout)
		assert.EqualValues(t, 7, s.Seed)
		assert.Equal(t, httpclient.Config{Host: "http://localhost", Wire: httpclient.Fast, Timeout: 2 * time.Second, MaxConns: 3}, s.Client())
		return nil, errors.New("enough")
	}
	start(t, app, map[string]string{"LOAD_WIRE": "fast"}, "--timeout=2s", "--seed=7", "--max-connections=3", "-H", "http://localhost")
}

func TestNoTasks(t *testing.T) {
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return idle{}, nil }}, nil
	}
	assert.Equal(t, outcome{2, "", "shop: Shopper: has no tasks; accepted: at least one\n"}, start(t, app, nil))
}

func TestWordsInsteadOfARun(t *testing.T) {
	assert.Equal(t, outcome{0, "shop 1.2.3\n", ""}, start(t, shop(), nil, "--version"))
	assert.Equal(t, outcome{0, "Available Users:\n    Shopper\n", ""}, start(t, shop(), nil, "--list"))
	help := start(t, shop(), nil, "-h")
	assert.Zero(t, help.code)
	assert.Contains(t, help.stdout, "-u, --users N")
	inOrder(t, help.stdout, "Usage: shop [flags]", "\n       shop completion bash|zsh|fish    print", "\nExamples:\n", "\nLoad:\n", "    --wire net/http|fast")
	for line := range strings.Lines(help.stdout) {
		assert.LessOrEqual(t, say.Width(strings.TrimSuffix(line, "\n")), say.Columns, line)
	}
	assert.Contains(t, strings.Join(strings.Fields(help.stdout), " "), "[LOAD_BASELINE_USERS] (default 10)")
	ratio := start(t, shop(), nil, "--show-task-ratio")
	assert.Zero(t, ratio.code)
	assert.Contains(t, ratio.stdout, "   *  75.0 list\n")
	ratio = start(t, shop(), nil, "--show-task-ratio-json")
	assert.Zero(t, ratio.code)
	const shopperRatio = `{"Shopper": {"ratio": 1, "tasks": {"list": {"ratio": 0.75}, "buy": {"ratio": 0.25}}}}`
	assert.JSONEq(t, `{"per_class": `+shopperRatio+`, "total": `+shopperRatio+`}`, ratio.stdout)
}

// TestExamplesOfTheHelp: each is what a start takes.
func TestExamplesOfTheHelp(t *testing.T) {
	for _, example := range examples {
		flags, claim, _ := strings.Cut(example.flags, "'")
		claim, rest, _ := strings.Cut(claim, "'")
		args := words(flags)
		if claim != "" {
			args = append(args, claim)
		}
		got := start(t, shop(), nil, append(append(args, words(rest)...), "--plan")...)
		assert.Zero(t, got.code, "%s: %s", example.flags, got.stderr)
	}
}

// TestOptionsNameTheirValue in the help text, by another word than VALUE.
func TestOptionsNameTheirValue(t *testing.T) {
	for _, section := range new(App).sections(new(values)) {
		for _, o := range section.Options {
			if !o.Switch && !o.Hidden && o.Removed == "" {
				assert.NotEmpty(t, o.Takes, o.Flag)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range completion.Shells {
		got := start(t, shop(), nil, "completion", shell)
		assert.Zero(t, got.code)
		assert.Empty(t, got.stderr)
		for _, word := range []string{"shop", "spawn-rate", "net/http", "health", "completion"} {
			assert.Contains(t, got.stdout, word, shell)
		}
	}
	assert.Equal(t, outcome{2, "", "shop: completion: no completion for \"tcsh\"; accepted: bash, zsh, fish\n"}, start(t, shop(), nil, "completion", "tcsh"))
	assert.Equal(t, outcome{2, "", "shop: completion: wants the name of a shell; accepted: bash, zsh, fish\n"}, start(t, shop(), nil, "completion"))
}

// TestTextsThatFindNoReader: a text that is asked for and does not come is reported, but not
// who reads a part of it.
func TestTextsThatFindNoReader(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	reader, pipe, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	defer pipe.Close()
	for _, flag := range []string{"--help", "--version", "--list", "--plan", "--show-task-ratio-json"} {
		var stderr bytes.Buffer
		app := shop()
		assert.Equal(t, 1, app.run(process{args: []string{flag}, dir: t.TempDir(), stdout: full, stderr: &stderr, width: func() int { return 0 }}), flag)
		assert.Equal(t, "shop: write /dev/full: no space left on device\n", stderr.String(), flag)
		stderr.Reset()
		assert.Zero(t, app.run(process{args: []string{flag}, dir: t.TempDir(), stdout: pipe, stderr: &stderr, width: func() int { return 0 }}), flag)
		assert.Empty(t, stderr.String(), flag)
	}
}

// A start by command may bring its own stages, with the mix and pace of the last phase.
func TestStartWithStages(t *testing.T) {
	s := &session{config: new(config), schedule: phase.Schedule{{Name: "usual", Users: 3, Weights: phase.Weights{"buy": 1}}}}
	s.config.values.maxInFlight.V = 9
	for stages, want := range map[string]phase.Phase{
		"":             {Users: 4, SpawnRate: 2},
		"2m:10, 5m:50": {For: time.Minute, Stages: phase.Stages{{For: 2 * time.Minute, To: 10}, {For: 5 * time.Minute, To: 50}}},
		"1m:10/s":      {For: time.Minute, Arrivals: &phase.Arrivals{Spacing: phase.Poisson, MaxInFlight: 9, Stages: phase.Stages{{For: time.Minute, To: 10}}}},
	} {
		want.Name, want.Weights = "manual", phase.Weights{"buy": 1}
		assert.Equal(t, phase.Schedule{want}, s.phases(loadgen.StartRequest{Users: 4, SpawnRate: 2, RunTime: time.Minute, Stages: stages}))
	}
}

// walker makes journeys, and looks around.
type walker struct{}

func (walker) Tasks() []scenario.Task {
	do := func(context.Context) error { return nil }
	steps := []scenario.Step{{Name: "login", Do: do}, {Name: "browse", Do: do}}
	chain := scenario.Chain{"login": {"browse": 1}, "browse": {"browse": 2, scenario.End: 1}}
	return []scenario.Task{{Name: "look", Weight: 1, Do: do}, {Name: "shopping", Weight: 3, Steps: steps, Next: chain}}
}

// TestRatiosHaveTheStepsOfJourneys: below their task, among themselves and in total, as often as they are expected.
func TestRatiosHaveTheStepsOfJourneys(t *testing.T) {
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return walker{}, nil }}, nil
	}
	ratio := start(t, app, nil, "--show-task-ratio")
	assert.Zero(t, ratio.code, ratio.stderr)
	inOrder(t, ratio.stdout, "Task ratio per User class",
		" * 100.0 Shopper\n", "   *  25.0 look\n", "   *  75.0 shopping\n", "     *  25.0 login\n", "     *  75.0 browse\n",
		"Total task ratio", "   *  25.0 look\n", "   *  75.0 shopping\n", "     *  18.8 login\n", "     *  56.2 browse\n")

	check := func(text string) {
		ratios := object(t, text)
		for key, want := range map[string][2]float64{"per_class": {.25, .75}, "total": {.1875, .5625}} {
			tasks := ratios[key].(map[string]any)["Shopper"].(map[string]any)["tasks"].(map[string]any)
			assert.Equal(t, map[string]any{"ratio": .25}, tasks["look"], "a task without steps")
			shopping := tasks["shopping"].(map[string]any)
			assert.Equal(t, .75, shopping["ratio"])
			steps := shopping["tasks"].(map[string]any)
			require.Len(t, steps, 2)
			assert.InDelta(t, want[0], steps["login"].(map[string]any)["ratio"], 1e-9, key)
			assert.InDelta(t, want[1], steps["browse"].(map[string]any)["ratio"], 1e-9, key)
		}
	}
	ratio = start(t, app, nil, "--show-task-ratio-json")
	assert.Zero(t, ratio.code, ratio.stderr)
	check(ratio.stdout)

	visiting(t, app, "-u 3 -t 60 --autostart", func(v *visit) {
		time.Sleep(10 * time.Second) // of the bubble
		_, body := v.get("/tasks")
		check(body)
		v.terminate()
	})
}

type idle struct{}

func (idle) Tasks() []scenario.Task { return nil }
