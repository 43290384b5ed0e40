package todo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// env is what the engine gives to a user.
func env(user int) scenario.Env {
	source := stream.Key{Seed: 1, Purpose: stream.Script, User: uint64(user)}.Source()
	return scenario.Env{User: user, Rand: rand.New(&source)}
}

// log is a target that notes requests before h answers them.
type log struct {
	mu    sync.Mutex
	lines []string
	h     http.Handler
}

func (l *log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	l.mu.Lock()
	l.lines = append(l.lines, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	l.mu.Unlock()
	l.h.ServeHTTP(w, r)
}

// take returns what was noted since the last call.
func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

// methods are the words before the bodies.
func methods(lines []string) (out []string) {
	for _, line := range lines {
		before, _, _ := strings.Cut(line, " {")
		out = append(out, before)
	}
	return out
}

// userOf returns a user of h, which needs no socket.
func userOf(t *testing.T, h http.Handler, number int) (*todo.User, *log) {
	l := &log{h: h}
	web, err := httpclient.New(httpclient.Config{Host: "http://todos", Base: httpclient.Handler(l)})
	require.NoError(t, err)
	return todo.NewUser(web, env(number)), l
}

func TestTasks(t *testing.T) {
	u, _ := userOf(t, http.NotFoundHandler(), 1)
	d, err := scenario.NewDispatcher(u.Tasks(), nil)
	require.NoError(t, err)
	assert.Equal(t, []scenario.Share{
		{Name: "list_todos", Share: .40}, {Name: "create_todo", Share: .30}, {Name: "update_todo", Share: .15},
		{Name: "complete_todo", Share: .10}, {Name: "delete_todo", Share: .05},
	}, d.Shares())
}

func TestRhythm(t *testing.T) {
	for pacer, want := range map[scenario.Pacer]float64{todo.Rhythm(): .5, todo.Steady(): 1} {
		require.NoError(t, pacer.Validate())
		assert.Equal(t, want, pacer.Load(0).OnShare)
	}
	source := rand.NewPCG(1, 2)
	within := 0
	for range 10_000 {
		if d := todo.Rhythm().Think.Sample(source).Seconds(); d >= 1 && d <= 3 {
			within++
		}
	}
	assert.InDelta(t, 9100, within, 110, "91 % within 1 to 3 s")
}

func TestUserWorksOnItsOwnTodos(t *testing.T) {
	backend := newBackend(t, todo.BackendConfig{})
	call(backend, "POST", "/api/todos", `{"title":"another's"}`)
	u, l := userOf(t, backend, 1)
	ctx := t.Context()
	require.NoError(t, u.Start(ctx))
	require.NoError(t, u.List(ctx))
	require.NoError(t, u.Create(ctx))
	require.NoError(t, u.Update(ctx))
	require.NoError(t, u.Complete(ctx))
	require.NoError(t, u.Delete(ctx))
	lines := l.take()
	assert.Equal(t, []string{"GET /health", "GET /api/todos", "POST /api/todos", "PUT /api/todos/2", "PUT /api/todos/2", "DELETE /api/todos/2"}, methods(lines))
	var made, renamed, completed struct {
		Title     string
		Completed bool
	}
	for i, into := range map[int]any{2: &made, 3: &renamed, 4: &completed} {
		require.NoError(t, json.Unmarshal([]byte(lines[i][strings.Index(lines[i], "{"):]), into))
	}
	assert.NotEmpty(t, made.Title)
	assert.NotEqual(t, made.Title, renamed.Title)
	assert.False(t, renamed.Completed)
	assert.Equal(t, renamed.Title, completed.Title)
	assert.True(t, completed.Completed)
	assert.Equal(t, 1, backend.Len(), "another's todo stays")
	require.NoError(t, u.Stop(ctx))
}

func TestUserWithNothingToWorkOnCreatesFirst(t *testing.T) {
	for _, x := range []struct {
		task func(*todo.User, context.Context) error
		want string
	}{
		{(*todo.User).Update, "PUT /api/todos/1"},
		{(*todo.User).Complete, "PUT /api/todos/1"},
		{(*todo.User).Delete, "DELETE /api/todos/1"},
	} {
		u, l := userOf(t, newBackend(t, todo.BackendConfig{}), 1)
		require.NoError(t, x.task(u, t.Context()))
		assert.Equal(t, []string{"POST /api/todos", x.want}, methods(l.take()))
	}
	u, l := userOf(t, newBackend(t, todo.BackendConfig{}), 1)
	require.NoError(t, u.Complete(t.Context()))
	require.NoError(t, u.Complete(t.Context()), "the first one is completed: there is none open")
	assert.Equal(t, []string{"POST /api/todos", "PUT /api/todos/1", "POST /api/todos", "PUT /api/todos/2"}, methods(l.take()))
}

func TestUserWhoseCreateFails(t *testing.T) {
	backend := newBackend(t, todo.BackendConfig{Behaviour: todo.Behaviour{ErrorRate: 1}})
	u, l := userOf(t, backend, 1)
	for _, task := range []func(context.Context) error{u.Create, u.Update, u.Complete, u.Delete} {
		assert.EqualError(t, task(t.Context()), "POST /api/todos: http 503")
	}
	assert.Len(t, l.take(), 4)
	require.NoError(t, backend.Behave(todo.Behaviour{}))
	require.NoError(t, u.Update(t.Context()))
}

func TestTodoDeletedBySomeoneElse(t *testing.T) {
	for _, task := range []func(*todo.User, context.Context) error{(*todo.User).Update, (*todo.User).Complete, (*todo.User).Delete} {
		backend := newBackend(t, todo.BackendConfig{})
		u, l := userOf(t, backend, 1)
		require.NoError(t, u.Create(t.Context()))
		call(backend, "DELETE", "/api/todos/1", "")
		require.NoError(t, task(u, t.Context()), "not the target's failure")
		lines := methods(l.take())
		require.Len(t, lines, 4)
		method, _, _ := strings.Cut(lines[1], " ")
		assert.Equal(t, []string{"POST /api/todos", method + " /api/todos/1", "POST /api/todos", method + " /api/todos/2"}, lines, "the task continues with another one")
		require.NoError(t, u.Delete(t.Context()))
		assert.NotContains(t, l.take(), "DELETE /api/todos/1", "the user forgot the first one")
	}
}

// No one can have deleted a todo that the user created just now.
func TestNewTodoThatIsNotFound(t *testing.T) {
	for _, status := range []int{404, 410} {
		s := &service{method: refusing(status, "PUT", "DELETE")}
		u, l := userOf(t, s.handler(), 1)
		for range 3 {
			assert.EqualError(t, u.Update(t.Context()), fmt.Sprintf("PUT /api/todos/{id}: http %d", status))
			assert.EqualError(t, u.Complete(t.Context()), fmt.Sprintf("PUT /api/todos/{id}: http %d", status))
			assert.EqualError(t, u.Delete(t.Context()), fmt.Sprintf("DELETE /api/todos/{id}: http %d", status))
			assert.Len(t, l.take(), 6, "it is forgotten")
			require.NoError(t, u.Create(t.Context()))
			assert.Error(t, u.Delete(t.Context()), "an older one may be gone, but the new one is not found either")
			l.take()
		}
	}
}

func TestFailedChangeKeepsTheTodo(t *testing.T) {
	backend := newBackend(t, todo.BackendConfig{})
	u, l := userOf(t, backend, 1)
	require.NoError(t, u.Create(t.Context()))
	require.NoError(t, backend.Behave(todo.Behaviour{ErrorRate: 1}))
	require.Error(t, u.Complete(t.Context()))
	require.Error(t, u.Delete(t.Context()))
	require.NoError(t, backend.Behave(todo.Behaviour{}))
	l.take()
	require.NoError(t, u.Complete(t.Context()))
	require.NoError(t, u.Delete(t.Context()))
	assert.Equal(t, []string{"PUT /api/todos/1", "DELETE /api/todos/1"}, methods(l.take()))
}

func TestHealthCheckThatFailsStopsNobody(t *testing.T) {
	u, _ := userOf(t, http.NotFoundHandler(), 1)
	require.NoError(t, u.Start(t.Context()))
}

func TestUserRemembersALimitedNumber(t *testing.T) {
	u, l := userOf(t, newBackend(t, todo.BackendConfig{}), 1)
	for range 3 * todo.Remembered {
		require.NoError(t, u.Create(t.Context()))
	}
	l.take()
	for range todo.Remembered {
		require.NoError(t, u.Delete(t.Context()))
	}
	lines := l.take()
	assert.Len(t, lines, todo.Remembered, "nothing was created first")
	assert.NotContains(t, lines, fmt.Sprintf("DELETE /api/todos/%d", 2*todo.Remembered))
	assert.Contains(t, lines, fmt.Sprintf("DELETE /api/todos/%d", 2*todo.Remembered+1))
}

// TestBackendsDiffer runs every task against answers of every form that
// design.md, section 6, describes.
func TestBackendsDiffer(t *testing.T) {
	type form struct {
		createStatus, deleteStatus int
		created, location, list    string
		id                         string
	}
	for name, f := range map[string]form{
		"number, bare":             {201, 204, `{"id":7,"title":"x"}`, "", `[]`, "7"},
		"large number":             {200, 200, `{"id":9007199254740993}`, "", `[{"id":9007199254740993}]`, "9007199254740993"},
		"string":                   {201, 204, `{"id":"a-1"}`, "", `[{"id":"a-1"}]`, "a-1"},
		"string that needs escape": {201, 204, `{"id":"../a b"}`, "", `[]`, "../a b"},
		"mongo":                    {200, 204, `{"_id":"65f1"}`, "", `{"todos":[]}`, "65f1"},
		"todo":                     {201, 200, `{"todo":{"id":7}}`, "", `{"data":[]}`, "7"},
		"data":                     {200, 200, `{"success":true,"data":{"_id":"x"}}`, "", ` {"total":0,"items":[]}`, "x"},
		"item":                     {201, 204, `{"item":{"id":"y"}}`, "", `[]`, "y"},
		"wrapped twice":            {201, 200, `{"data":{"data":{"id":8}}}`, "", `null`, "8"},
		"twice by other names":     {201, 200, `{"data":{"todo":{"_id":"y"}}}`, "", `{"data": null}`, "y"},
		"result, other fields odd": {201, 204, `{"id":null,"todo":[1],"data":"ok","result":{"id":1}}`, "", `[]`, "1"},
		"location":                 {201, 204, ``, "/api/todos/12", `[]`, "12"},
		"location with host":       {201, 204, `{}`, "http://todos/api/todos/a%20b?x=1", `[]`, "a b"},
	} {
		var path string
		mux := http.NewServeMux()
		mux.HandleFunc("POST /api/todos", func(w http.ResponseWriter, r *http.Request) {
			if f.location != "" {
				w.Header().Set("Location", f.location)
			}
			w.WriteHeader(f.createStatus)
			io.WriteString(w, f.created)
		})
		mux.HandleFunc("GET /api/todos", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, f.list) })
		mux.HandleFunc("/api/todos/{id}", func(w http.ResponseWriter, r *http.Request) {
			path = r.PathValue("id")
			w.WriteHeader(f.deleteStatus)
		})
		u, _ := userOf(t, mux, 1)
		require.NoError(t, u.Create(t.Context()), name)
		require.NoError(t, u.List(t.Context()), name)
		require.NoError(t, u.Update(t.Context()), name)
		assert.Equal(t, f.id, path, name)
		require.NoError(t, u.Complete(t.Context()), name)
		require.NoError(t, u.Delete(t.Context()), name)
		assert.Equal(t, f.id, path, name)
	}
}

