package record

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestSamplesBelongToTheirIntendedStart(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	at(r, 9*time.Second+999*time.Millisecond, 5*time.Second) // done in the next phase
	at(r, 10*time.Second, time.Second)
	at(r, 29*time.Second, time.Second) // done exactly at the end
	at(r, 31*time.Second, time.Second) // after the plan's end: of the last phase
	at(r, -time.Second, time.Millisecond)

	s := r.Summary(Meta{End: 32 * time.Second})
	assert.EqualValues(t, 2, s.Phases[0].Requests)
	assert.EqualValues(t, 3, s.Phases[1].Requests)
	assert.EqualValues(t, 1, s.Phases[0].Aggregated().Straddlers)
	assert.EqualValues(t, 1, s.Phases[1].Aggregated().Straddlers)
	assert.EqualValues(t, 1, s.Timeline[9].Requests, "second 9, though it was done in second 14")
	assert.InDelta(t, .2, s.Phases[0].RPS, 1e-12)
	assert.Equal(t, "intervention", r.PhaseAt(10*time.Second).Name)
	assert.Equal(t, "baseline", r.PhaseAt(-1).Name)
}

func TestTimelineHasTheMeanOfTheSuccesses(t *testing.T) {
	r := New(Config{})
	at(r, 0, 10*time.Millisecond)
	at(r, time.Millisecond, 30*time.Millisecond)
	r.Shard(0).Record(&Sample{Op: report.Op{Method: "GET", Name: "/"}, Done: time.Second, Err: "http 500"})
	at(r, 2*time.Second, 50*time.Millisecond)
	rows := r.Timeline(0, 3)
	require.InEpsilon(t, 20, float64(rows[0].Mean), .002)
	require.Equal(t, report.NoValue, rows[1].Mean, "no request")
	require.InEpsilon(t, 50, float64(rows[2].Mean), .002)
}

func TestFailuresRankBehindEverySuccess(t *testing.T) {
	r := New(Config{})
	for i := range 100 {
		x := Sample{Op: get, Done: time.Duration(i+1) * time.Millisecond}
		if i < 6 {
			x.Err = "http 503" // fast ones
		}
		r.Shard(i).Record(&x)
	}
	o := r.Phase(0, time.Minute).Aggregated()
	assert.EqualValues(t, 6, o.Failures)
	assert.InDelta(t, 56, float64(o.ResponseMS.P50), .2, "the 50th of 94 successes from 7 ms on")
	assert.Equal(t, report.NoValue, o.ResponseMS.P95, "94 successes of 100")
	assert.Equal(t, report.Millis(7), o.ResponseMS.Min, "of the successes")
	assert.Equal(t, report.Millis(100), o.ResponseMS.Max)
	assert.Equal(t, report.Millis(53.5), o.ResponseMS.Mean)
	assert.Equal(t, report.Timed{Min: 1, Mean: 50.5, Max: 100}, o.Timed(), "of all requests")
	assert.InDelta(t, 94./60, o.Throughput, 1e-9)
	require.NotNil(t, o.SuccessMS)
	assert.Equal(t, report.Millis(7), o.SuccessMS.Min)
	assert.InDelta(t, 96, float64(o.SuccessMS.P95), .2)
	assert.Equal(t, .06, o.FailureShare())
	assert.EqualValues(t, 6, o.Failed.Count())
}

func TestAllFailed(t *testing.T) {
	r := New(Config{})
	r.Shard(0).Record(&Sample{Op: get, Done: time.Second, Err: "timeout"})
	o := r.Phase(0, time.Second).Aggregated()
	assert.Nil(t, o.SuccessMS)
	assert.Equal(t, report.NoFigures(), o.ResponseMS)
	assert.Equal(t, report.NoFigures(), o.ServiceMS)
	assert.Equal(t, report.Timed{Min: 1000, Mean: 1000, Max: 1000}, o.Timed())
	assert.Zero(t, o.Throughput)
	assert.InDelta(t, 1, o.RPS, 1e-9)
}

