package otel

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// target answers, now and then with an error, and keeps the headers that it gets.
type target struct {
	mu   sync.Mutex
	seen map[string]string // baggage by traceparent
	n    atomic.Int64
}

func (x *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	x.mu.Lock()
	x.seen[r.Header.Get("Traceparent")] = r.Header.Get("Baggage")
	x.mu.Unlock()
	if x.n.Add(1)%7 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// shoppers read and write.
func shoppers(c *httpclient.Client) func(scenario.Env) (scenario.User, error) {
	return func(scenario.Env) (scenario.User, error) {
		return tasks{
			{Name: "read", Weight: 2, Do: func(ctx context.Context) error { return c.Get(ctx, "/items/{id}", 7).Err() }},
			{Name: "write", Weight: 1, Do: func(ctx context.Context) error {
				return errors.Join(c.Get(ctx, "/").Err(), c.Post(ctx, "/items", nil).Err())
			}},
		}, nil
	}
}

type tasks []scenario.Task

func (x tasks) Tasks() []scenario.Task { return x }

// TestCountsEqualTheSummary: whatever the protocol, each request is in the metrics and, as all are traced, is a span
// that the target knows.
func TestCountsEqualTheSummary(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, ...string) *collector{"gRPC": byGRPC, "HTTP": byHTTP} {
		t.Run(name, func(t *testing.T) {
			c := begin(t, "OTEL_SERVICE_NAME=checkout-load", "OTEL_RESOURCE_ATTRIBUTES=team=shop", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip")
			x := &target{seen: map[string]string{}}
			server := httptest.NewServer(x)
			defer server.Close()
			client, err := httpclient.New(httpclient.Config{Host: server.URL})
			require.NoError(t, err)
			defer client.Close()
			e := start(t, Config{SampleRate: 1, Version: "v1.2.3"})
			sum, err := loadgen.Runner{
				Name: "shop", NewUser: shoppers(client), Pace: scenario.Around(20*time.Millisecond, .5), Seed: 7, Observer: e,
				Schedule: phase.Schedule{{Name: "baseline", For: 300 * time.Millisecond, Users: 5}, {Name: "after", For: 300 * time.Millisecond, Users: 5}},
			}.Run(t.Context())
			require.NoError(t, err)
			require.Empty(t, sum.Exceptions)
			assert.Equal(t, Losses{}, e.Stop())

			require.Positive(t, sum.Total.Requests)
			m := c.last(t)
			for _, p := range sum.Phases {
				for _, op := range p.Operations[:max(0, len(p.Operations)-1)] {
					of := []string{"load.phase=" + p.Name, "load.operation=" + op.Op().String(), "load.run_id=r-1"}
					assert.EqualValues(t, op.Requests-op.Failures, value(t, m["loadgen.requests"], append(of, "load.outcome=ok")...))
					assert.EqualValues(t, op.Failures, value(t, m["loadgen.requests"], append(of, "load.outcome=failed")...))
					assert.EqualValues(t, op.Requests-op.Failures, value(t, m["loadgen.request.duration"], append(of, "load.outcome=ok")...))
					assert.EqualValues(t, op.Bytes, value(t, m["loadgen.response.body"], of...))
				}
				assert.EqualValues(t, p.Counters.Finished, value(t, m["loadgen.tasks.finished"], "load.phase="+p.Name))
			}
			c.mu.Lock()
			assert.Equal(t, "checkout-load", c.resource["service.name"])
			assert.Equal(t, "v1.2.3", c.resource["service.version"])
			assert.Equal(t, "shop", c.resource["team"])
			c.mu.Unlock()

			requests, failed, begun := int64(0), int64(0), int64(0)
			x.mu.Lock()
			defer x.mu.Unlock()
			for _, s := range c.all() {
				a := attributesOf(s.Attributes)
				if a["load.operation"] == "" {
					begun++
					assert.Empty(t, s.ParentSpanId, "each task is a trace")
					continue
				}
				assert.NotEmpty(t, s.ParentSpanId)
				if a["load.cut_off"] == "true" {
					continue
				}
				requests++
				if a["error.type"] == "503" {
					failed++
				}
				baggage, known := x.seen["00-"+hex.EncodeToString(s.TraceId)+"-"+hex.EncodeToString(s.SpanId)+"-01"]
				assert.True(t, known, "the target knows the span")
				assert.Equal(t, "load.run_id=r-1,load.phase="+a["load.phase"], baggage)
			}
			assert.Equal(t, sum.Total.Requests, requests)
			assert.Equal(t, sum.Total.Failures, failed)
			assert.Equal(t, sum.Total.Counters.Started, begun)
		})
	}
}

// TestSamplingFollowsTheSeed: the same task runs are traced in every run with a seed, by a rate of the program as by one of the environment.
func TestSamplingFollowsTheSeed(t *testing.T) {
	c := byGRPC(t, "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.02")
	e := start(t, Config{})
	first := chosen(e, 7)
	assert.InDelta(t, 100, len(first), 50)
	assert.Equal(t, first, chosen(e, 7))
	assert.NotEqual(t, first, chosen(e, 8))
	e.Stop()
	assert.Greater(t, len(c.all()), 3*50)
	byGRPC(t)
	assert.Equal(t, first, chosen(start(t, Config{SampleRate: .02}), 7))
}

func TestSamplingIsSwitchedOff(t *testing.T) {
	for _, off := range []string{"OTEL_TRACES_SAMPLER=always_off", "OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true", "OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0"} {
		c := byGRPC(t, strings.Fields(off)...)
		e := start(t, Config{})
		assert.Empty(t, chosen(e, 7), off)
		e.Stop()
		c.mu.Lock()
		assert.Empty(t, c.spans, off)
		assert.Equal(t, strings.Contains(off, "DISABLED"), len(c.exports) == 0, off)
		c.mu.Unlock()
	}
	c := byGRPC(t, "OTEL_METRICS_EXPORTER=none")
	e := start(t, Config{SampleRate: 1})
	assert.Len(t, chosen(e, 7), 5000)
	require.NoError(t, e.queue.ForceFlush(t.Context()))
	lost := e.Stop()
	assert.EqualValues(t, 5000, int64(len(c.all()))+lost.QueueFull, "sent or counted")
	c.look(func() { assert.Empty(t, c.exports) })
}

// TestTheDefaultRateHasALimit: what it holds back is counted.
func TestTheDefaultRateHasALimit(t *testing.T) {
	byGRPC(t)
	e := start(t, Config{})
	assert.Len(t, chosen(e, 7), 200, "all begin in the same second")
	assert.EqualValues(t, 4800, e.Losses().Held)
}

// A task that is not traced costs nothing more.
func TestAnUntracedTaskAllocatesNothing(t *testing.T) {
	byGRPC(t, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.000000001")
	r, _ := begin(start(t, Config{}))
	ctx := context.Background()
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = r.BeginTask(ctx, measure.Task{User: 1, Name: "x"}) }))
}

