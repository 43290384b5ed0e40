package html_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	htmltext "html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/todo"
)

func TestReport(t *testing.T) {
	text := written(t, html.Options{Title: "To-do service", Host: "http://todo-backend:8081", Script: "todo", Theme: "dark", Program: "Load Generator 1.0",
		Now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Changes: []outline.Change{{At: time.Minute, Text: "80 users by hand"}}, Tasks: []outline.Task{{Name: "list_todos", Share: .4}}})
	for _, want := range []string{
		`<html lang="en" data-theme="dark">`, "<h1>To-do service</h1>", "http://todo-backend:8081", "2026-11-23 09:30:00 UTC to 2026-11-23 09:36:40 UTC", "6:40",
		"The generator was the bottleneck.", "baseline", "intervention", "Operations in baseline", "/api/todos/{id}", "All operations", "Aggregated", "99.99%",
		"http 503", "boom &lt;b&gt;", "Phases not reached", "recovery", "list_todos", "40 %", "80 users by hand", "Load Generator 1.0 on 2026-11-23 10:00:00 UTC",
	} {
		has(t, text, want)
	}
}

// TestReportNeedsNothingElse checks that the file loads nothing and may only
// run what it holds.
func TestReportNeedsNothingElse(t *testing.T) {
	text := written(t, html.Options{})
	assert.Empty(t, regexp.MustCompile(`(src|href)\s*=`).FindAllString(text, -1))
	assert.Empty(t, regexp.MustCompile(`@import|url\(`).FindAllString(text, -1))
	assert.Empty(t, regexp.MustCompile(`https?://[^"<\s]+`).FindAllString(strings.ReplaceAll(text, "http://www.w3.org/2000/svg", ""), -1))
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]+)"`).FindStringSubmatch(text)[1]
	policy = strings.ReplaceAll(strings.ReplaceAll(policy, "&#39;", "'"), "&#43;", "+")
	assert.NotContains(t, policy, "unsafe")
	for element, inside := range map[string]string{
		"script": regexp.MustCompile(`(?s)<script type="module">(.*?)</script>`).FindStringSubmatch(text)[1],
		"style":  regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)[1],
	} {
		sum := sha256.Sum256([]byte(inside))
		assert.Contains(t, policy, element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
}

// TestReportIsCompact keeps the file small enough to mail.
func TestReportIsCompact(t *testing.T) {
	assert.Less(t, len(written(t, html.Options{})), 150_000)
}

func TestReportOfNothing(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, &report.Summary{}, html.Options{}))
	has(t, out.String(), "<h1>Load test</h1>")
	has(t, out.String(), "Nothing has been measured")
	hasNot(t, out.String(), "NaN")
}

// TestReportOfFailures checks a run in which every request failed.
func TestReportOfFailures(t *testing.T) {
	rec := record.New(record.Config{Shards: 1})
	for i := range 10 {
		at := time.Duration(i) * time.Second
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Intended: at, Woken: at, Sent: at, Done: at + time.Second, Err: "connect: refused"})
	}
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, rec.Summary(record.Meta{End: 10 * time.Second}), html.Options{}))
	has(t, out.String(), `<dd class="big bad">failed</dd>`)
	has(t, out.String(), "100 %")
}

// demo runs the to-do scenario against a backend that answers slower in the
// second phase and needs 18 s of the third to be well again, in virtual time.
// slow is its latency then.
func demo(t *testing.T, users int, slow time.Duration) *report.Summary {
	var sum *report.Summary
	usual := todo.Behaviour{Latency: dist.Lognormal{Mean: 20 * time.Millisecond, CV: .5}, ErrorRate: .002}
	ill := todo.Behaviour{Latency: dist.Lognormal{Mean: slow, CV: .5}, ErrorRate: .01}
	synctest.Test(t, func(t *testing.T) {
		backend, err := todo.NewBackend(todo.BackendConfig{Seed: 5, Behaviour: usual})
		require.NoError(t, err)
		client, err := httpclient.New(httpclient.Config{Host: "http://todo", Base: backend.RoundTripper()})
		require.NoError(t, err)
		defer client.Close()
		sum, err = loadgen.Runner{
			Name: "to-do service", NewUser: todo.Users(client), Pace: todo.Steady(), Seed: 42, StopTimeout: 5 * time.Second,
			Schedule: phase.Schedule{
				{Name: "baseline", For: 150 * time.Second, Users: users, SpawnRate: 10},
				{Name: "intervention", For: 2 * time.Minute, Users: users, Enter: phase.HookFunc(func(context.Context) error { return backend.Behave(ill) })},
				{Name: "recovered", For: 2 * time.Minute, Users: users, Enter: phase.HookFunc(func(context.Context) error {
					time.Sleep(18 * time.Second)
					return backend.Behave(usual)
				})},
			},
		}.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// TestReportOfARealRun reads the report of a run whose truth is known. The file
// is kept as an artifact.
func TestReportOfARealRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs minutes of load")
	}
	s := demo(t, 100, 24*time.Millisecond)
	path := filepath.Join(t.ArtifactDir(), "report.html")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, html.Write(file, s, html.Options{
		Title: "To-do service", Host: "http://todo", Script: "todo", Program: "Load Generator 1.0", Streams: stream.Version,
		Now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	}))
	require.NoError(t, file.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	text := strings.ReplaceAll(htmltext.UnescapeString(string(data)), "\u2019", "'")
	matches(t, text, `<p class="headline"><strong>Worse: </strong>p95 \+\d+ % \(95 % interval \+\d+ % to \+\d+ %\), \+[\d.]+ ms \(\+[\d.]+ ms to \+[\d.]+ ms\)\.</p>`)
	matches(t, text, `<li>[\d.]+ % of the baseline's requests were slower than [\d.]+ ms; under the intervention [\d.]+ %\.</li>`)
	matches(t, text, `<li>p95 recovered after (1[4-9]|2\d) s \(95 % interval [\d.]+ s to [\d.]+ s\): the usual value is`)
	has(t, text, "The two phases ran at different times; anything else that changed between them is included in this difference.")
	for _, want := range []string{
		"primary metric: p95 of all operations, judged at 95 %", "Seconds that count", "Straddlers left out", "Does p99 stand?", "Service time, ms",
		"Not sent (missed or dropped)", "random streams 1, summary schema 2", "Guard against slow noise", "throughput", "p95 by operation", `"recovery":{"sentence"`,
	} {
		has(t, text, want)
	}
	hasNot(t, text, "NaN")
	hasNot(t, text, "Inf%")
}

// matches checks a long text without printing it.
func matches(t *testing.T, text, pattern string) {
	t.Helper()
	assert.True(t, regexp.MustCompile(pattern).MatchString(text), "nothing matches %q", pattern)
}
