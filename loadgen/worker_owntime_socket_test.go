package loadgen_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// dawdler sleeps before each of its requests, the second of which is redirected.
type dawdler struct{ web *httpclient.Client }

const dawdle = 400 * time.Millisecond

func (d dawdler) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "dawdle", Weight: 1, Do: func(ctx context.Context) error {
		time.Sleep(dawdle)
		if err := d.web.Get(ctx, "/moved").Err(); err != nil {
			return err
		}
		time.Sleep(dawdle)
		return d.web.Get(ctx, "/here").Err()
	}}}
}

// On both wires, redirects included, a response time is the target's alone.
func TestScriptTimeOnBothWires(t *testing.T) {
	if testing.Short() {
		t.Skip("opens sockets")
	}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/here", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "ok")
	}))
	t.Cleanup(target.Close)
	for _, wire := range []httpclient.Wire{httpclient.NetHTTP, httpclient.Fast} {
		web, err := httpclient.New(httpclient.Config{Host: target.URL, Wire: wire})
		require.NoError(t, err)
		t.Cleanup(web.Close)
		sum, err := loadgen.Runner{
			NewUser:     func(scenario.Env) (scenario.User, error) { return dawdler{web.Session()}, nil },
			Schedule:    phase.Schedule{{Name: "p", For: time.Minute, Iterations: 20, Arrivals: &phase.Arrivals{Rate: 20}}},
			StopTimeout: 10 * time.Second,
		}.Run(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 40, sum.Total.Requests)
		for _, name := range []string{"/moved", "/here"} {
			var op report.Operation
			for _, o := range sum.Total.Operations {
				if o.Name == name {
					op = o
				}
			}
			assert.Less(t, op.ResponseMS.Min.Duration(), dawdle/2, name) // of 20, on however busy a machine
		}
	}
}
