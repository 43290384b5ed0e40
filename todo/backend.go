package todo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/httpclient"
)

// Limits of the backend.
const (
	defaultTodos = 10_000   // todos kept
	defaultPage  = 20       // todos in a list
	largestPage  = 500      // todos in a list that asks for more
	largestBody  = 16 << 10 // bytes of a request's body; 413 above
	longestTitle = 500      // characters of a title, at least 1; 400 beyond
	longestQuery = 200      // bytes of a search; 400 above

	largestFactor = 1_000_000 // of a latency
)

// Behaviour is how a [Backend] treats requests to /api. The zero value answers at
// once and without errors.
type Behaviour struct {
	// Latency is waited for before each answer; nil means none.
	Latency dist.Distribution
	// Factors multiply the latency by the method of a request: {"DELETE": 3} makes deletes three times as slow.
	// A method that is not there has 1.
	Factors map[string]float64
	// ErrorRate is the share of requests that are answered with ErrorStatus
	// and have no effect, 0 to 1.
	ErrorRate float64
	// ErrorStatus is 500 to 599; 0 means 503.
	ErrorStatus int
}

// methods are those of the requests to /api.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}

// wait is the latency of a request.
func (b Behaviour) wait(method string, source rand.Source) time.Duration {
	d := b.Latency.Sample(source)
	if f, ok := b.Factors[method]; ok {
		d = time.Duration(math.Round(min(float64(d)*f, float64(dist.Longest))))
	}
	return d
}

func (b Behaviour) validate() error {
	switch {
	case !(b.ErrorRate >= 0 && b.ErrorRate <= 1):
		return fmt.Errorf("todo: error rate is %v: want a share from 0 to 1", b.ErrorRate)
	case b.ErrorStatus != 0 && (b.ErrorStatus < 500 || b.ErrorStatus > 599):
		return fmt.Errorf("todo: error status is %d: want 500 to 599", b.ErrorStatus)
	}
	for _, method := range slices.Sorted(maps.Keys(b.Factors)) {
		if f := b.Factors[method]; !slices.Contains(methods, method) || !(f > 0 && f <= largestFactor) {
			return fmt.Errorf("todo: the factor of %q is %v: want %s, and a number above 0 and up to %d", method, f, strings.Join(methods, ", "), largestFactor)
		}
	}
	if b.Latency == nil {
		return nil
	}
	if err := b.Latency.Validate(); err != nil {
		return fmt.Errorf("todo: latency: %w", err)
	}
	return nil
}

// BackendConfig sets up a [Backend]. The zero value of each field has a meaning.
type BackendConfig struct {
	// MaxTodos is how many todos are kept; 0 means 10,000. One more evicts the
	// oldest.
	MaxTodos int
	// Seed is that of the latencies and errors. The nth request of two backends
	// with the same seed and behaviour meets the same fate.
	Seed uint64
	// Behaviour is what the backend starts with.
	Behaviour Behaviour
	// Workers is how many requests to /api are worked on at a time; the others wait for their turn, in the order in which they
	// came. 0 means without a limit.
	Workers int
	// Middleware, if set, wraps the backend: to trace it, for example.
	Middleware func(http.Handler) http.Handler
}

// Backend is a to-do service in memory. Create it with [NewBackend]. It is
// safe for concurrent use and starts no goroutine.
//
// A list holds 20 todos unless it asks for others, and 500 at most. A title has 1 to
// 500 characters and a search at most 200 bytes, or the answer is 400; a body has at
// most 16 KiB, or it is 413.
type Backend struct {
	mux       *http.ServeMux
	handler   http.Handler // mux, within the middleware
	todos     *store
	seed      uint64
	requests  atomic.Uint64
	workers   chan struct{} // has room for as many as work; nil: no limit
	behaviour atomic.Pointer[Behaviour]
}

// NewBackend returns an empty backend. The error names the field, its value and what is wanted instead.
func NewBackend(c BackendConfig) (*Backend, error) {
	if c.MaxTodos < 0 {
		return nil, fmt.Errorf("todo: MaxTodos is %d: want at least 0", c.MaxTodos)
	}
	if c.Workers < 0 {
		return nil, fmt.Errorf("todo: Workers is %d: want at least 0", c.Workers)
	}
	b := &Backend{mux: http.NewServeMux(), todos: newStore(cmp.Or(c.MaxTodos, defaultTodos)), seed: c.Seed}
	if err := b.Behave(c.Behaviour); err != nil {
		return nil, err
	}
	if c.Workers > 0 {
		b.workers = make(chan struct{}, c.Workers)
	}
	b.mux.HandleFunc("GET /health", b.health)
	b.mux.HandleFunc("GET /api/todos", b.api(b.list))
	b.mux.HandleFunc("GET /api/todos/search", b.api(b.list))
	b.mux.HandleFunc("POST /api/todos", b.api(b.create))
	b.mux.HandleFunc("GET /api/todos/{id}", b.api(b.get))
	b.mux.HandleFunc("PUT /api/todos/{id}", b.api(b.update))
	b.mux.HandleFunc("DELETE /api/todos/{id}", b.api(b.remove))
	b.handler = b.mux
	if c.Middleware != nil {
		b.handler = c.Middleware(b.mux)
	}
	return b, nil
}