func TestPercentileOfExactlyTheSuccesses(t *testing.T) {
	for _, failures := range []int{4, 5, 6} {
		r := New(Config{})
		for i := range 100 {
			x := Sample{Op: get, Done: time.Second}
			if i < failures {
				x.Err = "timeout"
			}
			r.Shard(0).Record(&x)
		}
		assert.Equal(t, failures <= 5, r.Phase(0, time.Second).Aggregated().ResponseMS.P95.IsFinite(), failures)
	}
}

func TestResponseServiceAndLagAreApart(t *testing.T) {
	r := New(Config{})
	s := r.Shard(0)
	s.Record(&Sample{Op: get, Intended: 1000e6, Woken: 1002e6, Sent: 1012e6, Done: 1100e6})
	s.Record(&Sample{Op: get, Intended: 1100e6, Woken: 1100e6, Sent: 1100e6, Done: 1150e6, Later: true})
	p := r.Phase(0, 2*time.Second)
	o := p.Aggregated()
	assert.Equal(t, report.Millis(100), o.ResponseMS.Max)
	assert.Equal(t, report.Millis(88), o.ServiceMS.Max)
	assert.Equal(t, report.Lag{P50: 2, P99: 2, Max: 2}, p.LagMS, "only the first request has a wake-up")
}

func TestRequestsCutOffAreCensored(t *testing.T) {
	r := New(Config{})
	for i := range 100 {
		x := Sample{Op: get, Done: 10 * time.Millisecond}
		if i < 3 {
			x.Done, x.Err = time.Second, report.CutOff
		}
		r.Shard(0).Record(&x)
	}
	o := r.Phase(0, time.Second).Aggregated()
	assert.EqualValues(t, 97, o.Requests)
	assert.EqualValues(t, 0, o.Failures)
	assert.EqualValues(t, 3, o.CutOff)
	assert.InDelta(t, 1000, float64(o.ResponseMS.P99), 2, "they rank with the time they had taken")
	assert.Equal(t, report.Millis(10), o.ResponseMS.Max, "of completed requests")
	assert.False(t, o.Trust.P50.LowerBound)
	assert.True(t, o.Trust.P95.LowerBound)
	assert.True(t, o.Trust.P99.LowerBound)

	hung := New(Config{})
	hung.Shard(0).Record(&Sample{Op: get, Done: time.Minute, Err: report.CutOff})
	o = hung.Phase(0, time.Minute).Aggregated()
	assert.Zero(t, o.Requests)
	assert.Equal(t, report.Millis(60_000), o.ResponseMS.P50, "at least")
	assert.Equal(t, report.NoValue, o.ResponseMS.Mean)
}

func TestNothingIsDroppedPastTheLimits(t *testing.T) {
	r := New(Config{MaxOps: 3, MaxReasons: 2, MaxExceptions: 2, Shards: 2})
	for i := range 50 {
		for shard := range 2 {
			r.Shard(shard).Record(&Sample{
				Op: report.Op{Method: "GET", Name: fmt.Sprint("/", i)}, Done: time.Duration(i) * time.Millisecond, Err: fmt.Sprint("reason ", i%5),
			})
		}
		r.Exception("error", fmt.Sprint("message ", i%5), "", time.Duration(i)*time.Second)
	}
	s := r.Summary(Meta{End: time.Minute})
	ops := s.Total.Operations
	require.Len(t, ops, 5, "three, the others, Aggregated")
	assert.Equal(t, report.OtherOperations, ops[3].Name)
	assert.EqualValues(t, 94, ops[3].Requests)
	assert.EqualValues(t, 94, s.Total.Counters.OtherOperations)
	assert.EqualValues(t, 100, ops[4].Requests)

	byReason := map[string]int64{}
	for _, f := range s.Failures {
		byReason[f.Reason] += f.Occurrences
	}
	assert.Equal(t, map[string]int64{"reason 0": 20, "reason 1": 20, report.OtherReasons: 60}, byReason)

	require.Len(t, s.Exceptions, 3)
	assert.Equal(t, report.Exception{Kind: report.OtherExceptions, Occurrences: 30, FirstS: 2, LastS: 49}, s.Exceptions[0])
	assert.Equal(t, report.Exception{Kind: "error", Message: "message 0", Occurrences: 10, FirstS: 0, LastS: 45}, s.Exceptions[1])
}

