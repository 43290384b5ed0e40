package todo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/todo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(patient{m}) }

// patient waits for what tests leave to end: goleak itself waits for less than a second.
type patient struct{ *testing.M }

func (p patient) Run() int {
	code := p.M.Run()
	for end := time.Now().Add(time.Minute); goleak.Find() != nil && time.Now().Before(end); {
	}
	return code
}

func TestTotalCountIsOfMatches(t *testing.T) {
	b := newBackend(t, todo.BackendConfig{})
	for _, title := range []string{"milk", "oats", "more milk", "milk again"} {
		call(b, "POST", "/api/todos", `{"title":"`+title+`"}`)
	}
	for path, want := range map[string]string{
		"/api/todos?limit=1": "4", "/api/todos/search?q=milk&limit=1": "3", "/api/todos/search?q=milk&offset=3": "3", "/api/todos/search?q=tea": "0", "/api/todos/search": "4",
	} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		assert.Equal(t, want, w.Header().Get("X-Total-Count"), path)
	}
}

func TestBackendAPI(t *testing.T) {
	b := newBackend(t, todo.BackendConfig{})
	long := strings.Repeat("ä", 500)
	for _, step := range []struct{ request, body, want string }{
		{"GET /health", "", `200 {"status":"ok"}`},
		{"GET /api/todos", "", `200 []`},
		{"POST /api/todos", `{"title":"milk","completed":false}`, `201 {"id":1,"title":"milk","completed":false}`},
		{"POST /api/todos", `{"title":"a \"b\"","completed":true,"more":1}`, `201 {"id":2,"title":"a \"b\"","completed":true}`},
		{"GET /api/todos", "", `200 [{"id":2,"title":"a \"b\"","completed":true},{"id":1,"title":"milk","completed":false}]`},
		{"GET /api/todos?limit=1", "", `200 [{"id":2,"title":"a \"b\"","completed":true}]`},
		{"GET /api/todos?limit=1&offset=1", "", `200 [{"id":1,"title":"milk","completed":false}]`},
		{"GET /api/todos?offset=2", "", `200 []`},
		{"GET /api/todos?limit=0", "", `200 []`},
		{"GET /api/todos/search?q=MIL", "", `200 [{"id":1,"title":"milk","completed":false}]`},
		{"GET /api/todos/search?q=none", "", `200 []`},
		{"GET /api/todos/1", "", `200 {"id":1,"title":"milk","completed":false}`},
		{"PUT /api/todos/1", `{"title":"oats"}`, `200 {"id":1,"title":"oats","completed":false}`},
		{"PUT /api/todos/1", `{"completed":true}`, `200 {"id":1,"title":"oats","completed":true}`},
		{"PUT /api/todos/1", `{"title":"` + long + `","completed":false}`, `200 {"id":1,"title":"` + long + `","completed":false}`},
		{"DELETE /api/todos/1", "", `204`},
		{"DELETE /api/todos/1", "", `404 {"error":"no such todo"}`},
		{"GET /api/todos/1", "", `404 {"error":"no such todo"}`},
		{"PUT /api/todos/1", `{}`, `404 {"error":"no such todo"}`},
		{"GET /api/todos/abc", "", `404 {"error":"no such todo"}`},
		{"POST /api/todos", `{"completed":false}`, `400 {"error":"want a title"}`},
		{"POST /api/todos", `{"title":""}`, `400 {"error":"want a title of 1 to 500 characters"}`},
		{"POST /api/todos", `{"title":"` + long + `x"}`, `400 {"error":"want a title of 1 to 500 characters"}`},
		{"POST /api/todos", `{"title":1}`, `400 {"error":"want {\"title\":\"...\",\"completed\":false}"}`},
		{"POST /api/todos", `{"title":"a"} {}`, `400 {"error":"want {\"title\":\"...\",\"completed\":false}"}`},
		{"POST /api/todos", strings.Repeat(" ", 16<<10+1), `413 {"error":"want a body of at most 16 KiB"}`},
		{"GET /api/todos?limit=-1", "", `400 {"error":"want limit and offset of at least 0 and q of at most 200 bytes"}`},
		{"GET /api/todos?offset=x", "", `400 {"error":"want limit and offset of at least 0 and q of at most 200 bytes"}`},
		{"GET /api/todos/search?q=" + strings.Repeat("x", 201), "", `400 {"error":"want limit and offset of at least 0 and q of at most 200 bytes"}`},
		{"PATCH /api/todos/1", "", `405 Method Not Allowed`},
		{"GET /other", "", `404 404 page not found`},
	} {
		method, target, _ := strings.Cut(step.request, " ")
		assert.Equal(t, step.want, call(b, method, target, step.body), step.request)
	}
	assert.Equal(t, 1, b.Len())
}

