package record

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
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

// timings divides a time into parts, some of them 0, or says that they were not measured.
func timings(rng *rand.Rand, left time.Duration) (t timing.Times) {
	if rng.IntN(4) == 0 {
		return t
	}
	for p := range t {
		if rng.IntN(2) == 0 {
			t[p] = time.Duration(rng.Int64N(1 + int64(left)))
			left -= t[p]
		}
	}
	return t
}

// frozen is a target that answered 300 requests in 5 ms and since the third second
// none of 20, of two operations.
func frozen() *Recorder {
	r := New(Config{Phases: twoPhases, Shards: 3})
	for i := range 300 {
		at(r, time.Duration(i)*10*time.Millisecond, 5*time.Millisecond)
	}
	for i := range 20 {
		ask(r.Shard(i), report.Op{Name: []string{"list", "make"}[i%2]}, 3*time.Second)
	}
	return r
}

// ask notes a request of a task that has no other in flight.
func ask(s *Shard, op report.Op, at time.Duration) Flight { return s.Begin(new(Waits), op, at, at) }

// balanced holds the counters of a state against each other.
func balanced(t *testing.T, c report.Counters, requests int64) {
	t.Helper()
	require.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Waiting, "%+v", c)
	require.Equal(t, c.Started, c.Finished+c.Unfinished, "%+v", c)
	require.Equal(t, c.Sent, requests+c.CutOff+c.InFlight, "%+v", c)
	for _, n := range []int64{c.Waiting, c.Running, c.InFlight, c.Unfinished - c.Running} {
		require.GreaterOrEqual(t, n, int64(0), "%+v", c)
	}
}

// oracle counts, in the plainest way, what a row of a series must say.
type oracle map[string]*report.Interval

// row returns the row of a phase, an operation's name and a second.
func (o oracle) row(phase, name string, second int) *report.Interval {
	key := fmt.Sprint(phase, "|", name, "|", second)
	if o[key] == nil {
		o[key] = &report.Interval{}
	}
	return o[key]
}

// add counts one sample.
func (o oracle) add(info report.PhaseInfo, name string, x *Sample, width int) {
	first := int(info.Start / time.Second)
	second := first + (int(x.Intended/time.Second)-first)/width*width
	for _, name := range []string{name, report.Aggregated} {
		r := o.row(info.Name, name, second)
		n, bad, list := &r.Requests, &r.Failures, &r.Successes
		if x.Done > info.End {
			n, bad, list = &r.Straddlers, &r.StraddlerFailures, &r.Straddled
		}
		*n++
		if x.Err != "" {
			*bad++
			continue
		}
		*list = count(*list, hist.Index(x.Done-x.Intended))
	}
}

// count adds one to a bucket of an ordered list.
func count(list []hist.Bucket, bucket int) []hist.Bucket {
	for i, b := range list {
		if b.Index == bucket {
			list[i].Count++
			return list
		}
		if b.Index > bucket {
			return append(list[:i], append([]hist.Bucket{{Index: bucket, Count: 1}}, list[i:]...)...)
		}
	}
	return append(list, hist.Bucket{Index: bucket, Count: 1})
}

// randomRun records n samples, late and early ones mixed, and returns what the rows must be.
func randomRun(r *Recorder, n int, width int, seed uint64) oracle {
	rng, o := rand.New(rand.NewPCG(seed, 3)), oracle{}
	for i := range n {
		intended := time.Duration(rng.Int64N(int64(30 * time.Second)))
		if rng.IntN(4) > 0 {
			intended = time.Duration(float64(i) / float64(n) * 30e9)
		}
		x := Sample{Op: report.Op{Method: "GET", Name: fmt.Sprint("/", rng.IntN(5))}, Intended: intended, Woken: intended, Sent: intended}
		x.Done = intended + time.Duration(rng.IntN(40))*time.Millisecond*time.Duration(1+rng.IntN(100)/98*100)
		if rng.IntN(10) == 0 {
			x.Err = "http 500"
		}
		r.Shard(i).Record(&x)
		o.add(r.PhaseAt(intended), x.Op.Name, &x, width)
	}
	return o
}

// check holds every interval of a summary against the oracle.
func (o oracle) check(t *testing.T, s *report.Summary) {
	t.Helper()
	seen := 0
	for _, series := range s.Intervals {
		for v := range series.Intervals() {
			want := o.row(series.Phase, series.Name, v.Second)
			want.Second, want.Width = v.Second, series.WidthS
			if want.Requests+want.Straddlers > 0 {
				seen++
			}
			if len(v.Successes) == 0 {
				v.Successes = nil
			}
			if len(v.Straddled) == 0 {
				v.Straddled = nil
			}
			require.Equal(t, *want, v, "%s %s", series.Phase, series.Name)
		}
	}
	for _, v := range o {
		if v.Requests+v.Straddlers > 0 {
			seen--
		}
	}
	assert.Zero(t, seen, "rows that no series has")
}