// Behave changes how requests are treated from now on. Those that wait
// already keep their latency. On an error nothing changes.
func (b *Backend) Behave(how Behaviour) error {
	if err := how.validate(); err != nil {
		return err
	}
	how.Factors = maps.Clone(how.Factors)
	how.ErrorStatus = cmp.Or(how.ErrorStatus, http.StatusServiceUnavailable)
	b.behaviour.Store(&how)
	return nil
}

// Len returns the number of todos.
func (b *Backend) Len() int { return b.todos.len() }

// Requests returns how many requests to /api have come, also those that failed.
func (b *Backend) Requests() uint64 { return b.requests.Load() }

// ServeHTTP answers one request.
func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }

// RoundTripper carries requests to the backend without sockets, for httpclient.Config.Base.
func (b *Backend) RoundTripper() http.RoundTripper { return httpclient.Handler(b) }

// api puts a handler under the behaviour of the backend.
func (b *Backend) api(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if b.workers != nil {
			select {
			case b.workers <- struct{}{}: // those who wait are let in by age
				defer func() { <-b.workers }()
			case <-r.Context().Done():
				return
			}
		}
		how := b.behaviour.Load()
		source := stream.Key{Seed: b.seed, Purpose: stream.Backend, User: b.requests.Add(1)}.Source()
		if how.Latency != nil && !sleep(r.Context(), how.wait(r.Method, &source)) {
			return
		}
		if how.ErrorRate > 0 && rand.New(&source).Float64() < how.ErrorRate {
			refuse(w, how.ErrorStatus, "injected error")
			return
		}
		serve(w, r)
	}
}

// sleep says whether it came to its end before ctx did.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *Backend) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// list serves the search too: without q it finds everything.
func (b *Backend) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, ok1 := number(q.Get("limit"), defaultPage)
	offset, ok2 := number(q.Get("offset"), 0)
	text := q.Get("q")
	if !ok1 || !ok2 || len(text) > longestQuery {
		refuse(w, http.StatusBadRequest, "want limit and offset of at least 0 and q of at most 200 bytes")
		return
	}
	page := []byte{'['}
	todos, matches := b.todos.page(text, offset, min(limit, largestPage))
	for i, x := range todos {
		if i > 0 {
			page = append(page, ',')
		}
		page = append(page, x.json...)
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(matches))
	answer(w, http.StatusOK, append(page, ']'))
}

func number(text string, missing int) (int, bool) {
	if text == "" {
		return missing, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// edit is the body of a create or an update. What is nil was not there.
type edit struct {
	Title     *string `json:"title"`
	Completed *bool   `json:"completed"`
}

// read answers by itself and returns false when the body cannot be used.
func (x *edit) read(w http.ResponseWriter, r *http.Request) bool {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	switch {
	case err != nil:
		refuse(w, http.StatusRequestEntityTooLarge, "want a body of at most 16 KiB")
	case json.Unmarshal(data, x) != nil:
		refuse(w, http.StatusBadRequest, `want {"title":"...","completed":false}`)
	case x.Title != nil && (*x.Title == "" || utf8.RuneCountInString(*x.Title) > longestTitle):
		refuse(w, http.StatusBadRequest, "want a title of 1 to 500 characters")
	default:
		return true
	}
	return false
}

func (b *Backend) create(w http.ResponseWriter, r *http.Request) {
	var x edit
	if !x.read(w, r) {
		return
	}
	if x.Title == nil {
		refuse(w, http.StatusBadRequest, "want a title")
		return
	}
	made := b.todos.create(*x.Title, x.Completed != nil && *x.Completed)
	w.Header().Set("Location", "/api/todos/"+strconv.FormatUint(made.id, 10))
	answer(w, http.StatusCreated, made.json)
}

func (b *Backend) get(w http.ResponseWriter, r *http.Request) {
	found(w, b.todos.get(pathID(r)))
}

func (b *Backend) update(w http.ResponseWriter, r *http.Request) {
	var x edit
	if x.read(w, r) {
		found(w, b.todos.update(pathID(r), x.Title, x.Completed))
	}
}

func (b *Backend) remove(w http.ResponseWriter, r *http.Request) {
	if b.todos.remove(pathID(r)) == nil {
		refuse(w, http.StatusNotFound, "no such todo")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// pathID is 0, which no todo has, when the path holds no number.
func pathID(r *http.Request) uint64 {
	n, _ := strconv.ParseUint(r.PathValue("id"), 10, 64)
	return n
}

func found(w http.ResponseWriter, x *stored) {
	if x == nil {
		refuse(w, http.StatusNotFound, "no such todo")
		return
	}
	answer(w, http.StatusOK, x.json)
}

func refuse(w http.ResponseWriter, status int, why string) {
	text, _ := json.Marshal(map[string]string{"error": why}) // these types have no error
	answer(w, status, text)
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) // a client that has gone does not matter
}
