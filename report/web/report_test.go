package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

// written is the report of a scheduled run as a text.
func written(t *testing.T, o web.ReportOptions) string {
	t.Helper()
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(400 * time.Second)
	load.Panic("panic", "boom <b>", "goroutine 1")
	s := load.Summary()
	s.Notes = []string{"The generator was the bottleneck."}
	var out bytes.Buffer
	require.NoError(t, web.WriteReport(&out, s, o))
	return out.String()
}

func TestReport(t *testing.T) {
	text := written(t, web.ReportOptions{Title: "To-do service", Host: "http://todo-backend:8081", Script: "todo", Theme: "dark", Program: "Load Generator 1.0",
		Now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Events: []web.Event{{At: time.Minute, Text: "80 users by hand"}}, Tasks: []web.Task{{Name: "list_todos", Share: .4}}})
	for _, want := range []string{
		`<html lang="en" data-theme="dark">`, "<h1>To-do service</h1>", "http://todo-backend:8081", "2026-11-23 09:30:00 UTC to 2026-11-23 09:36:40 UTC", "6 min 40 s",
		"The generator was the bottleneck.", "baseline", "intervention", "Operations in baseline", "/api/todos/{id}", "All operations", "Aggregated", "99.99%",
		"http 503", "boom &lt;b&gt;", "Phases not reached", "recovery", "list_todos", "40 %", "80 users by hand", "Load Generator 1.0 on 2026-11-23 10:00:00 UTC",
	} {
		has(t, text, want)
	}
}

// has and hasNot check a long text without printing it.
func has(t *testing.T, text, part string) {
	t.Helper()
	assert.True(t, strings.Contains(text, part), "it lacks %q", part)
}

func hasNot(t *testing.T, text, part string) {
	t.Helper()
	i := strings.Index(text, part)
	assert.Negative(t, i, "it holds %q", part)
}

// TestReportNeedsNothingElse checks that the file loads nothing and may only
// run what it holds.
func TestReportNeedsNothingElse(t *testing.T) {
	text := written(t, web.ReportOptions{})
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
	assert.Less(t, len(written(t, web.ReportOptions{})), 150_000)
}

func TestReportOfNothing(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, web.WriteReport(&out, &report.Summary{}, web.ReportOptions{}))
	has(t, out.String(), "<h1>Load test</h1>")
	has(t, out.String(), "Nothing has been measured")
	hasNot(t, out.String(), "NaN")
}

// TestReportOfFailures checks a run in which every request failed.
func TestReportOfFailures(t *testing.T) {
	rec := report.NewRecorder(report.Config{Shards: 1})
	for i := range 10 {
		at := time.Duration(i) * time.Second
		rec.Shard(0).Record(&report.Sample{Op: report.Op{Method: "GET", Name: "/"}, Intended: at, Woken: at, Sent: at, Done: at + time.Second, Err: "connect: refused"})
	}
	var out bytes.Buffer
	require.NoError(t, web.WriteReport(&out, rec.Summary(report.Meta{End: 10 * time.Second}), web.ReportOptions{}))
	has(t, out.String(), `<dd class="big bad">failed</dd>`)
	has(t, out.String(), "100 %")
}

func TestReportAddress(t *testing.T) {
	_, s := running(t, 30*time.Second)
	a := s.get("/stats/report")
	assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	assert.Empty(t, a.header.Get("Content-Disposition"))
	has(t, a.body, `<html lang="en">`)
	assert.Contains(t, a.header.Get("Content-Security-Policy"), "script-src 'sha256-")
	has(t, s.get("/stats/report?theme=dark").body, `data-theme="dark"`)
	has(t, s.get(`/stats/report?theme="><script>`).body, `<html lang="en">`)
	download := s.get("/stats/report?download=1")
	assert.Regexp(t, `^attachment; filename="Locust_.*_todo.py_http___todo-backend_8081\.html"$`, download.header.Get("Content-Disposition"))
}

