package todo_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/todo"
)

// Two workers answer two requests at a time, the others in the order in which they came; one who gives up while waiting takes
// no worker, and /health waits for none.
func TestWorkersAreALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := todo.NewBackend(todo.BackendConfig{Workers: 2, Behaviour: todo.Behaviour{Latency: dist.Constant{Value: 100 * time.Millisecond}}})
		require.NoError(t, err)
		began := time.Now()
		var mu sync.Mutex
		var done []string
		var all sync.WaitGroup
		ask := func(ctx context.Context, name, path string) {
			all.Go(func() {
				b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil).WithContext(ctx))
				mu.Lock()
				defer mu.Unlock()
				done = append(done, fmt.Sprint(name, " ", time.Since(began).Milliseconds()))
			})
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		ask(t.Context(), "a", "/api/todos")
		ask(t.Context(), "b", "/api/todos")
		ask(t.Context(), "c", "/api/todos")
		ask(short, "gone", "/api/todos")
		ask(t.Context(), "d", "/api/todos")
		ask(t.Context(), "health", "/health")
		all.Wait()
		assert.Equal(t, []string{"health 5", "gone 50", "a 100", "b 101", "c 200", "d 201"}, done)
	})
}