func TestNamesAreCutAndMadeValid(t *testing.T) {
	long := string(make([]byte, 300))
	r := New(Config{})
	for range 3 {
		r.Shard(0).Record(&Sample{Op: report.Op{Method: "GET", Name: long}, Err: "caf\xe9" + long})
		r.Shard(0).Record(&Sample{Op: report.Op{Method: "GET", Name: "ok\xff"}})
	}
	p := r.Phase(0, time.Second)
	require.Len(t, p.Operations, 3)
	assert.Len(t, p.Operations[0].Name, maxName)
	assert.Equal(t, "ok�", p.Operations[1].Name)
	assert.EqualValues(t, 3, p.Operations[1].Requests)
	assert.Equal(t, "é…", clean("ééé", 5))
	assert.Equal(t, "ok", clean("ok", 5))
}

func TestFailuresTellFirstAndLastSeen(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 3})
	for i, done := range []time.Duration{5, 3, 12, 4, 20} {
		r.Shard(i).Record(&Sample{Op: get, Intended: (done - 1) * time.Second, Done: done * time.Second, Err: "timeout"})
	}
	r.Shard(0).Record(&Sample{Op: get, Done: time.Second, Err: "connect: refused"})
	assert.Equal(t, []report.Failure{
		{Method: "GET", Name: get.Name, Phase: "baseline", Reason: "timeout", Occurrences: 3, FirstS: 3, LastS: 5},
		{Method: "GET", Name: get.Name, Phase: "intervention", Reason: "timeout", Occurrences: 2, FirstS: 12, LastS: 20},
		{Method: "GET", Name: get.Name, Phase: "baseline", Reason: "connect: refused", Occurrences: 1, FirstS: 1, LastS: 1},
	}, r.Summary(Meta{End: 30 * time.Second}).Failures)
	assert.Equal(t, report.Failure{Method: "GET", Name: get.Name, Reason: "timeout", Occurrences: 5, FirstS: 3, LastS: 20},
		r.Snapshot(21 * time.Second).Failures[0], "a snapshot takes phases together")
}

func TestCountersByPhase(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 2})
	for i := range 30 {
		start := time.Duration(i) * time.Second
		r.Shard(i).Count(Planned, start, 2)
		r.Shard(i).Count(Started, start, 1)
		r.Shard(i).Count(Dropped, start, 1)
	}
	r.Shard(0).Count(Finished, 0, 9)
	r.Shard(1).Count(Unfinished, 9*time.Second, 1)
	r.Shard(1).Count(Planned, 10*time.Second, 5)
	r.Shard(1).Count(Missed, 10*time.Second, 4)
	s := r.Summary(Meta{End: 30 * time.Second})
	assert.Equal(t, report.Counters{Planned: 20, Started: 10, Dropped: 10, Finished: 9, Unfinished: 1}, s.Phases[0].Counters)
	assert.Equal(t, report.Counters{Planned: 45, Started: 20, Dropped: 20, Missed: 4, Waiting: 1, Unfinished: 20, Running: 20}, s.Phases[1].Counters)
	assert.Equal(t, report.Counters{Planned: 65, Started: 30, Dropped: 30, Finished: 9, Unfinished: 21, Running: 20, Waiting: 1, Missed: 4}, s.Total.Counters)
	assert.Equal(t, s.Total.Counters, r.Snapshot(30*time.Second).Counters)
}

func TestTotalHasTheHighestLevel(t *testing.T) {
	r := New(Config{Phases: []report.PhaseInfo{{End: time.Second, Users: 9}, {Start: time.Second, Users: 3}}})
	assert.Equal(t, 9, r.Summary(Meta{End: 2 * time.Second}).Total.Users)
}

func TestEndBeforeThePlan(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	at(r, 4*time.Second, time.Second)
	r.End(6 * time.Second)
	at(r, 5*time.Second, 2*time.Second)
	s := r.Summary(Meta{End: 8 * time.Second})
	require.Len(t, s.Phases, 1)
	assert.Equal(t, []string{"intervention"}, s.NotReached)
	assert.Equal(t, 6.0, s.Phases[0].EndS)
	assert.InDelta(t, 2./6, s.Phases[0].RPS, 1e-12)
	assert.EqualValues(t, 1, s.Total.Counters.Straddlers)
}

