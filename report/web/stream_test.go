package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		v := watch(h, nil)
		synctest.Wait()
		require.Len(t, v.frames(), 1, "the first frame comes at once")
		assert.Equal(t, "text/event-stream", v.header.Get("Content-Type"))
		for range 3 {
			load.Advance(time.Second)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		require.Len(t, v.frames(), 4, "one each second")
		v.leave()

		var first, last map[string]any
		require.NoError(t, json.Unmarshal([]byte(v.frames()[0]), &first))
		require.NoError(t, json.Unmarshal([]byte(v.frames()[3]), &last))
		assert.InDelta(t, 10, first["at"], 0)
		assert.InDelta(t, 13, last["at"], 0)
		assert.Len(t, last["ops"], len(fake.Todo())+1)
		tail := last["tail"].([]any)
		assert.InDelta(t, 12, tail[len(tail)-1].([]any)[0], 0, "seconds that are over")
	})
}

// TestNobodyLooks checks that a page without viewers costs nothing.
func TestNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		time.Sleep(time.Minute)
		assert.Zero(t, load.Reads(), "before the first viewer")
		v := watch(h, nil)
		synctest.Wait()
		v.leave()
		reads := load.Reads()
		time.Sleep(time.Minute)
		assert.Equal(t, reads, load.Reads(), "after the last one")
		v = watch(h, nil)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		assert.Len(t, v.frames(), 3, "and it begins anew")
		v.leave()
	})
}

// TestManyViewers checks that viewers share the work.
func TestManyViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		var all []*viewer
		for range 100 {
			all = append(all, watch(h, nil))
		}
		time.Sleep(10500 * time.Millisecond)
		synctest.Wait()
		assert.LessOrEqual(t, load.Reads(), 11, "one look a second for all")
		for _, v := range all {
			assert.GreaterOrEqual(t, len(v.frames()), 11)
			v.leave()
		}
	})
}

// TestTabsLookAtTheFrame checks that the tabs of an open page cost no look at
// their own run.
func TestTabsLookAtTheFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		v := watch(h, nil)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		reads := load.Reads()
		for _, path := range []string{"/api/phases", "/api/recent", "/api/failures", "/api/timeline", "/exceptions", "/tasks"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			assert.Equal(t, 200, w.Code, path)
		}
		assert.Equal(t, reads, load.Reads())
		v.leave()
	})
}

// TestSlowViewer checks that a slow viewer skips frames and holds no one up.
func TestSlowViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		slow := watch(h, func(v *viewer) { v.slow = time.Second })
		quick := watch(h, nil)
		for range 30 {
			load.Advance(time.Second)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		assert.Len(t, quick.frames(), 31)
		frames := slow.frames()
		assert.Less(t, len(frames), 15)
		var last map[string]any
		require.NoError(t, json.Unmarshal([]byte(frames[len(frames)-1]), &last))
		assert.Greater(t, last["at"], 30.0, "it is at most two messages behind: it skips to the newest")
		slow.leave()
		quick.leave()
	})
}

func TestDeafViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, h := underway(t, web.Options{})
		v := watch(h, func(v *viewer) { v.deaf = true })
		<-v.gone
	})
}

// TestIdleStream checks that nothing is built while nothing runs.
func TestIdleStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load, h := underway(t, web.Options{})
		require.NoError(t, load.Stop())
		v := watch(h, nil)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		assert.Len(t, v.frames(), 1)
		assert.Equal(t, 1, load.Reads())
		assert.GreaterOrEqual(t, v.beats(), 11, "signs of life continue")
		require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Len(t, v.frames(), 2, "a new run shows")
		v.leave()
	})
}

