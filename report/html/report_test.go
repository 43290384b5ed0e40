package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/record"
)

func TestReport(t *testing.T) {
	text := written(t, html.Options{Title: "To-do service", Host: "http://todo-backend:8081", Script: "todo", Theme: "dark", Program: "Load Generator 1.0",
		Now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Changes: []html.Change{{At: time.Minute, Text: "80 users by hand"}}, Tasks: []locust.Task{{Name: "list_todos", Share: .4}}})
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
