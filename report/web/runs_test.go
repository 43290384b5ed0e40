package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// runList is the answer of /api/runs.
type runList struct {
	Runs []struct {
		Run      int     `json:"run"`
		LengthS  float64 `json:"length_s"`
		Requests int64   `json:"requests"`
	} `json:"runs"`
	Dropped int `json:"dropped"`
}

func (s *site) runs() (list runList) {
	s.t.Helper()
	require.NoError(s.t, json.Unmarshal([]byte(s.get("/api/runs").body), &list))
	return list
}

// Every run that is over is in the list with its figures, whether a page was open or not, once, and in its last state.
func TestRuns(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	s := serve(t, load, steered(load))
	assert.Empty(t, s.runs().Runs)
	var sums []*report.Summary
	for i := range 3 {
		a := s.post("/swarm", "user_count=40&spawn_rate=10")
		require.Equal(t, 200, a.code, a.body)
		assert.Len(t, s.runs().Runs, i, "one that is not over is not listed")
		load.Advance(time.Duration(100+20*i) * time.Second)
		require.NoError(t, load.Stop())
		sums = append(sums, load.Summary())
		if i == 1 {
			assert.Len(t, s.runs().Runs, 2)
		}
	}
	list := s.runs()
	require.Len(t, list.Runs, 3)
	assert.Zero(t, list.Dropped)
	for i, x := range list.Runs {
		assert.Equal(t, sums[i].Total.Requests, x.Requests)
		assert.Equal(t, sums[i].EndS, x.LengthS)
		a := s.get(fmt.Sprintf("/api/runs/%d/summary", x.Run))
		assert.Contains(t, a.header.Get("Content-Disposition"), "attachment")
		got, err := report.ReadSummary(strings.NewReader(a.body))
		require.NoError(t, err)
		assert.Equal(t, sums[i].Total.Requests, got.Total.Requests)
		a = s.get(fmt.Sprintf("/api/runs/%d/report", x.Run))
		assert.Equal(t, 200, a.code)
		assert.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
		has(t, a.body, "To-do")
	}
	for _, path := range []string{"/api/runs/9/report", "/api/runs/9/summary", "/api/runs/x/report", "/api/runs/compare?baseline=1&intervention=9", "/api/runs/compare"} {
		a := s.get(path)
		assert.Equal(t, 404, a.code, path)
		has(t, a.body, "GET /api/runs has those that there are.")
	}
	require.NoError(t, load.Reset())
	list = s.runs()
	require.Len(t, list.Runs, 3, "figures that were zeroed take the place of those before")
	assert.Zero(t, list.Runs[2].Requests)
}

// Two runs are compared as loadgen compare does it, and the answer says why that is not possible.
func TestRunsCompared(t *testing.T) {
	load := fake.New(fake.Todo(), []report.PhaseInfo{{Name: "before", End: time.Minute, Users: 9, SpawnRate: 9}, {Name: "after", Start: time.Minute, End: 2 * time.Minute, Users: 9, SpawnRate: 9}})
	s := serve(t, load, steered(load))
	for i, form := range []string{"user_count=40&spawn_rate=40", "user_count=40&spawn_rate=40", "schedule=true"} {
		load.Slow = []float64{[]float64{1, 2, 1}[i], 2, 1}
		require.Equal(t, 200, s.post("/swarm", form).code)
		load.Advance(2 * time.Minute)
		require.NoError(t, load.Stop())
	}
	ask := func(a, b int) (view map[string]any, why string) {
		var body struct {
			View map[string]any
			Why  string
		}
		x := s.get(fmt.Sprintf("/api/runs/compare?baseline=%d&intervention=%d", a, b))
		require.Equal(t, 200, x.code, x.body)
		require.NoError(t, json.Unmarshal([]byte(x.body), &body))
		return body.View, body.Why
	}
	view, why := ask(1, 2)
	assert.Empty(t, why)
	assert.Equal(t, "worse", view["kind"])
	for _, list := range []string{"warnings", "lines", "arms", "forests", "recovery"} {
		assert.NotNil(t, view[list], "%s: the page reads a list, also where there are none", list)
	}
	view, _ = ask(2, 1)
	assert.Equal(t, "better", view["kind"])
	view, why = ask(1, 3)
	assert.Nil(t, view)
	assert.Equal(t, `run 3: no phase "intervention"; the run has ["before" "after"]`, why)
}

// Memory is bounded: the oldest runs give way, and the answer says how many.
func TestManyRuns(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, steered(load))
	for range 23 {
		require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
		load.Advance(2 * time.Second)
		require.NoError(t, load.Stop())
		s.h.Keep()
	}
	list := s.runs()
	require.Len(t, list.Runs, 20)
	assert.Equal(t, 3, list.Dropped)
	assert.Equal(t, []int{4, 23}, []int{list.Runs[0].Run, list.Runs[19].Run})
	assert.Equal(t, 404, s.get("/api/runs/3/report").code)
}
