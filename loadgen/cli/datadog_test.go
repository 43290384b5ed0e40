package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/report"
)

// sent runs a program that is to send to Datadog.
func sent(t *testing.T, args string, columns int) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	app, code := market(nil), 0
	synctest.Test(t, func(t *testing.T) {
		code = app.run(process{
			args: words("--headless -t 10 " + args), dir: t.TempDir(), stdout: &stdout, stderr: &stderr,
			width: func() int { return columns }, datadog: func(bool) bool { return true },
		})
	})
	return outcome{code, stdout.String(), stderr.String()}
}

func TestAVariableThatCannotBeReadIsOneWarning(t *testing.T) {
	t.Setenv("DD_TRACE_SAMPLE_RATE", "half")
	t.Setenv("DD_AGENT_HOST", "http://agent")
	got := sent(t, "--log-format=text", 0)
	assert.Zero(t, got.code, "the load continues")
	assert.Equal(t, 1, strings.Count(got.stderr, "WARNING"), got.stderr)
	inOrder(t, got.stderr, "nothing is sent to Datadog", "the load continues", "/list", "Shutting down (exit code 0)")
	assert.Contains(t, got.stderr, `DD_TRACE_SAMPLE_RATE is "half"; give a number from 0 to 1`)
}

func TestLogsAreJSONWhereDatadogReadsThem(t *testing.T) {
	t.Setenv("DD_TRACE_SAMPLE_RATE", "half") // so that nothing is sent
	t.Setenv("DD_SERVICE", "")
	assert.Contains(t, sent(t, "", 0).stderr, `"message":"Starting Locust-compatible shop 1.2.3","service":"load-generator"`)
	assert.NotContains(t, sent(t, "", 120).stderr, `"message"`, "people read a terminal")
	assert.NotContains(t, sent(t, "--log-format=text", 0).stderr, `"message"`)

	file := filepath.Join(t.TempDir(), "run.log")
	assert.NotContains(t, sent(t, "--logfile "+file, 120).stderr, `"message"`)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var messages []string
	for line := range strings.Lines(string(content)) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		for key, want := range map[string]string{"dd.service": "load-generator", "dd.env": "development", "dd.version": "1.0.0"} {
			assert.Equal(t, want, entry[key])
		}
		messages = append(messages, entry["message"].(string))
	}
	inOrder(t, strings.Join(messages, "\n"), "Starting Locust-compatible", "Ramping to 10 users", "Shutting down")
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
				inOrder(t, strings.Join(messages, "\n"), "users 10 (", "Type ", "Aggregated", "Phase ", "last words")
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

func TestSettingsReachTheExporter(t *testing.T) {
	env := map[string]string{"LOAD_DATADOG_RUN_ID": "build-7", "LOAD_DATADOG_NO_RUN_TAG": "true"}
	config, err := configured(t, shop(), words("--datadog-sample-rate=0 --datadog-mark-all"), env)
	require.NoError(t, err)
	s := &session{config: config, values: &config.values}
	assert.Equal(t, datadog.Config{SampleRate: -1, MarkAll: true, RunID: "build-7", NoRunTag: true}, s.exporterConfig())
}

func TestThePageShowsTheLogAsText(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --log-format=json", func(v *visit) {
		lines := v.object("/logs")["master"].([]any)
		require.NotEmpty(t, lines)
		assert.Regexp(t, `^\[\d{4}-\d\d-\d\d .*/INFO/shop: Starting Locust-compatible shop 1\.2\.3$`, lines[0])
		v.terminate()
	})
}

func TestDatadogSwitchedOff(t *testing.T) {
	var stderr bytes.Buffer
	app := market(nil)
	synctest.Test(t, func(t *testing.T) {
		assert.Zero(t, app.run(process{args: words("--headless -t 1 --datadog"), dir: t.TempDir(), stderr: &stderr,
			width: func() int { return 0 }, datadog: func(bool) bool { return false }}))
	})
	assert.Contains(t, stderr.String(), `--datadog="true" has no effect: DD_TRACE_ENABLED`)
}

func TestSampleRate(t *testing.T) {
	for text, want := range map[string]float64{"0.5": 0.5, "1": 1, "0": -1} {
		rate, err := sampleRate(text)
		require.NoError(t, err)
		assert.Equal(t, want, rate, text)
	}
	_, err := sampleRate("2")
	require.Error(t, err)
}
