package web_test

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

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
// cost no more than one, that each has its theme, and that a new run shows at
// once.
func TestManyReports(t *testing.T) {
	load := &frugal{Load: fake.New(fake.Todo(), fake.Schedule())}
	require.NoError(t, load.Start(web.Order{Planned: true}))
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

// TestHostileNames checks that names are never markup, wherever they show.
func TestHostileNames(t *testing.T) {
	var ops []fake.Op
	for _, name := range fake.Hostile {
		ops = append(ops, fake.Op{Method: name, Name: name, Weight: 1, Median: time.Millisecond, FailShare: .5, Reason: name})
	}
	load := fake.New(ops, []report.PhaseInfo{{Name: fake.Hostile[0], End: 60 * time.Second, Users: 50, SpawnRate: 50}, {Name: fake.Hostile[2], Start: 60 * time.Second, Users: 50}})
	require.NoError(t, load.Start(web.Order{Planned: true, Host: fake.Hostile[1]}))
	load.Advance(90 * time.Second)
	for _, name := range fake.Hostile {
		load.Panic(name, name, name)
	}
	o := steered(load)
	o.Title, o.Script, o.UserClass, o.Version = fake.Hostile[2], fake.Hostile[0], fake.Hostile[1], fake.Hostile[0]
	o.Logs = func() []string { return fake.Hostile }
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

// TestStrangeFigures checks that figures that are not numbers break nothing.
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
