package cli

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatIsBesideTheLogIsJSON: with a log in JSON every line of standard error is,
// also where settings cannot be read, in whatever way JSON is asked for.
func TestWhatIsBesideTheLogIsJSON(t *testing.T) {
	file := func(lines string) string {
		path := filepath.Join(t.TempDir(), "c.conf")
		write(t, path, lines)
		return path
	}
	app := market(nil)
	app.Commands = []Command{{Name: "serve", Run: func(_ context.Context, log *slog.Logger) error { log.Info("serving"); return errors.New("no\nmore") }}}
	for _, c := range []struct {
		args  string
		env   map[string]string
		code  int
		lines int
	}{
		{"--log-format json --headless -u x", nil, 2, 1},
		{"--nosuch --log-format=JSON", nil, 2, 1},
		{"--nosuch", map[string]string{"LOAD_LOG_FORMAT": " json\n"}, 2, 1},
		{"--host foo://bar", map[string]string{"LOAD_LOG_FORMAT": "json"}, 2, 1},
		{"--log-format json NoSuchClass", nil, 1, 1},
		{"--log-format json --csv-full-history", nil, 2, 1},
		{"--log-format json --worker", nil, 0, 1},
		{"--log-format json --plan -t 60 --master --expect-workers 3", nil, 0, 2},
		{"--log-format json --list", nil, 0, 0},
		{"--log-format json --config " + file("users = q"), nil, 2, 1},
		{"--config " + file("usrs = 3\nlog-format = json"), nil, 2, 1},
		{"--datadog -u x", nil, 2, 1},
		{"serve --log-format json", nil, 1, 2},
		{"serve", map[string]string{"LOAD_LOG_FORMAT": "json"}, 1, 2},
		{"serve --nosuch", map[string]string{"LOAD_LOG_FORMAT": "json"}, 2, 1},
		{"serve --log-format json more", nil, 2, 1},
	} {
		got := start(t, app, c.env, words(c.args)...)
		assert.Equal(t, c.code, got.code, c.args)
		assert.Equal(t, c.lines, strings.Count(got.stderr, "\n"), "%s: %s", c.args, got.stderr)
		for line := range strings.Lines(got.stderr) {
			var entry map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &entry), "%s: %q", c.args, line)
			assert.NotEmpty(t, entry["level"])
			assert.NotEmpty(t, entry["message"])
		}
	}
	for _, args := range []string{"--nosuch", "--nosuch --log-format text", "--log-format json --logfile x --users y", "serve --nosuch", "--datadog --log-format text -u x"} {
		got := start(t, app, nil, words(args)...)
		assert.True(t, strings.HasPrefix(got.stderr, "shop"), "%s: %s", args, got.stderr)
	}
}

// TestAPanicBeforeTheRunIsJSON: its stack too.
func TestAPanicBeforeTheRunIsJSON(t *testing.T) {
	app := market(nil)
	made := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := made(ctx, s)
		job.NewUser = nil
		return job, err
	}
	got := start(t, app, nil, words("--headless -t 1 --log-format json")...)
	assert.Equal(t, 1, got.code)
	assert.Greater(t, strings.Count(got.stderr, "\n"), 3)
	for line := range strings.Lines(got.stderr) {
		assert.True(t, json.Valid([]byte(line)), line)
	}
}
