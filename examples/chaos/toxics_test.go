package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/phase/hook"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// toxic is a fault of the network between the users and the backend.
type toxic struct {
	name, json string
	least      time.Duration // that it adds to most answers
	want       string        // the reason that the report must give; "": nothing fails
	also       []string      // reasons that are right too
	timeout    time.Duration // of the client; 0: its own
	passes     int64         // so many bytes of an answer that failed may have passed
}

var toxics = []toxic{
	{name: "latency", json: `{"name": "x", "type": "latency", "attributes": {"latency": 100}}`, least: 100 * time.Millisecond},
	{name: "jitter", json: `{"name": "x", "type": "latency", "attributes": {"latency": 100, "jitter": 50}}`, least: 50 * time.Millisecond},
	{name: "bandwidth", json: `{"name": "x", "type": "bandwidth", "attributes": {"rate": 5}}`, least: 20 * time.Millisecond}, // 5 KB/s, answers above 100 B
	{name: "slow close", json: `{"name": "x", "type": "slow_close", "attributes": {"delay": 200}}`},
	{name: "slicer", json: `{"name": "x", "type": "slicer", "attributes": {"average_size": 10, "size_variation": 5, "delay": 10}}`},
	{name: "timeout", json: `{"name": "x", "type": "timeout", "attributes": {"timeout": 50}}`, want: "connect: closed", also: []string{"connect: reset"}},
	{name: "silence", json: `{"name": "x", "type": "timeout", "attributes": {"timeout": 0}}`, want: "timeout", also: []string{"connect: closed", "connect: reset"},
		timeout: 1500 * time.Millisecond, passes: headBytes},
	{name: "reset", json: `{"name": "x", "type": "reset_peer", "attributes": {"timeout": 0}}`, want: "connect: reset", also: []string{"connect: closed"}},
	{name: "data limit", json: `{"name": "x", "type": "limit_data", "attributes": {"bytes": 300}}`, want: "body: truncated", passes: 300, // of the first answer
		also: []string{"connect: closed", "connect: reset", "protocol: not HTTP"}},
}

const (
	users      = 10
	leastThink = 20 * time.Millisecond
)

// TestToxics sends the to-do run through every toxic, between two stretches
// without it, and holds the report against what the backend and Toxiproxy itself
// have counted.
func TestToxics(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	for _, x := range toxics {
		for _, wire := range []httpclient.Wire{httpclient.NetHTTP, httpclient.Fast} {
			t.Run(x.name+" on "+string(wire), func(t *testing.T) {
				t.Parallel()
				x.run(t, wire)
			})
		}
	}
}

func (x toxic) run(t *testing.T, wire httpclient.Wire) {
	backend, err := todo.NewBackend(todo.BackendConfig{})
	require.NoError(t, err)
	server := httptest.NewServer(evenHeads(backend))
	defer server.Close()
	p, err := newProxy(server.URL)
	require.NoError(t, err)
	defer p.close()
	web, err := httpclient.New(httpclient.Config{Host: p.url, Timeout: x.timeout, Wire: wire})
	require.NoError(t, err)
	defer web.Close()

	part := phase.Phase{For: 2*time.Second + 2*x.timeout, Users: users}
	plan := phase.ABA(part, part)
	var gone time.Time
	plan[1].Enter, plan[1].Exit = hook.Post(p.toxics(), x.json), phase.HookFunc(func(ctx context.Context) error {
		defer func() { gone = time.Now() }()
		return hook.Delete(p.toxics() + "/x").Call(ctx)
	})
	plan[1].AbortOnHook = true
	sum, err := loadgen.Runner{
		NewUser: todo.Users(web), Pace: scenario.Between(leastThink, 60*time.Millisecond), Schedule: plan, StopTimeout: 30 * time.Second,
	}.Run(t.Context())
	require.NoError(t, err)
	late := gone.Sub(sum.Start) - time.Duration(sum.Phases[2].StartS*float64(time.Second))
	x.check(t, sum, int64(backend.Requests()), late)
	web.Close()
	x.checkTraffic(t, sum, p)
}

// check takes how many requests the backend served, and how long after its phase the toxic was gone, which a busy machine makes late.
func (x toxic) check(t *testing.T, sum *report.Summary, served int64, late time.Duration) {
	t.Helper()
	all, n := sum.Total.Aggregated(), sum.Total.Counters
	assert.Equal(t, n.Planned, n.Started+n.Missed+n.Dropped)
	assert.Equal(t, n.Started, n.Finished)
	assert.Zero(t, all.CutOff)
	var requests, failures, gets, health int64
	for i := range sum.Phases {
		row := sum.Phases[i].Aggregated()
		requests += row.Requests
		assert.Positive(t, row.Requests, "the load continues in phase %s", sum.Phases[i].Name)
		if i != 1 {
			assert.LessOrEqual(t, row.Failures, int64(2*users)*int64(1+late/leastThink), "without the toxic only what was kept or on its way fails")
			assert.Greater(t, row.Requests, row.Failures)
		}
	}
	assert.Equal(t, all.Requests, requests)
	reasons := map[string]int64{}
	for _, f := range sum.Failures {
		failures += f.Occurrences
		reasons[f.Reason] += f.Occurrences
	}
	assert.Equal(t, all.Failures, failures)
	for _, o := range sum.Total.Operations {
		switch {
		case o.Name == "/health": // which the backend does not count
			health = o.Requests
		case o.Method == "GET":
			gets += o.Requests
		}
	}
	if x.want == "" {
		assert.Empty(t, reasons)
		assert.InDelta(t, served, all.Requests-health, float64(2*users), "each is served once, except for what begins at the end itself, which is in no figure")
	} else {
		assert.Positive(t, reasons[x.want], "%v", reasons)
		for reason := range reasons {
			assert.Contains(t, append(x.also, x.want), reason)
		}
		assert.GreaterOrEqual(t, served, all.Requests-all.Failures-health, "what succeeded was served")
		assert.LessOrEqual(t, served, all.Requests+gets, "only a GET goes out twice, on a connection that was kept")
	}
	during := sum.Phases[1].Aggregated()
	assert.GreaterOrEqual(t, float64(during.ResponseMS.Max), x.least.Seconds()*1000)
	if x.want == "" {
		assert.GreaterOrEqual(t, during.Quantile(.95).Duration(), x.least, "also if the hook was late")
	}
}

// evenHeads gives all answers of h heads of one size: so bytes on the wire are
// those of the bodies, which the report has, and headBytes for each answer.
func evenHeads(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		header := w.Header()
		for key, values := range answer.Header() {
			header[key] = values
		}
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		if answer.Code != http.StatusNoContent {
			header.Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		}
		header.Set("Padding", "")
		size := len("HTTP/1.1 200 \r\n\r\n") + len(http.StatusText(answer.Code))
		for key := range header {
			size += len(key + ": " + header.Get(key) + "\r\n")
		}
		header.Set("Padding", strings.Repeat("x", headBytes-size))
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	})
}
