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
	"github.com/gensim/load-generator/loadgen/httpclient"
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
	assert.Contains(t, help.stdout, "-u, --users VALUE")
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
	worker := start(t, shop(), nil, "--worker")
	assert.Zero(t, worker.code)
	require.Contains(t, worker.stderr, "nothing to do")
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