func TestBackendIsBounded(t *testing.T) {
	b := newBackend(t, todo.BackendConfig{MaxTodos: 600})
	for n := range 1000 {
		call(b, "POST", "/api/todos", fmt.Sprintf(`{"title":"%d"}`, n))
	}
	assert.Equal(t, 600, b.Len())
	assert.Contains(t, call(b, "GET", "/api/todos/400", ""), "404 ", "the oldest went first")
	assert.Contains(t, call(b, "GET", "/api/todos/401", ""), "200 ")
	assert.Equal(t, 20, strings.Count(call(b, "GET", "/api/todos", ""), `"id"`))
	assert.Equal(t, 500, strings.Count(call(b, "GET", "/api/todos?limit=9999", ""), `"id"`))
	assert.Equal(t, 100, strings.Count(call(b, "GET", "/api/todos?limit=9999&offset=500", ""), `"id"`))
}

func TestBackendRefuses(t *testing.T) {
	for want, c := range map[string]todo.BackendConfig{
		"todo: MaxTodos is -1: want at least 0":                                                                  {MaxTodos: -1},
		"todo: error rate is 1.5: want a share from 0 to 1":                                                      {Behaviour: todo.Behaviour{ErrorRate: 1.5}},
		"todo: error rate is -0.1: want a share from 0 to 1":                                                     {Behaviour: todo.Behaviour{ErrorRate: -.1}},
		`todo: the factor of "DELETE" is 0: want GET, POST, PUT, DELETE, and a number above 0 and up to 1000000`: {Behaviour: todo.Behaviour{Factors: map[string]float64{"DELETE": 0}}},
		`todo: the factor of "delete" is 2: want GET, POST, PUT, DELETE, and a number above 0 and up to 1000000`: {Behaviour: todo.Behaviour{Factors: map[string]float64{"delete": 2}}},
		`todo: the factor of "GET" is NaN: want GET, POST, PUT, DELETE, and a number above 0 and up to 1000000`:  {Behaviour: todo.Behaviour{Factors: map[string]float64{"GET": math.NaN()}}},
		"todo: error status is 404: want 500 to 599":                                                             {Behaviour: todo.Behaviour{ErrorStatus: 404}},
		"todo: Workers is -1: want at least 0":                                                                   {Workers: -1},
	} {
		_, err := todo.NewBackend(c)
		assert.EqualError(t, err, want)
	}
	b := newBackend(t, todo.BackendConfig{})
	assert.ErrorContains(t, b.Behave(todo.Behaviour{Latency: dist.Gamma{Mean: -1}}), "todo: latency: ")
	assert.Equal(t, "200 []", call(b, "GET", "/api/todos", ""), "a refused behaviour changes nothing")
}

