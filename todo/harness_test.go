package todo_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/todo"
)

// service is a to-do backend as somebody else writes one. What is nil answers as the embedded backend does.
type service struct {
	id     func(n int) string // of the nth todo, as it stands in a path
	health http.HandlerFunc
	create func(w http.ResponseWriter, id, title string)
	list   func(w http.ResponseWriter, todos []string) // each one JSON
	change func(w http.ResponseWriter, id, title string)
	remove func(w http.ResponseWriter, id string)
	method func(method string) int // a status that answers every request of the method; 0 serves it
	forget func(n int) bool        // loses the nth todo while it creates it
	behind func(http.Handler) http.Handler

	mu    sync.Mutex
	made  int
	todos []kept
}

// kept is a to-do that a service keeps.
type kept struct{ id, title string }

// handler serves the API.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		if s.health != nil {
			s.health(w, r)
		}
	})
	mux.HandleFunc("GET /api/todos", s.serveList)
	mux.HandleFunc("POST /api/todos", s.serveCreate)
	mux.HandleFunc("PUT /api/todos/{id...}", s.serveChange)
	mux.HandleFunc("DELETE /api/todos/{id...}", s.serveRemove)
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.method != nil {
			if status := s.method(r.Method); status > 0 {
				w.WriteHeader(status)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
	if s.behind != nil {
		h = s.behind(h)
	}
	return h
}

func (s *service) serveList(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	var all []string
	for _, x := range s.todos {
		all = append(all, todoJSON(x.id, x.title))
	}
	s.mu.Unlock()
	if s.list != nil {
		s.list(w, all)
		return
	}
	io.WriteString(w, "["+strings.Join(all, ",")+"]")
}

func (s *service) serveCreate(w http.ResponseWriter, r *http.Request) {
	title := titleOf(r)
	s.mu.Lock()
	s.made++
	n := s.made
	id := strconv.Itoa(n)
	if s.id != nil {
		id = s.id(n)
	}
	if s.forget == nil || !s.forget(n) {
		s.todos = append(s.todos, kept{id, title})
	}
	s.mu.Unlock()
	if s.create != nil {
		s.create(w, id, title)
		return
	}
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, todoJSON(id, title))
}

func (s *service) serveChange(w http.ResponseWriter, r *http.Request) {
	title := titleOf(r)
	switch {
	case !s.has(r.PathValue("id")):
		http.Error(w, `{"error":"no such todo"}`, http.StatusNotFound)
	case s.change != nil:
		s.change(w, r.PathValue("id"), title)
	default:
		io.WriteString(w, todoJSON(r.PathValue("id"), title))
	}
}

func (s *service) serveRemove(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch {
	case !s.drop(id):
		http.Error(w, `{"error":"no such todo"}`, http.StatusNotFound)
	case s.remove != nil:
		s.remove(w, id)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *service) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.todos {
		if x.id == id {
			return true
		}
	}
	return false
}

// drop deletes a todo and says whether it was there.
func (s *service) drop(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range s.todos {
		if x.id == id {
			s.todos = append(s.todos[:i:i], s.todos[i+1:]...)
			return true
		}
	}
	return false
}

// titleOf reads the title that a request sends.
func titleOf(r *http.Request) string {
	var sent struct{ Title string }
	_ = json.NewDecoder(r.Body).Decode(&sent) // the user sends JSON
	return sent.Title
}

// todoJSON is a todo whose id is a number where it looks like one.
func todoJSON(id, title string) string {
	if _, err := strconv.Atoi(id); err != nil {
		id = strconv.Quote(id)
	}
	return fmt.Sprintf(`{"id":%s,"title":%q,"completed":false}`, id, title)
}

// refusing answers the requests of some methods with a status.
func refusing(status int, methods ...string) func(string) int {
	return func(method string) int {
		for _, m := range methods {
			if m == method {
				return status
			}
		}
		return 0
	}
}

// newBackend makes a backend.
func newBackend(t *testing.T, c todo.BackendConfig) *todo.Backend {
	b, err := todo.NewBackend(c)
	require.NoError(t, err)
	return b
}

// call makes one request to h and returns "status body".
func call(h http.Handler, method, target, body string) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body))
}
