package datadog

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

func TestMiddleware(t *testing.T) {
	_, run, mock := observe(t, Config{SampleRate: 1, RunID: "r-1"})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusBadGateway)
		assert.NoError(t, http.NewResponseController(w).Flush())
	})
	mux.HandleFunc("/panics", func(http.ResponseWriter, *http.Request) { panic("x") })
	server := Middleware(mux, "items", nil)
	ask := func(path string, from *measure.Scope) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		q := from.Begin(report.Op{Method: "GET", Name: path}, 0)
		q.Propagate("http://h"+path, r.Header.Set)
		defer q.End(measure.Outcome{})
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("/items/1", nil)
	assert.Empty(t, mock.FinishedSpans(), "a sender that is not traced")

	_, scope := measure.WithScope(context.Background(), measure.Task{Epoch: time.Now(), Observer: run})
	ask("/items/7", scope)
	spans := mock.FinishedSpans()
	require.Len(t, spans, 2)
	for tag, want := range map[string]any{
		"service.name": "items", "resource.name": "GET /items/{id}", "http.route": "/items/{id}", "http.status_code": "502",
		"span.kind": "server", "span.type": "web", tagRun: "r-1", tagPhase: "baseline", "error.type": "http 502", "http.url": "http://example.com/items/7",
	} {
		assert.EqualValues(t, want, spans[0].Tag(tag), tag)
	}
	assert.Equal(t, spans[1].SpanID(), spans[0].ParentID())
	assert.Equal(t, spans[1].TraceID(), spans[0].TraceID())

	assert.PanicsWithValue(t, "x", func() { ask("/panics", scope) })
	assert.Equal(t, "500", mock.FinishedSpans()[2].Tag("http.status_code"))
	ask("/nowhere", scope)
	assert.Equal(t, "GET /nowhere", mock.FinishedSpans()[4].Tag("resource.name"))
	assert.Equal(t, "404", mock.FinishedSpans()[4].Tag("http.status_code"))
}
