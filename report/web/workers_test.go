package web_test

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// worker is one of four that tests see.
func worker(id string, index int, state report.WorkerState, users int) report.Worker {
	w := report.Worker{ID: id, Index: index, State: state, Users: users, LagMS: report.LagOf(nil)}
	w.Health.CPU, w.Health.MemoryBytes = .5, 1<<20
	return w
}

// distributed is a load that two workers make while a third is missing and a fourth lost.
func distributed(t *testing.T) (*fake.Load, *[]report.Worker, *site) {
	t.Helper()
	load := fake.New(fake.Todo(), nil)
	all := &[]report.Worker{
		worker("c", 2, report.WorkerMissing, 5), worker("a", 0, report.WorkerRunning, 20), worker("b", 1, report.WorkerStopped, 0), worker("d", 3, report.WorkerLost, 0),
	}
	(*all)[3].LostS, (*all)[3].Why = 12, "connection closed"
	o := steered(load)
	o.Workers = func() []report.Worker { return *all }
	o.WorkerLogs = func() map[string][]string { return map[string][]string{"a": make([]string, 600), "b": {"b says"}} }
	require.NoError(t, load.Start(web.Order{Users: 40, SpawnRate: 10}))
	load.Advance(20 * time.Second)
	return load, all, serve(t, load, o)
}

// TestWorkersAsLocustListsThem: by index, in its words, CPU in percent of a core.
func TestWorkersAsLocustListsThem(t *testing.T) {
	_, _, s := distributed(t)
	body := s.get("/stats/requests").object(t)
	requireKeys(t, "answer", body, requestsKeys)
	assert.Equal(t, json.Number("2"), body["worker_count"])
	var rows []string
	for _, row := range body["workers"].([]any) {
		row := row.(map[string]any)
		requireKeys(t, "worker", row, map[string]string{"id": aText, "state": aText, "user_count": anInt, "cpu_usage": aNumber, "memory_usage": anInt})
		assert.Equal(t, json.Number("50"), row["cpu_usage"])
		rows = append(rows, row["id"].(string)+" "+row["state"].(string)+" "+row["user_count"].(json.Number).String())
	}
	assert.Equal(t, []string{"a running 20", "b ready 0", "c missing 5", "d missing 0"}, rows)
	assert.Equal(t, map[string]any{"worker_count": json.Number("2")}, s.get("/worker-count").object(t))
	logs := s.get("/logs").object(t)
	assert.Len(t, logs["workers"].(map[string]any)["a"], 500)
	assert.Equal(t, []any{"b says"}, logs["workers"].(map[string]any)["b"])
	assert.Equal(t, []any{}, logs["master"])
	has(t, s.get("/").body, `"is_distributed":true`)
	has(t, s.get("/").body, `"worker_count":2`)

	_, alone := running(t, time.Second)
	for _, key := range []string{"workers", "worker_count"} {
		assert.NotContains(t, alone.get("/stats/requests").object(t), key, "which a single process has not, with Locust either")
	}
	assert.Equal(t, "[]", alone.get("/api/workers").body)
}

// TestTheMastersLastState is "stopping", as Locust's is; a single process says "cleanup".
func TestTheMastersLastState(t *testing.T) {
	load, _, s := distributed(t)
	load.HoldStop = make(chan struct{})
	stopped := make(chan answer)
	go func() { stopped <- s.get("/stop") }()
	require.Eventually(t, func() bool { return load.State() == report.Cleanup }, time.Minute, time.Millisecond)
	assert.Equal(t, "stopping", s.get("/stats/requests").object(t)["state"])
	close(load.HoldStop)
	<-stopped
}

// TestFramesNameWorkersInTrouble: at most five, and how many there are, also while nothing
// else moves.
func TestFramesNameWorkersInTrouble(t *testing.T) {
	crewOf := func(text string) map[string]any {
		var frame map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &frame))
		crew, _ := frame["workers"].(map[string]any)
		return crew
	}
	synctest.Test(t, func(t *testing.T) {
		var all atomic.Pointer[[]report.Worker]
		lost := worker("d", 3, report.WorkerLost, 0)
		lost.LostS, lost.Why = 12, "connection closed"
		all.Store(&[]report.Worker{worker("a", 0, report.WorkerReady, 0), lost})
		load := fake.New(fake.Todo(), nil)
		o := steered(load)
		o.Workers = func() []report.Worker { return *all.Load() }
		h, err := web.New(load, o)
		require.NoError(t, err)
		v := watch(h, nil)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		require.Len(t, v.frames(), 1, "there was no news")
		crew := crewOf(v.frames()[0])
		assert.InDelta(t, 1, crew["connected"], 0)
		assert.InDelta(t, 1, crew["troubled"], 0)
		assert.Equal(t, "connection closed", crew["some"].([]any)[0].(map[string]any)["why"])

		more := []report.Worker{}
		for i := range 7 {
			more = append(more, worker(strings.Repeat("x", i+1), i, report.WorkerMissing, 0))
		}
		all.Store(&more)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Len(t, v.frames(), 2)
		crew = crewOf(v.frames()[1])
		assert.InDelta(t, 7, crew["troubled"], 0)
		assert.Len(t, crew["some"], 5)
		v.leave()

		_, plain := underway(t, web.Options{})
		v = watch(plain, nil)
		synctest.Wait()
		assert.Nil(t, crewOf(v.frames()[0]), "a single process has none")
		v.leave()
	})
}

// TestWorkersOfARunThatIsOver: what they did stays in sight, with how they are now.
func TestWorkersOfARunThatIsOver(t *testing.T) {
	load, all, s := distributed(t)
	load.Crew(*all)
	require.NoError(t, load.Stop())
	*all = []report.Worker{worker("a", 0, report.WorkerReady, 0), worker("e", 4, report.WorkerReady, 0)}
	var rows []report.Worker
	require.NoError(t, json.Unmarshal([]byte(s.get("/api/workers").body), &rows))
	var text []string
	for _, w := range rows {
		text = append(text, w.ID+" "+string(w.State))
	}
	assert.Equal(t, []string{"a ready", "b stopped", "c missing", "d lost", "e ready"}, text)
	assert.InDelta(t, 12, rows[3].LostS, 0)
}
