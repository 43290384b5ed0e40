package record

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// twoPhases is the plan that most tests use: ten seconds, then twenty.
var twoPhases = []report.PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Users: 10, SpawnRate: 2, RampEnd: 5 * time.Second, Model: "closed", Pace: "think gamma(mean 2s, CV 0.3)",
		Weights: map[string]float64{"list": 40, "create": 30}, Predicted: &report.Load{Rate: 2.6, OnShare: .5, IDC: 7.1}},
	{Name: "intervention", Start: 10 * time.Second, End: 30 * time.Second, Users: 50, SpawnRate: 2, RampEnd: 25 * time.Second, Model: "closed"},
}

// sampleRun records a run of 30 s with failures, lag, straddlers and requests cut off.
func sampleRun(n int) *Recorder {
	r := New(Config{Phases: twoPhases, Shards: 2})
	rng := rand.New(rand.NewPCG(1, 2))
	ops := []report.Op{{Method: "GET", Name: "/api/todos"}, {Kind: "buyer", Method: "GET", Name: "/api/todos"}, {Method: "POST", Name: "/api/todos"}, {Method: "PUT", Name: "/api/todos/{id}"}, {Method: "", Name: "a task of one's own with quite a long name"}}
	for i := range n {
		at := time.Duration(float64(i) / float64(n) * 30e9)
		took := time.Duration(2e7 * (1 + rng.ExpFloat64()))
		lag := time.Duration(4e5 * rng.ExpFloat64())
		x := Sample{Op: ops[rng.IntN(len(ops))], Intended: at, Woken: at + lag, Sent: at + lag, Done: at + lag + took, Bytes: 200}
		switch {
		case x.Op.Method == "POST" && rng.IntN(40) == 0:
			x.Err, x.Done = "http 503", at+lag+3*time.Millisecond
		case x.Op.Method == "POST" && rng.IntN(400) == 0:
			x.Err = "timeout"
		case x.Done > 30*time.Second:
			x.Err, x.Done = report.CutOff, 30*time.Second
		}
		r.Shard(i).Record(&x)
		r.Shard(i).Count(Planned, at, 1)
		r.Shard(i).Count(Started, at, 1)
	}
	for s := range 30 {
		r.Level(s, min(10+s, 50), min(9+s, 50), 5)
	}
	r.Exception("panic", "index out of range [3] with length 2", "goroutine 7 [running]:\nmain.(*user).list(...)\n\t/src/main.go:12\n", 12*time.Second)
	return r
}

// randomly checks a property a bounded number of times, always with the same
// draws unless the command line says otherwise.
func randomly(t *testing.T, checks string, property func(*rapid.T)) {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": checks, "rapid.seed": "1", "rapid.nofailfile": "true"} {
		if !given[name] {
			require.NoError(t, flag.Set(name, value))
		}
	}
	rapid.Check(t, property)
}

// fewer is n, or with -short a smaller number.
func fewer(n, short int64) int64 {
	if testing.Short() {
		return short
	}
	return n
}

// get is the operation of tests that need one.
var get = report.Op{Method: "GET", Name: "/api/todos"}

// at records a successful request that was intended at one offset and took a time.
func at(r *Recorder, intended, took time.Duration) {
	r.Shard(0).Record(&Sample{Op: get, Intended: intended, Woken: intended, Sent: intended, Done: intended + took})
}

// benchOps returns n operations.
func benchOps(n int) []report.Op {
	ops := make([]report.Op, n)
	for i := range ops {
		ops[i] = report.Op{Method: "GET", Name: fmt.Sprintf("/api/things/%d/{id}", i)}
	}
	return ops
}

// nth is sample i of a run with 5,000 requests a second and latencies of 5 to 80 ms.
func nth(i int, ops []report.Op) Sample {
	at := time.Duration(i) * 200 * time.Microsecond
	took := 5*time.Millisecond + time.Duration((uint32(i)*2654435761)>>8)*9/2
	return Sample{Op: ops[i%len(ops)], Intended: at, Woken: at + 50_000, Sent: at + 60_000, Done: at + took, Bytes: 300}
}

// lognormal returns n durations around 20 ms.
func lognormal(n int, seed uint64) []time.Duration {
	rng, out := rand.New(rand.NewPCG(seed, 7)), make([]time.Duration, n)
	for i := range out {
		out[i] = time.Duration(2e7 * math.Exp(rng.NormFloat64()))
	}
	return out
}

// encoded returns the binary form of a sketch.
func encoded(t testing.TB, s *hist.Sketch) string {
	data, err := s.MarshalBinary()
	require.NoError(t, err)
	return string(data)
}

// asJSON returns the JSON form of a summary.
func asJSON(t require.TestingT, s *report.Summary) []byte {
	var b bytes.Buffer
	require.NoError(t, s.WriteJSON(&b))
	return b.Bytes()
}

// intervals returns the per-second rows of phase i up to offset now.
func intervals(r *Recorder, i int, now time.Duration) (out []report.Series) {
	r.read(func(f *store) { out = r.seriesOf(f, i, now) })
	return out
}