// TestFactorsAreOfTheMethod: a factor multiplies the same draw, and other methods keep theirs.
func TestFactorsAreOfTheMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took := func(f map[string]float64) (out []time.Duration) {
			b := newBackend(t, todo.BackendConfig{Seed: 3, Behaviour: todo.Behaviour{Latency: dist.Gamma{Mean: time.Second, CV: .5}, Factors: f}})
			if f != nil {
				f["GET"] = 7 // the backend has its own
			}
			for _, method := range []string{"GET", "DELETE"} {
				begin := time.Now()
				call(b, method, "/api/todos/1", "")
				out = append(out, time.Since(begin))
			}
			return out
		}
		plain, slow := took(nil), took(map[string]float64{"DELETE": 4})
		assert.Equal(t, []time.Duration{plain[0], 4 * plain[1]}, slow)
	})
}

// TestBackendBehaviour changes latency and errors while requests come.
func TestBackendBehaviour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBackend(t, todo.BackendConfig{Behaviour: todo.Behaviour{Latency: dist.Constant{Value: time.Second}}})
		begin := time.Now()
		call(b, "GET", "/api/todos", "")
		assert.Equal(t, time.Second, time.Since(begin))
		go func() {
			time.Sleep(500 * time.Millisecond)
			assert.NoError(t, b.Behave(todo.Behaviour{ErrorRate: 1, ErrorStatus: 500}))
		}()
		assert.Equal(t, "200 []", call(b, "GET", "/api/todos", ""), "it waited already")
		assert.Equal(t, 2*time.Second, time.Since(begin))
		assert.Equal(t, `500 {"error":"injected error"}`, call(b, "POST", "/api/todos", `{"title":"a"}`))
		assert.Equal(t, 2*time.Second, time.Since(begin))
		assert.Zero(t, b.Len(), "an injected error has no effect")
		assert.Equal(t, `200 {"status":"ok"}`, call(b, "GET", "/health", ""))
		assert.EqualValues(t, 3, b.Requests())
	})
}

func TestBackendErrorRate(t *testing.T) {
	fates := func(seed uint64) (s string) {
		b := newBackend(t, todo.BackendConfig{Seed: seed, Behaviour: todo.Behaviour{ErrorRate: .25}})
		for range 4000 {
			s += call(b, "GET", "/api/todos", "")[:1]
		}
		return s
	}
	one := fates(1)
	assert.InDelta(t, 1000, strings.Count(one, "5"), 110, "four standard deviations")
	assert.Equal(t, one, fates(1))
	assert.NotEqual(t, one, fates(2))
}

func TestBackendStopsWaitingForAClientThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBackend(t, todo.BackendConfig{Behaviour: todo.Behaviour{Latency: dist.Constant{Value: time.Hour}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/api/todos", strings.NewReader(`{"title":"a"}`)))
		assert.Equal(t, time.Second, time.Since(begin))
		assert.Zero(t, b.Len())
	})
}

func TestBackendUnderManyClients(t *testing.T) {
	b := newBackend(t, todo.BackendConfig{MaxTodos: 50})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 200 {
				call(b, "POST", "/api/todos", `{"title":"a"}`)
				call(b, "PUT", fmt.Sprintf("/api/todos/%d", n), `{"completed":true}`)
				call(b, "GET", "/api/todos", "")
				call(b, "DELETE", fmt.Sprintf("/api/todos/%d", n*7), "")
				b.Behave(todo.Behaviour{ErrorRate: .1})
			}
		})
	}
	all.Wait()
	assert.LessOrEqual(t, b.Len(), 50)
}

