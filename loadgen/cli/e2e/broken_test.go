package e2e

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/todo"
)

// TestBrokenBackendsFail: a backend that does not do its work ends the command with a failure and names
// the operation. TestBrokenBackends (todo) tries more of them.
func TestBrokenBackendsFail(t *testing.T) {
	for name, b := range map[string]struct {
		method string // whose requests are answered otherwise
		answer func(http.ResponseWriter)
		want   string // a regular expression; "" for a good run
	}{
		"knows PATCH alone":          {"PUT", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, `http 404.*\n?.*PUT|PUT /api/todos/\{id\}.*http 404`},
		"creates at the collection":  {"POST", at("/api/todos"), `no id in the answer`},
		"lists an error":             {"GET", func(w http.ResponseWriter) { io.WriteString(w, `{"success":false,"errors":["down"]}`) }, `error in the answer`},
		"answers changes with pages": {"PUT", func(w http.ResponseWriter) { io.WriteString(w, "<html>Log in</html>") }, `a page, not an answer`},
		"is whole":                   {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, met := otherwise(t, b.method, b.answer)
			p := start(t, nil, quickly("--host", host)...)
			p.await(met)
			p.signal(syscall.SIGTERM)
			p.wait()
			if b.want == "" {
				assert.Zero(t, p.code(), p.stderr.String())
				return
			}
			assert.Equal(t, 1, p.code(), p.stderr.String())
			assert.Regexp(t, b.want, p.stderr.String())
		})
	}
}

// TestTodosThatAreGoneAreShown: a backend that keeps few todos deletes others; that is not a failure, and a
// row counts it.
func TestTodosThatAreGoneAreShown(t *testing.T) {
	t.Parallel()
	backend, err := todo.NewBackend(todo.BackendConfig{MaxTodos: 12})
	require.NoError(t, err)
	lost := newEnough()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		backend.ServeHTTP(answer, r)
		if r.Method == http.MethodPut && answer.Code == http.StatusNotFound {
			lost.add()
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	p := start(t, nil, quickly("--host", server.URL)...)
	p.await(lost.reached)
	p.signal(syscall.SIGTERM)
	assert.Zero(t, p.wait(), p.stderr.String())
	assert.Regexp(t, `PUT +/api/todos/\{id\} \(gone\)`, p.stderr.String())
}

// otherwise is the URL of a backend that answers the requests of one method in its own way. met is closed when it had enough of
// them; with no method, of all.
func otherwise(t *testing.T, method string, answer func(http.ResponseWriter)) (url string, met <-chan struct{}) {
	t.Helper()
	backend, err := todo.NewBackend(todo.BackendConfig{})
	require.NoError(t, err)
	some := newEnough()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" && (method == "" || r.Method == method) {
			some.add()
		}
		if r.Method == method && r.URL.Path != "/health" {
			answer(w)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, some.reached
}

// at answers a create with a Location alone.
func at(location string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusCreated)
	}
}

func newEnough() *enough { return &enough{reached: make(chan struct{})} }

// enough counts requests of the users of quick. When reached is closed, one of them has come to the end of several.
type enough struct {
	n       atomic.Int64
	reached chan struct{}
}

func (e *enough) add() {
	if e.n.Add(1) == 4*5 {
		close(e.reached)
	}
}