func TestAnswersThatAreNoAnswers(t *testing.T) {
	for _, text := range []string{``, `7`, `"7"`, `ok`, `{}`, `[]`, `{"id":""}`, `{"id":null}`, `{"id":true}`, `{"id":".."}`, `{"id":{"$oid":"x"}}`,
		`{"data":{"data":{"data":{"id":1}}}}`, `{"id":"` + strings.Repeat("x", 201) + `"}`, `<html>`} {
		u, l := userOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }), 1)
		assert.EqualError(t, u.Create(t.Context()), "POST /api/todos: check: no id in the answer", text)
		l.take()
		if text != `[]` {
			assert.EqualError(t, u.List(t.Context()), "GET /api/todos: check: no list in the answer", text)
		}
	}
}

// TestScriptDoesNotFollowTheTarget: what a user asks for is the same whether
// the target works or not.
func TestScriptDoesNotFollowTheTarget(t *testing.T) {
	titles := func(rate float64) (out []string) {
		u, l := userOf(t, newBackend(t, todo.BackendConfig{Behaviour: todo.Behaviour{ErrorRate: rate}}), 3)
		for _, task := range []func(context.Context) error{u.Create, u.List, u.Update, u.Delete, u.Complete} {
			task(t.Context())
			l.take()
			task = u.Create
			task(t.Context())
			out = append(out, l.take()...)
		}
		return out
	}
	assert.Equal(t, titles(0), titles(1))
	u, l := userOf(t, newBackend(t, todo.BackendConfig{}), 4)
	require.NoError(t, u.Create(t.Context()))
	assert.NotContains(t, titles(0), l.take()[0], "another user has other titles")
}

