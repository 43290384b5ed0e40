package report_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/record"
)

// twoPhases is the plan that most tests use: ten seconds, then twenty.
var twoPhases = []report.PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Users: 10, SpawnRate: 2, RampEnd: 5 * time.Second, Model: "closed", Pace: "think gamma(mean 2s, CV 0.3)",
		Weights: map[string]float64{"list": 40, "create": 30}, Predicted: &report.Load{Rate: 2.6, OnShare: .5, IDC: 7.1}},
	{Name: "intervention", Start: 10 * time.Second, End: 30 * time.Second, Users: 50, SpawnRate: 2, RampEnd: 25 * time.Second, Model: "closed"},
}

// sampleRun records a run of 30 s with failures, lag, straddlers and requests cut off.
func sampleRun(n int) *record.Recorder {
	r := record.New(record.Config{Phases: twoPhases, Shards: 2})
	rng := rand.New(rand.NewPCG(1, 2))
	ops := []report.Op{{Method: "GET", Name: "/api/todos"}, {Method: "POST", Name: "/api/todos"}, {Method: "PUT", Name: "/api/todos/{id}"}, {Method: "", Name: "a task of one's own with quite a long name"}}
	for i := range n {
		at := time.Duration(float64(i) / float64(n) * 30e9)
		took := time.Duration(2e7 * (1 + rng.ExpFloat64()))
		lag := time.Duration(4e5 * rng.ExpFloat64())
		x := record.Sample{Op: ops[rng.IntN(len(ops))], Intended: at, Woken: at + lag, Sent: at + lag, Done: at + lag + took, Bytes: 200}
		switch {
		case x.Op.Method == "POST" && rng.IntN(40) == 0:
			x.Err, x.Done = "http 503", at+lag+3*time.Millisecond
		case x.Op.Method == "POST" && rng.IntN(400) == 0:
			x.Err = "timeout"
		case x.Done > 30*time.Second:
			x.Err, x.Done = report.CutOff, 30*time.Second
		}
		r.Shard(i).Record(&x)
		r.Shard(i).Count(record.Planned, at, 1)
		r.Shard(i).Count(record.Started, at, 1)
	}
	for s := range 30 {
		r.Level(s, min(10+s, 50), min(9+s, 50), 5)
	}
	r.Exception("panic", "index out of range [3] with length 2", "goroutine 7 [running]:\nmain.(*user).list(...)\n\t/src/main.go:12\n", 12*time.Second)
	return r
}

// sampleSummary is the summary of sampleRun.
func sampleSummary(n int) *report.Summary {
	return sampleRun(n).Summary(record.Meta{
		Name: "To-do", Seed: 1, PlanDigest: "3fa92c1e77aa0001", Start: time.Unix(1.7e9, 0), End: 30 * time.Second,
		Notes:  []string{"A sentence that comes first."},
		Health: report.Health{CPU: .31, CPUPeak: .5, CPULimit: 2, Goroutines: 60, MemoryBytes: 41e6, OpenFiles: 12, FileLimit: 1024, GCPauseS: .0021},
	})
}

// worker is one of several that made a run, on time and not busy.
func worker(i int) report.Worker {
	return report.Worker{
		ID: fmt.Sprintf("lg-%d", i+1), Index: i, State: report.WorkerStopped, Users: 10, Requests: 5000,
		LagMS:  report.Lag{P50: .1, P99: .9, Max: 3},
		Health: report.Health{CPU: .5 + .01*float64(i), CPULimit: 2}, ClockMS: .12, ClockBoundMS: .18, StartSkewMS: .3,
	}
}

// withWorkers makes a run that of n workers, of which the last was lost in its first phase.
func withWorkers(s *report.Summary, n int) *report.Summary {
	workers := make([]report.Worker, n)
	for i := range workers {
		workers[i] = worker(i)
	}
	last := &workers[n-1]
	last.State, last.LostS, last.Why, last.SilentS = report.WorkerLost, 5, "no report for 3 s", 3
	s.Phases[0].Lost = &report.Loss{UserSeconds: 25, Arrivals: 30, Share: .25}
	for _, p := range []*report.PhaseSummary{&s.Phases[0], &s.Total} {
		p.Counters.Planned, p.Counters.Lost = p.Counters.Planned+30, 30
	}
	s.SetWorkers(workers)
	return s
}

// asJSON returns the JSON form of a summary.
func asJSON(t testing.TB, s *report.Summary) []byte {
	var b bytes.Buffer
	require.NoError(t, s.WriteJSON(&b))
	return b.Bytes()
}

// text returns the tables of a summary.
func text(t testing.TB, s *report.Summary) string {
	var b bytes.Buffer
	require.NoError(t, s.WriteText(&b))
	return b.String()
}

// oneLine takes the line breaks out of text that is wrapped.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// get is the operation of tests that need one.
var get = report.Op{Method: "GET", Name: "/api/todos"}

// lateRun records n requests of which a share was woken late by up to a second.
func lateRun(n int, share float64) (r *record.Recorder, truth *hist.Sketch) {
	r, truth = record.New(record.Config{}), new(hist.Sketch)
	rng := rand.New(rand.NewPCG(9, 1))
	for i := range n {
		took := time.Duration(2e7 * (1 + rng.ExpFloat64()))
		x := record.Sample{Op: get, Intended: time.Duration(i) * time.Millisecond}
		x.Woken = x.Intended + 100*time.Microsecond
		if rng.Float64() < share {
			x.Woken += time.Duration(rng.Int64N(1e9))
		}
		x.Sent, x.Done = x.Woken, x.Woken+took
		truth.Add(took)
		r.Shard(0).Record(&x)
	}
	return r, truth
}
