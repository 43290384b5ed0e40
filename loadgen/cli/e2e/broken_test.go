package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
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
			p := run(t, nil, quickly("--host", otherwise(t, b.method, b.answer), "-t", "3")...)
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
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	p := run(t, nil, quickly("--host", server.URL, "-t", "4")...)
	assert.Zero(t, p.code(), p.stderr.String())
	assert.Regexp(t, `PUT +/api/todos/\{id\} \(gone\)`, p.stderr.String())
}

// otherwise is the URL of a backend that answers the requests of one method in its own way.
func otherwise(t *testing.T, method string, answer func(http.ResponseWriter)) string {
	t.Helper()
	backend, err := todo.NewBackend(todo.BackendConfig{})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method && r.URL.Path != "/health" {
			answer(w)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// at answers a create with a Location alone.
func at(location string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusCreated)
	}
}
