//go:build soak

package loadgen

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// The soak runs on request only:
//
//	go test -tags soak -run TestSoak -v -timeout 30m ./loadgen -args -soak.for 10m
var soakFor = flag.Duration("soak.for", 10*time.Minute, "how long TestSoakAtFullSpeed runs")

// gauge is what a long run must not pile up.
type gauge struct {
	heap              float64 // MB in use after a collection
	goroutines, files int
}

func gaugeNow() gauge {
	g := gauge{heap: heap(), goroutines: runtime.NumGoroutine()}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		g.files = len(open)
	}
	return g
}

// flat checks that nothing grew since the run was warm. The rows of seconds may
// take memory up to their limit (record.Config.IntervalBytes, 48 MiB).
func flat(t *testing.T, warm, end gauge, rows float64) {
	assert.LessOrEqual(t, end.goroutines, warm.goroutines+8)
	assert.LessOrEqual(t, end.files, warm.files+2)
	assert.Less(t, end.heap, warm.heap+rows, "MB")
}

// 72 hours of a plan of the to-do service, in virtual time: a day at the
// base level, two at the higher one with another mix.
func TestSoakThreeDays(t *testing.T) {
	var calls atomic.Int64
	names := todoMix
	visit := func(ctx context.Context, name string) error {
		return measure.Do(ctx, report.Op{Name: name}, func(ctx context.Context) error {
			n := calls.Add(1)
			if n%100 == 0 {
				return errors.New("http 500")
			}
			return pause(ctx, time.Duration(5+n%50)*time.Millisecond)
		})
	}
	r := demoRunner(nil)
	r.Schedule[0].For, r.Schedule[1].For = 24*time.Hour, 48*time.Hour
	r.NewUser = func(scenario.Env) (scenario.User, error) {
		var tasks tasklist
		for _, m := range names {
			tasks = append(tasks, scenario.Task{Name: m.Name, Weight: m.Share, Do: func(ctx context.Context) error { return visit(ctx, m.Name) }})
		}
		return tasks, nil
	}
	var sum *report.Summary
	var warm, end gauge
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r.Watch = func(s *report.Snapshot) {
			at := s.At + watchLead // the last look, at the very end, sees the Summary too
			hour := int(at / time.Hour)
			if at%(6*time.Hour) != 0 {
				return
			}
			end = gaugeNow()
			if hour == 6 {
				warm = end
			}
			t.Logf("%2d h: %.1f MB, %d goroutines, %d files, %d requests", hour, end.heap, end.goroutines, end.files, s.Total.Requests)
		}
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 72*time.Hour, time.Since(began))
	})
	flat(t, warm, end, 60)
	assert.EqualValues(t, calls.Load(), sum.Total.Requests+sum.Total.Counters.CutOff)
	c := sum.Total.Counters
	assert.Equal(t, c.Planned, c.Started+c.Missed)
}

// Real time, real sockets, as fast as it goes.
func TestSoakAtFullSpeed(t *testing.T) {
	defer goleak.VerifyNone(t)
	var served atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1)%1000 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	defer target.Close()
	web, err := httpclient.New(httpclient.Config{Host: target.URL, Wire: "fast"})
	require.NoError(t, err)
	defer web.Close()
	var warm, end gauge
	r := Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) {
			return tasklist{{Name: "get", Weight: 1, Do: func(ctx context.Context) error { return web.Get(ctx, "/thing/{id}", env.User).Err() }}}, nil
		},
		Schedule: phase.Schedule{{Name: "p", For: *soakFor, Users: 32}},
		Watch: func(s *report.Snapshot) {
			if second := int(s.At.Round(time.Second) / time.Second); second%30 == 0 && s.At < *soakFor {
				end = gaugeNow()
				if second == 30 {
					warm = end
				}
				t.Logf("%3d s: %.1f MB, %d goroutines, %d files, %d requests, %.0f/s", second, end.heap, end.goroutines, end.files, s.Total.Requests, s.Total.RPS)
			}
		},
	}
	sum, err := r.Run(t.Context())
	require.NoError(t, err)
	flat(t, warm, end, 10)
	assert.InDelta(t, served.Load(), sum.Total.Requests+sum.Total.Counters.CutOff, 32, "what begins at the end itself is in no figure")
	assert.EqualValues(t, served.Load()/1000, sum.Total.Failures)
}