// hostile are names that a target or a script could come up with.
var hostile = []string{
	`<script>window.hacked=1</script>`, `"><img src=x onerror=window.hacked=1>`, `</script><script>window.hacked=1</script>`,
	`{{.Title}}`, "\u202egnp.exe", strings.Repeat("long", 200), "line\nbreak", "\xff\xfe", `javascript:alert(1)`, "",
}

// TestHostileNames checks that names are never markup, wherever they show.
// frugal counts how often the Summary is built.
type frugal struct {
	*fake.Load
	built atomic.Int64
}

func (f *frugal) Summary() *report.Summary {
	f.built.Add(1)
	return f.Load.Summary()
}

// TestManyReports checks that many who want the report or the summary at once
// cost no more than one, that each has its theme, and that a new run is told at
// once.
func TestManyReports(t *testing.T) {
	load := &frugal{Load: fake.New(fake.Todo(), fake.Schedule())}
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(100 * time.Second)
	require.NoError(t, load.Stop())
	s := serve(t, load, web.Options{})
	for _, path := range []string{"/stats/report", "/api/summary", "/stats/report?theme=dark"} {
		before := load.built.Load()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { assert.Equal(t, 200, s.get(path).code) })
		}
		all.Wait()
		assert.EqualValues(t, 1, load.built.Load()-before, path)
	}
	has(t, s.get("/stats/report?theme=dark").body, `<html lang="en" data-theme="dark">`)
	has(t, s.get("/stats/report?theme=pink").body, `<html lang="en">`)
	require.NoError(t, load.Reset())
	has(t, s.get("/stats/report").body, "Nothing has been measured")
}

func TestHostileNames(t *testing.T) {
	var ops []fake.Op
	for _, name := range hostile {
		ops = append(ops, fake.Op{Method: name, Name: name, Weight: 1, Median: time.Millisecond, FailShare: .5, Reason: name})
	}
	load := fake.New(ops, []report.PhaseInfo{{Name: hostile[0], End: 60 * time.Second, Users: 50, SpawnRate: 50}, {Name: hostile[2], Start: 60 * time.Second, Users: 50}})
	require.NoError(t, load.Start(web.Order{Scheduled: true, Host: hostile[1]}))
	load.Advance(90 * time.Second)
	for _, name := range hostile {
		load.Panic(name, name, name)
	}
	o := steered(load)
	o.Title, o.Script, o.UserClass, o.Version = hostile[2], hostile[0], hostile[1], hostile[0]
	o.Logs = func() []string { return hostile }
	o.Schedule = load.Run().Phases
	s := serve(t, load, o)
	for _, path := range []string{"/", "/stats/report"} {
		body := s.get(path).body
		hasNot(t, body, "<script>window")
		hasNot(t, body, "<img")
	}
	for _, path := range []string{"/stats/requests", "/exceptions", "/tasks", "/logs", "/api/phases", "/api/effect", "/api/failures", "/api/timeline", "/api/summary"} {
		a := s.get(path)
		assert.Equal(t, 200, a.code)
		assert.Equal(t, "application/json", a.header.Get("Content-Type"), path)
		hasNot(t, a.body, "<script")
	}
	assert.NotContains(t, s.get("/stats/requests/csv").header.Get("Content-Disposition"), "<")
	refused := s.get("/stats/requests", "Host", "evil<script>.example")
	assert.NotContains(t, refused.body, "<script>")
}

// TestStrangeFigures checks that figures that are no numbers break nothing.
func TestStrangeFigures(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
	load.Advance(3 * time.Second)
	s := serve(t, &strange{load}, web.Options{})
	for _, path := range []string{"/stats/requests", "/api/phases", "/api/effect", "/api/failures"} {
		assert.Equal(t, 200, s.get(path).code, path)
	}
}

// strange is a Source with a rate that is not a number.
type strange struct{ *fake.Load }

func (s *strange) Phase(int) report.PhaseSummary { return report.PhaseSummary{RPS: math.NaN()} }