// What is sent after an early end, by stop hooks for example, belongs to the phase that the end
// came in: no phase begins that the run did not reach.
func TestAfterAnEarlyEndNoPhaseBegins(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	r.End(4 * time.Second)
	for _, at := range []time.Duration{3, 7, 12} {
		r.Shard(0).Record(&Sample{Op: report.Op{Name: "stop"}, Intended: at * time.Second, Sent: at * time.Second, Done: (at + 1) * time.Second})
	}
	sum := r.Summary(Meta{End: 4 * time.Second})
	assert.Equal(t, []string{"intervention"}, sum.NotReached)
	require.Len(t, sum.Phases, 1)
	assert.EqualValues(t, 3, sum.Phases[0].Requests)
	assert.EqualValues(t, 1, sum.Timeline[12].Requests)
	r.Shard(0).Count(Dropped, 10*time.Second, 1)
	sum = r.Summary(Meta{End: 4 * time.Second})
	require.Len(t, sum.Phases, 2, "a phase that has counted something is reported")
}

func TestResetCountsFromNow(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 2})
	for i := range 2000 {
		due := time.Duration(i) * 10 * time.Millisecond
		at(r, due, time.Millisecond)
		r.Shard(i).Count(Planned, due, 1)
	}
	for s := range 30 {
		r.Level(s, 28, 28, 5)
	}
	r.Exception("error", "bad luck", "", 12*time.Second)
	r.Reset(20 * time.Second)
	assert.Zero(t, r.Snapshot(20*time.Second).Total.Requests)
	at(r, 19*time.Second, 3*time.Second) // due before, done later
	r.Shard(1).Count(Started, 19*time.Second, 1)
	r.Shard(1).Count(Finished, 19*time.Second, 1)
	for i := range 10 {
		at(r, time.Duration(20+i)*time.Second, time.Millisecond)
	}
	s := r.Summary(Meta{End: 30 * time.Second})
	assert.EqualValues(t, 10, s.Total.Requests)
	assert.InDelta(t, 1, s.Total.RPS, 1e-12)
	assert.InDelta(t, 1, s.Phases[1].RPS, 1e-12)
	assert.Equal(t, 20.0, s.ResetS)
	assert.Zero(t, s.Phases[0].RPS)
	assert.Empty(t, s.Exceptions)
	assert.Equal(t, report.Counters{Sent: 10}, s.Total.Counters)
	assert.Equal(t, 28, s.Timeline[19].Users, "the levels stay")
	assert.InDelta(t, 1, r.Snapshot(30*time.Second).Total.RPS, 1e-12)
}

// A reset while tasks are on their way leaves counters that balance.
func TestResetKeepsTheBalance(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 4})
	began := time.Now()
	var tasks sync.WaitGroup
	var done atomic.Int64
	var resets atomic.Bool
	for w := range 4 {
		tasks.Go(func() {
			s := r.Shard(w)
			for last := 100; last > 0; done.Add(1) {
				if resets.Load() {
					last--
				}
				due := time.Since(began)
				s.Count(Planned, due, 1)
				s.Count(Started, due, 1)
				s.Record(&Sample{Op: get, Intended: due, Woken: due, Sent: due, Done: time.Since(began)})
				runtime.Gosched()
				s.Count(Finished, due, 1)
			}
		})
	}
	for i := range int64(50) {
		for done.Load() < i*500 {
			runtime.Gosched()
		}
		r.Reset(time.Since(began))
	}
	resets.Store(true)
	tasks.Wait()
	s := r.Summary(Meta{End: time.Since(began)})
	c := s.Total.Counters
	assert.GreaterOrEqual(t, c.Planned, int64(396), "all but those on their way at the last reset")
	assert.Equal(t, []int64{c.Planned, c.Planned}, []int64{c.Started, c.Finished})
	assert.Equal(t, c.Finished, s.Total.Requests)
}

// A reset of a run that is about to begin takes nothing from it.
func TestResetBeforeTheRun(t *testing.T) {
	r := New(Config{Shards: 1})
	r.Reset(0)
	r.Shard(0).Count(Planned, 0, 1)
	at(r, 0, time.Millisecond)
	total := r.Summary(Meta{End: time.Second}).Total
	assert.EqualValues(t, 1, total.Counters.Planned)
	assert.EqualValues(t, 1, total.Requests)
}