// TestLateGenerator checks that the sentence about a generator that was too slow
// opens the page and the report of a run that is over.
func TestLateGenerator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := fake.New(fake.Todo(), nil)
		load.Lag = 300 * time.Millisecond
		require.NoError(t, load.Start(web.Order{Users: 20, SpawnRate: 20}))
		load.Advance(30 * time.Second)
		h, err := web.New(load, web.Options{})
		require.NoError(t, err)
		v := watch(h, nil)
		synctest.Wait()
		require.NoError(t, load.Stop())
		time.Sleep(time.Second)
		synctest.Wait()
		v.leave()
		var last struct {
			Notes []string
			Trust report.Trust
		}
		require.NoError(t, json.Unmarshal([]byte(v.frames()[1]), &last))
		require.NotEmpty(t, last.Notes)
		assert.Contains(t, last.Notes[0], "The generator was the bottleneck")
		assert.Equal(t, report.NotMeasured, last.Trust.P95.Grade)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/stats/report", nil))
		has(t, w.Body.String(), `<p class="note is-bad is-first">The generator was the bottleneck`)
	})
}

func TestTooManyViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, h := underway(t, web.Options{MaxViewers: 2})
		a, b := watch(h, nil), watch(h, nil)
		synctest.Wait()
		c := watch(h, nil)
		<-c.gone
		assert.Equal(t, 503, c.code)
		assert.Equal(t, "5", c.header.Get("Retry-After"))
		a.leave()
		d := watch(h, nil)
		synctest.Wait()
		assert.Len(t, d.frames(), 1, "there is room again")
		b.leave()
		d.leave()
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, h := underway(t, web.Options{})
		v := watch(h, nil)
		synctest.Wait()
		h.Close()
		<-v.gone
		h.Close()
		late := watch(h, nil)
		<-late.gone
		assert.Equal(t, 503, late.code)
	})
}

// TestShutdown checks that a server with a viewer shuts down.
func TestShutdown(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
	h, err := web.New(load, web.Options{})
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(h, h)
	server.Start()
	defer server.Close()
	resp, err := http.Get(server.URL + "/api/events")
	require.NoError(t, err)
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "retry: 1000\n", line)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, server.Config.Shutdown(ctx))
}

// TestTimeline checks that the history is whole, cheap and stays with its run.
func TestTimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := fake.New(fake.Todo(), nil)
		h, err := web.New(load, web.Options{})
		require.NoError(t, err)
		rows := func(query string) (out struct {
			Run  int
			Rows [][]float64
		}) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/api/timeline"+query, nil))
			require.Equal(t, 200, w.Code)
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
			return out
		}
		require.NoError(t, load.Start(web.Order{Users: 20, SpawnRate: 10}))
		load.Advance(1500 * time.Second)
		assert.Len(t, rows("").Rows, 1500)
		load.Advance(100 * time.Second)
		time.Sleep(2 * time.Second)
		all := rows("")
		require.Len(t, all.Rows, 1600)
		for i, row := range all.Rows {
			if row[0] != float64(i) {
				require.EqualValues(t, i, row[0], "no second is missing or twice")
			}
		}
		assert.Len(t, rows("?from=1590").Rows, 10)
		require.NoError(t, load.Stop())
		require.NoError(t, load.Start(web.Order{Users: 20, SpawnRate: 10}))
		load.Advance(5 * time.Second)
		again := rows("")
		assert.Len(t, again.Rows, 5, "a new run begins anew")
		assert.Equal(t, 2, again.Run)
		load.Advance(15_000 * time.Second)
		time.Sleep(2 * time.Second)
		thinned := rows("").Rows
		assert.LessOrEqual(t, len(thinned), 7200)
		seconds := 0.0
		for _, row := range thinned {
			if row[0] != seconds {
				require.Equal(t, seconds, row[0])
			}
			seconds += row[1]
		}
		assert.InDelta(t, 15_005, seconds, 0)
	})
}

func TestWrongFrom(t *testing.T) {
	_, s := running(t, 3*time.Second)
	assert.Equal(t, 400, s.get("/api/timeline?from=x").code)
	assert.Equal(t, 200, s.get("/api/timeline?from=-1").code)
	assert.JSONEq(t, `{"run":1,"rows":[]}`, s.get("/api/timeline?from=999999999").body)
}