func TestIdleUserIsSmall(t *testing.T) {
	const users = 100_000
	web, err := httpclient.New(httpclient.Config{Host: "http://todos", PerUserConns: true})
	require.NoError(t, err)
	all := make([]*todo.User, users)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range all {
		all[i] = todo.NewUser(web, env(i+1))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / users
	t.Logf("%.0f bytes", each)
	assert.Less(t, each, 200.0, "with the script stream that the engine makes")
	runtime.KeepAlive(all)
}

func TestUsersOutsideARun(t *testing.T) {
	web, err := httpclient.New(httpclient.Config{Host: "http://todos", Base: newBackend(t, todo.BackendConfig{}).RoundTripper()})
	require.NoError(t, err)
	u, err := todo.Users(web)(scenario.Env{})
	require.NoError(t, err)
	require.NoError(t, u.Tasks()[1].Do(t.Context()))
}

// TestOnSockets runs many users against the backend as it is deployed.
func TestOnSockets(t *testing.T) {
	backend := newBackend(t, todo.BackendConfig{MaxTodos: 100})
	server, err := backend.Listen("")
	require.NoError(t, err)
	web, err := httpclient.New(httpclient.Config{Host: server.URL, PerUserConns: true})
	require.NoError(t, err)
	var crowd sync.WaitGroup
	for number := range 8 {
		crowd.Go(func() {
			u := todo.NewUser(web, env(number+1))
			assert.NoError(t, u.Start(t.Context()))
			for range 20 {
				for _, task := range u.Tasks() {
					assert.NoError(t, task.Do(t.Context()))
				}
			}
			assert.NoError(t, u.Stop(t.Context()))
		})
	}
	crowd.Wait()
	assert.LessOrEqual(t, backend.Len(), 100)
	web.Close()
	require.NoError(t, server.Close(t.Context()))
}

func FuzzCreatedAnswer(f *testing.F) {
	for _, seed := range []string{`{"id":1}`, `{"data":{"_id":"x"}}`, `[`, `{"id":1e99}`, `{"todo":{"id":"\u0000"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				io.WriteString(w, text)
			}
		})
		web, err := httpclient.New(httpclient.Config{Host: "http://todos", Base: httpclient.Handler(handler)})
		require.NoError(t, err)
		u := todo.NewUser(web, env(1))
		if u.Create(t.Context()) == nil {
			require.NoError(t, u.Update(t.Context()), "an id that was taken must be good for a path")
		}
	})
}

func BenchmarkTasks(b *testing.B) {
	web, _ := httpclient.New(httpclient.Config{Host: "http://todos"})
	u := todo.NewUser(web, env(1))
	var tasks []scenario.Task
	b.ReportAllocs()
	for b.Loop() {
		tasks = u.Tasks()
	}
	require.Len(b, tasks, 5)
}
