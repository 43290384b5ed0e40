package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
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
	app.Parts = []part.Part{tracer(new(traced))}
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
		{"--log-format json --worker", nil, 2, 1},
		{"--log-format json --plan -t 60 --equal-weights --build-path x", nil, 0, 2},
		{"--log-format json --list", nil, 0, 0},
		{"--log-format json --config " + file("users = q"), nil, 2, 1},
		{"--config " + file("usrs = 3\nlog-format = json"), nil, 2, 1},
		{"--trace -u x", nil, 2, 1},
		{"--trace --nosuch", nil, 2, 1},
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
	for _, args := range []string{"--nosuch", "--nosuch --log-format text", "--log-format json --logfile x --users y", "serve --nosuch", "--trace --log-format text -u x"} {
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

// TestStandardErrorIsOneStream: with a log in JSON every line is, tables, progress
// and refusals too, also on a terminal, and nothing of the report is lost.
func TestStandardErrorIsOneStream(t *testing.T) {
	long(t)
	file := filepath.Join(t.TempDir(), "x")
	for _, width := range []int{0, 120} {
		for args, code := range map[string]int{
			"--headless -t 30 --log-format json":                                1,
			"--headless -t 30 --log-format json -L ERROR":                       1,
			"--autoquit 0 -t 30 --log-format json --print-stats":                1,
			"--headless -t 30 --log-format json --warmup-duration 15":           1,
			"--headless -t 30 --log-format json --junit " + file + "/x/y":       1,
			"--headless -t 30 --log-format json --summary-file " + os.TempDir(): 2,
		} {
			messages := jsonMessages(t, args, code, width)
			if code == 1 {
				inOrder(t, strings.Join(messages, "\n"), "users 10 (", "Phase ", "Type ", "Aggregated", "last words")
			} else {
				assert.Len(t, messages, 1)
			}
		}
	}
}

// jsonMessages runs a program whose standard error is lines of JSON.
func jsonMessages(t *testing.T, args string, want, width int) (messages []string) {
	t.Helper()
	var stderr bytes.Buffer
	app := market(errors.New("sold out"))
	plain := app.New
	app.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := plain(ctx, s)
		job.Finish = func(w io.Writer, _ *report.Summary) { fmt.Fprint(w, "last "); fmt.Fprintln(w, "words") }
		return job, err
	}
	synctest.Test(t, func(t *testing.T) {
		wire := newWire()
		code := app.run(process{args: words(args), dir: t.TempDir(), stdout: io.Discard, stderr: &stderr, exit: func(int) {}, width: func() int { return width },
			listen: func(string, string) (net.Listener, error) { return wire, nil }})
		assert.Equal(t, want, code, args)
	})
	for line := range strings.Lines(stderr.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), "%s: %q", args, line)
		require.NotEmpty(t, entry["timestamp"])
		require.NotEmpty(t, entry["level"])
		messages = append(messages, entry["message"].(string))
	}
	return messages
}

func TestThePageShowsTheLogAsText(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --log-format=json", func(v *visit) {
		lines := v.object("/logs")["master"].([]any)
		require.NotEmpty(t, lines)
		assert.Regexp(t, `^\[\d{4}-\d\d-\d\d .*/INFO/shop: Starting Locust-compatible shop 1\.2\.3$`, lines[0])
		v.terminate()
	})
}