// TestHeadersReachTheCollector, and no message, whatever the collector makes of them; a signal's own beat those of all.
func TestHeadersReachTheCollector(t *testing.T) {
	for _, own := range []signal{traces, metered, logged} {
		for _, headers := range []string{"api-key=s3cret", "authorization=Bearer%20s3cret", "a=b,authorization=Basic%20s3cret%3D%3D,x=s3cret%2Fs3cret"} {
			got := make(chan http.Header, 100)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got <- r.Header
				http.Error(w, strings.Repeat("x", longestError-80)+fmt.Sprintf("%s: no access with %q", r.URL.Path, r.Header), http.StatusUnauthorized)
			}))
			variables := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS=api-key=s3cret-of-all",
				"OTEL_EXPORTER_OTLP_" + string(own) + "_HEADERS=" + headers}
			for _, other := range []signal{traces, metered, logged} {
				if other != own {
					variables = append(variables, "OTEL_"+string(other)+"_EXPORTER=none")
				}
			}
			only(t, variables...)
			var heard journal
			e := start(t, Config{SampleRate: 1, Logger: heard.logger()})
			slog.New(e.LogHandler(nil)).Info("hello")
			observeOne(e)
			e.Stop()
			s.Close()
			assert.Contains(t, fmt.Sprint(<-got), "s3cret", "it arrives")
			require.Len(t, heard.warnings(), 1)
			assert.Contains(t, heard.warnings()[0], "signal="+strings.ToLower(string(own)))
			assert.NotContains(t, heard.text.String(), "s3c", "not even in part")
		}
	}
}

// TestErrorsOfACollectorAreReadable without what is secret.
func TestErrorsOfACollectorAreReadable(t *testing.T) {
	only(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://ann:s3cret@c:1", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20t0ken,x=y")
	assert.Equal(t, `no "xxxxx" for http://ann:xxxxx@c:1, nor xxxxx: try again`, traces.conceal(`no "Bearer t0ken" for http://ann:s3cret@c:1, nor Bearer%20t0ken: try again`))
}

func TestMistakesInTheConfig(t *testing.T) {
	only(t)
	for want, c := range map[string]Config{"SampleRate is 2": {SampleRate: 2}, "RunID": {RunID: strings.Repeat("x", 101)}} {
		_, err := Start(c)
		assert.ErrorContains(t, err, want)
	}
}
