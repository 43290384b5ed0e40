package main

import (
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// job starts backend and proxy for a test.
func job(t *testing.T, latency time.Duration) *cli.Job {
	t.Helper()
	j, err := newJob(cli.Settings{Seed: 1, Timeout: time.Minute, Log: slog.New(slog.DiscardHandler)}, &latency)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, j.Close()) })
	return j
}

func short(j *cli.Job) loadgen.Runner {
	part := phase.Phase{For: 3 * time.Second, Users: 10}
	return loadgen.Runner{
		NewUser: j.NewUser, Pace: scenario.Between(20*time.Millisecond, 60*time.Millisecond), Seed: 1, StopTimeout: time.Second,
		Schedule: j.Schedule(phase.ABA(part, part)),
	}
}

// TestMain silences what Toxiproxy says of its bandwidth, and lets pass that it
// leaves behind what still hands bytes on in links that broke off.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = parallel.Value.Set("6") // they mostly wait
	}
	goleak.VerifyTestMain(patient{m}, ofLinks)
}

var ofLinks = goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe")

// patient waits for what tests leave to end: goleak itself waits for less than a second.
type patient struct{ *testing.M }

func (p patient) Run() int {
	code := p.M.Run()
	for end := time.Now().Add(time.Minute); goleak.Find(ofLinks) != nil && time.Now().Before(end); {
	}
	return code
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

// traffic is what Toxiproxy has counted of one direction, in bytes.
type traffic struct{ received, sent int64 }

// counted reads Toxiproxy's counters, by direction.
func (p *proxy) counted(t *assert.CollectT) (answers, requests traffic) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(p.traffic.Collectors()...)
	families, err := registry.Gather()
	assert.NoError(t, err)
	counts := map[string]int64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			counts[f.GetName()+" "+m.GetLabel()[0].GetValue()] += int64(m.GetCounter().GetValue())
		}
	}
	of := func(direction string) traffic {
		return traffic{counts["toxiproxy_proxy_received_bytes_total "+direction], counts["toxiproxy_proxy_sent_bytes_total "+direction]}
	}
	return of("downstream"), of("upstream")
}
