package report

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// twoPhases is the plan that most tests use: ten seconds, then twenty.
var twoPhases = []PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Users: 10, SpawnRate: 2, RampEnd: 5 * time.Second, Model: "closed", Pace: "think gamma(mean 2s, CV 0.3)",
		Weights: map[string]float64{"list": 40, "create": 30}, Predicted: &Load{Rate: 2.6, OnShare: .5, IDC: 7.1}},
	{Name: "intervention", Start: 10 * time.Second, End: 30 * time.Second, Users: 50, SpawnRate: 2, RampEnd: 25 * time.Second, Model: "closed"},
}

// sampleRun records a run of 30 s with failures, lateness, straddlers and requests cut off.
func sampleRun(n int) *Recorder {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 2})
	rng := rand.New(rand.NewPCG(1, 2))
	ops := []Op{{"GET", "/api/todos"}, {"POST", "/api/todos"}, {"PUT", "/api/todos/{id}"}, {"", "a task of one's own with quite a long name"}}
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
			x.Err, x.Done = CutOff, 30*time.Second
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

// lognormal returns n durations around 20 ms.
func lognormal(n int, seed uint64) []time.Duration {
	rng, out := rand.New(rand.NewPCG(seed, 7)), make([]time.Duration, n)
	for i := range out {
		out[i] = time.Duration(2e7 * math.Exp(rng.NormFloat64()))
	}
	return out
}

// sketchOf returns the sketch of some durations.
func sketchOf(values ...time.Duration) *hist.Sketch {
	s := new(hist.Sketch)
	for _, v := range values {
		s.Add(v)
	}
	return s
}

// addN counts a duration n times.
func addN(s *hist.Sketch, d time.Duration, n uint64) {
	for range n {
		s.Add(d)
	}
}

// encoded returns the binary form of a sketch.
func encoded(t testing.TB, s *hist.Sketch) string {
	data, err := s.MarshalBinary()
	require.NoError(t, err)
	return string(data)
}
