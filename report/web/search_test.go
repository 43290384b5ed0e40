package web_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// seeking is a search whose claim stops holding near 100/s, and the page that shows it.
func seeking(t *testing.T, claims ...string) (*fake.Search, *site) {
	t.Helper()
	list, err := claim.ParseAll(claims...)
	require.NoError(t, err)
	s := fake.NewSearch(100, list...)
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 4, SpawnRate: 10}))
	load.Advance(3 * time.Second)
	return s, serve(t, load, web.Options{Title: "shop", Search: s, Schedule: fake.Schedule()})
}

// view is what the page draws.
type view struct {
	Kind, Word, Rest string
	Doubts, Law      []string
	Claims           *struct {
		Sum  string
		Rows []struct{ Outcome, Said string }
	}
	Charts []struct {
		Points []struct{ Title string }
		Now    *struct{ Text string }
		Band   *struct{}
	}
	Rows []struct{ Load, Metric string }
}

func viewOf(t *testing.T, s *site) (v view) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(s.get("/api/search/view").body), &v))
	return v
}

func TestThePageOfASearch(t *testing.T) {
	search, s := seeking(t, "capacity > 50/s")
	v := viewOf(t, s)
	assert.Equal(t, "Searching: no answer yet.", v.Word+v.Rest)
	assert.Empty(t, v.Charts)
	search.Holds(6)
	v = viewOf(t, s)
	assert.Equal(t, "searching Searching: no answer yet.", v.Kind+" "+v.Word+v.Rest)
	require.Len(t, v.Charts, 2, "for wide and for narrow screens")
	assert.Len(t, v.Charts[0].Points, 6)
	assert.Equal(t, "hold 1, 20/s: 8 ms, kept", v.Charts[0].Points[0].Title)
	assert.Equal(t, search.Progress().Search.Load(search.Progress().Load), v.Charts[1].Now.Text)
	assert.Equal(t, []string{"The generator was too late in 1 of 6 holds: what it could not send on time is not the target's limit."}, v.Doubts)
	assert.Nil(t, v.Charts[0].Band)
	assert.Equal(t, "so far: 0 failing, 0 passing, 1 not yet decidable", v.Claims.Sum)
	assert.Empty(t, v.Claims.Rows[0].Said)
	for search.Progress().Search.Result.Outcome != capacity.Found {
		search.Holds(1)
	}
	require.False(t, search.Progress().Over)
	v = viewOf(t, s)
	assert.Regexp(t, `^searching Capacity so far: p95 < 250 ms holds up to \d+/s \(95 % interval `, v.Kind+" "+v.Word+v.Rest)
	assert.NotNil(t, v.Charts[0].Band)
	assert.Equal(t, "passing so far", v.Claims.Rows[0].Outcome)
	search.Holds(-1)
	v = viewOf(t, s)
	assert.Equal(t, "better", v.Kind)
	assert.Equal(t, search.Progress().Search.Sentence, v.Word+v.Rest)
	assert.Nil(t, v.Charts[0].Now)
	assert.Equal(t, "all hold", v.Claims.Sum)
	assert.NotEmpty(t, v.Law)
	assert.Equal(t, "20/s", v.Rows[0].Load)
}

// What the search came to until now is a document that Read reads, and a report in one file under its own policy.
func TestTheAccountOfASearch(t *testing.T) {
	search, s := seeking(t)
	search.Holds(4)
	got := s.get("/api/search")
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	a, err := account.Read(strings.NewReader(got.body))
	require.NoError(t, err)
	assert.Len(t, a.Holds, 4)
	assert.Equal(t, account.Unfinished, a.Ended)
	got = s.get("/api/search/report")
	has(t, got.body, "<title>shop &lt;b&gt;: capacity")
	has(t, got.body, "Searching:")
	hasNot(t, got.body, "it is in progress")
	assert.Contains(t, got.header.Get("Content-Security-Policy"), "style-src 'sha256-")
	assert.Contains(t, s.get("/api/search/report?download=1").header.Get("Content-Disposition"), "_capacity.html")
}

// The page stops a search and does nothing else with it.
func TestASearchCanOnlyBeStopped(t *testing.T) {
	search, s := seeking(t)
	search.Holds(3)
	for _, form := range []string{"user_count=5&spawn_rate=1", "stages=1m:5"} {
		body := s.post("/swarm", form).object(t)
		assert.Equal(t, []any{false, "this is a search for a capacity, which chooses the load itself; it can only be stopped"}, []any{body["success"], body["message"]}, form)
	}
	assert.Equal(t, false, s.post("/swarm", "schedule=true").object(t)["success"])
	assert.Contains(t, s.get("/stats/reset").object(t)["message"], "it can only be stopped")
	assert.Equal(t, "running", s.get("/stats/requests").object(t)["state"], "it is that of the hold")
	assert.False(t, search.Progress().Over)
	assert.Equal(t, 403, s.get("/stop", "Origin", "http://evil.example").code)
	assert.False(t, search.Progress().Over)
	assert.Equal(t, map[string]any{"success": true, "message": "Test stopped"}, s.get("/stop").object(t))
	assert.Equal(t, "stopped by command", search.Progress().Search.Ended)
	has(t, s.get("/api/search/report").body, "The search ended before its time: stopped by command.")
}

func TestWithoutASearchThereAreNoAddressesOfOne(t *testing.T) {
	_, s := running(t, time.Second)
	for _, path := range []string{"/api/search", "/api/search/view", "/api/search/report"} {
		assert.Equal(t, 404, s.get(path).code, path)
	}
}

// Frames say how far the search is, also between two runs, and once that it is over.
func TestFramesFollowASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		search := fake.NewSearch(100)
		load := fake.New(fake.Todo(), nil)
		h, err := web.New(load, web.Options{Search: search})
		require.NoError(t, err)
		v := watch(h, nil)
		defer v.leave()
		last := func() (f struct {
			Search struct {
				Holds       int
				Load, Found string
				At, Within  float64
				Over        bool
			}
		}) {
			time.Sleep(3 * time.Second)
			synctest.Wait()
			frames := v.frames()
			require.NoError(t, json.Unmarshal([]byte(frames[len(frames)-1]), &f))
			return f
		}
		f := last()
		assert.Equal(t, []any{0, "20/s", "", 900.}, []any{f.Search.Holds, f.Search.Load, f.Search.Found, f.Search.Within})
		search.Holds(2)
		f = last()
		assert.Equal(t, 2, f.Search.Holds)
		assert.Equal(t, 32., f.Search.At)
		search.Holds(-1)
		f = last()
		assert.True(t, f.Search.Over)
		assert.Regexp(t, `^\d+/s$`, f.Search.Found)
		seen := len(v.frames())
		last()
		assert.Len(t, v.frames(), seen, "nothing moves any longer")
	})
}
