package httpclient_test

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// allocated is how many bytes the whole process allocates for one call of f.
func allocated(f func()) uint64 {
	const calls = 5
	f() // opens what is opened once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / calls
}

// TestEndlessBodies of a target that would send 10 GB cost no more memory than
// MaxBody allows, and next to none where they are announced or not kept.
func TestEndlessBodies(t *testing.T) { onEachWire(t, testEndlessBodies) }

func testEndlessBodies(t *testing.T, newClient maker) {
	const limit, little = 8 << 20, 512 << 10
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/announced" {
			w.Header().Set("Content-Length", "10000000000")
		}
		flood(w, r)
	})
	web := newClient(t, url, httpclient.Config{MaxBody: limit})
	for _, x := range []struct {
		path string
		args []any
		most uint64
	}{
		{"/kept", nil, 2*limit + little},
		{"/dropped", []any{httpclient.Discard()}, little},
		{"/announced", nil, little},
	} {
		got := allocated(func() {
			require.EqualError(t, web.Get(t.Context(), x.path, x.args...).Err(), "GET "+x.path+": body: too large")
		})
		assert.LessOrEqual(t, got, x.most, x.path)
	}
}
