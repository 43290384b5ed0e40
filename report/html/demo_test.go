package html_test

import (
	"context"
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
	"github.com/gensim/load-generator/todo"
)

// demo runs the to-do scenario against a backend that answers slower in the
// second phase and needs 18 s of the third to be well again, in virtual time.
// slow is its latency then.
func demo(t *testing.T, slow time.Duration) *report.Summary {
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
				{Name: "baseline", For: 150 * time.Second, Users: 100, SpawnRate: 10},
				{Name: "intervention", For: 2 * time.Minute, Users: 100, Enter: phase.HookFunc(func(context.Context) error { return backend.Behave(ill) })},
				{Name: "recovered", For: 2 * time.Minute, Users: 100, Enter: phase.HookFunc(func(context.Context) error {
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
	s := demo(t, 24*time.Millisecond)
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