func TestListen(t *testing.T) {
	b := newBackend(t, todo.BackendConfig{})
	s, err := b.Listen("")
	require.NoError(t, err)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+$`, s.URL)
	_, err = b.Listen(strings.TrimPrefix(s.URL, "http://"))
	assert.ErrorContains(t, err, "address already in use")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(s.URL + "/health")
	require.NoError(t, err)
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	require.NoError(t, s.Close(t.Context()))
	_, err = client.Get(s.URL + "/health")
	require.Error(t, err)
}

// TestCloseIsGraceful: a request in progress gets its answer, unless the patience ends.
func TestCloseIsGraceful(t *testing.T) {
	for _, patient := range []bool{true, false} {
		latency := 150 * time.Millisecond
		if !patient {
			latency = time.Hour
		}
		b := newBackend(t, todo.BackendConfig{Behaviour: todo.Behaviour{Latency: dist.Constant{Value: latency}}})
		s, err := b.Listen("")
		require.NoError(t, err)
		client := &http.Client{Transport: &http.Transport{}}
		answered := make(chan error)
		go func() {
			resp, err := client.Get(s.URL + "/api/todos")
			if err == nil {
				resp.Body.Close()
			}
			answered <- err
		}()
		require.Eventually(t, func() bool { return b.Requests() == 1 }, time.Minute, time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if !patient {
			cancel()
		}
		err = s.Close(ctx)
		cancel()
		if patient {
			require.NoError(t, err)
			require.NoError(t, <-answered)
		} else {
			require.ErrorIs(t, err, context.Canceled)
			require.Error(t, <-answered)
		}
		client.CloseIdleConnections()
	}
}

func BenchmarkBackendList(b *testing.B) {
	backend, _ := todo.NewBackend(todo.BackendConfig{})
	for range 1000 {
		call(backend, "POST", "/api/todos", `{"title":"Buy Ancient Microwave-Safe Place Mat"}`)
	}
	r := httptest.NewRequest("GET", "/api/todos", nil)
	b.ReportAllocs()
	for b.Loop() {
		backend.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestMiddlewareStandsInFront(t *testing.T) {
	var seen []string
	b := newBackend(t, todo.BackendConfig{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			seen = append(seen, r.Pattern)
		})
	}})
	answer := httptest.NewRecorder()
	b.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/todos/7", nil))
	assert.Equal(t, http.StatusNotFound, answer.Code)
	assert.Equal(t, []string{"GET /api/todos/{id}"}, seen)
}

// FuzzBackend sends bodies and queries of any kind: what was made is found again
// as it was sent, what is refused is not there, and every answer is JSON.
func FuzzBackend(f *testing.F) {
	for _, body := range []string{`{"title":"milk"}`, `{"title":""}`, `{"title":null,"completed":true}`, `{"completed":1}`, `[`, `{"title":"\u0000\ud800"}`, "{\"title\":\"\xff\"}"} {
		f.Add(body, "q=milk&limit=1&offset=0")
		f.Add(body, "limit=-1&offset=99999999999999999999;&q=%zz")
		f.Add(body, "limit=9223372036854775807&offset=9223372036854775807")
	}
	f.Fuzz(func(t *testing.T, body, query string) {
		b, err := todo.NewBackend(todo.BackendConfig{})
		require.NoError(t, err)
		answer := func(method, path, body string) (int, []byte) {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			if method == http.MethodGet {
				r.URL.RawQuery = query
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			require.True(t, json.Valid(w.Body.Bytes()), "%s %s: %s", method, path, w.Body)
			return w.Code, w.Body.Bytes()
		}
		code, made := answer(http.MethodPost, "/api/todos", body)
		require.Contains(t, []int{201, 400, 413}, code)
		if code != http.StatusCreated {
			require.Zero(t, b.Len())
			return
		}
		var sent, kept struct{ Title string }
		require.NoError(t, json.Unmarshal([]byte(body), &sent))
		require.NoError(t, json.Unmarshal(made, &kept))
		require.Equal(t, sent, kept)
		_, found := answer(http.MethodGet, "/api/todos/1", "")
		require.Equal(t, string(made), string(found))
		code, _ = answer(http.MethodGet, "/api/todos/search", "")
		require.Contains(t, []int{200, 400}, code)
		code, found = answer(http.MethodPut, "/api/todos/1", body)
		require.Equal(t, 200, code, "what makes one changes it")
		require.Equal(t, string(made), string(found))
	})
}
