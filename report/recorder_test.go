package report

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// get is the operation of tests that need one.
var get = Op{"GET", "/api/todos"}

// at records a successful request that was intended at one offset and took a time.
func at(r *Recorder, intended, took time.Duration) {
	r.Shard(0).Record(&Sample{Op: get, Intended: intended, Woken: intended, Sent: intended, Done: intended + took})
}

func TestSamplesBelongToTheirIntendedStart(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases})
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
	r := NewRecorder(Config{})
	at(r, 0, 10*time.Millisecond)
	at(r, time.Millisecond, 30*time.Millisecond)
	r.Shard(0).Record(&Sample{Op: Op{"GET", "/"}, Done: time.Second, Err: "http 500"})
	at(r, 2*time.Second, 50*time.Millisecond)
	rows := r.Timeline(0, 3)
	require.InEpsilon(t, 20, float64(rows[0].Mean), .002)
	require.Equal(t, None, rows[1].Mean, "no request")
	require.InEpsilon(t, 50, float64(rows[2].Mean), .002)
}

func TestFailuresRankBehindEverySuccess(t *testing.T) {
	r := NewRecorder(Config{})
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
	assert.Equal(t, None, o.ResponseMS.P95, "94 successes of 100")
	assert.Equal(t, Millis(1), o.ResponseMS.Min, "of all requests")
	assert.Equal(t, Millis(100), o.ResponseMS.Max)
	assert.Equal(t, Millis(50.5), o.ResponseMS.Mean)
	require.NotNil(t, o.SuccessMS)
	assert.Equal(t, Millis(7), o.SuccessMS.Min)
	assert.InDelta(t, 96, float64(o.SuccessMS.P95), .2)
	assert.Equal(t, .06, o.FailureShare())
	assert.EqualValues(t, 6, o.Failed.Count())
}

func TestAllFailed(t *testing.T) {
	r := NewRecorder(Config{})
	r.Shard(0).Record(&Sample{Op: get, Done: time.Second, Err: "timeout"})
	o := r.Phase(0, time.Second).Aggregated()
	assert.Nil(t, o.SuccessMS)
	assert.Equal(t, Figures{1000, 1000, None, None, None, None, 1000}, o.ResponseMS)
}

func TestPercentileOfExactlyTheSuccesses(t *testing.T) {
	for _, failures := range []int{4, 5, 6} {
		r := NewRecorder(Config{})
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
	r := NewRecorder(Config{})
	s := r.Shard(0)
	s.Record(&Sample{Op: get, Intended: 1000e6, Woken: 1002e6, Sent: 1012e6, Done: 1100e6})
	s.Record(&Sample{Op: get, Intended: 1100e6, Woken: 1100e6, Sent: 1100e6, Done: 1150e6, Later: true})
	p := r.Phase(0, 2*time.Second)
	o := p.Aggregated()
	assert.Equal(t, Millis(100), o.ResponseMS.Max)
	assert.Equal(t, Millis(88), o.ServiceMS.Max)
	assert.Equal(t, Lateness{2, 2, 2}, p.LateMS, "a later request has no wake-up of its own")
}

func TestRequestsCutOffAreCensored(t *testing.T) {
	r := NewRecorder(Config{})
	for i := range 100 {
		x := Sample{Op: get, Done: 10 * time.Millisecond}
		if i < 3 {
			x.Done, x.Err = time.Second, CutOff
		}
		r.Shard(0).Record(&x)
	}
	o := r.Phase(0, time.Second).Aggregated()
	assert.EqualValues(t, 97, o.Requests)
	assert.EqualValues(t, 0, o.Failures)
	assert.EqualValues(t, 3, o.CutOff)
	assert.InDelta(t, 1000, float64(o.ResponseMS.P99), 2, "they rank with the time they had taken")
	assert.Equal(t, Millis(10), o.ResponseMS.Max, "of completed requests")
	assert.False(t, o.Trust.P50.LowerBound)
	assert.True(t, o.Trust.P95.LowerBound)
	assert.True(t, o.Trust.P99.LowerBound)

	hung := NewRecorder(Config{})
	hung.Shard(0).Record(&Sample{Op: get, Done: time.Minute, Err: CutOff})
	o = hung.Phase(0, time.Minute).Aggregated()
	assert.Zero(t, o.Requests)
	assert.Equal(t, Millis(60_000), o.ResponseMS.P50, "at least")
	assert.Equal(t, None, o.ResponseMS.Mean)
}

func TestNothingIsDroppedPastTheLimits(t *testing.T) {
	r := NewRecorder(Config{MaxOps: 3, MaxReasons: 2, MaxExceptions: 2, Shards: 2})
	for i := range 50 {
		for shard := range 2 {
			r.Shard(shard).Record(&Sample{
				Op: Op{"GET", fmt.Sprint("/", i)}, Done: time.Duration(i) * time.Millisecond, Err: fmt.Sprint("reason ", i%5),
			})
		}
		r.Exception("error", fmt.Sprint("message ", i%5), "", time.Duration(i)*time.Second)
	}
	s := r.Summary(Meta{End: time.Minute})
	ops := s.Total.Operations
	require.Len(t, ops, 5, "three, the others, Aggregated")
	assert.Equal(t, OtherOperations, ops[3].Name)
	assert.EqualValues(t, 94, ops[3].Requests)
	assert.EqualValues(t, 94, s.Total.Counters.OtherOperations)
	assert.EqualValues(t, 100, ops[4].Requests)

	byReason := map[string]int64{}
	for _, f := range s.Failures {
		byReason[f.Reason] += f.Occurrences
	}
	assert.Equal(t, map[string]int64{"reason 0": 20, "reason 1": 20, OtherReasons: 60}, byReason)

	require.Len(t, s.Exceptions, 3)
	assert.Equal(t, Exception{Kind: OtherExceptions, Occurrences: 30, FirstS: 2, LastS: 49}, s.Exceptions[0])
	assert.Equal(t, Exception{Kind: "error", Message: "message 0", Occurrences: 10, FirstS: 0, LastS: 45}, s.Exceptions[1])
}

func TestNamesAreCutAndMadeValid(t *testing.T) {
	long := string(make([]byte, 300))
	r := NewRecorder(Config{})
	for range 3 {
		r.Shard(0).Record(&Sample{Op: Op{"GET", long}, Err: "caf\xe9" + long})
		r.Shard(0).Record(&Sample{Op: Op{"GET", "ok\xff"}})
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
	r := NewRecorder(Config{Phases: twoPhases, Shards: 3})
	for i, done := range []time.Duration{5, 3, 12, 4, 20} {
		r.Shard(i).Record(&Sample{Op: get, Intended: (done - 1) * time.Second, Done: done * time.Second, Err: "timeout"})
	}
	r.Shard(0).Record(&Sample{Op: get, Done: time.Second, Err: "connect: refused"})
	assert.Equal(t, []Failure{
		{Method: "GET", Name: get.Name, Phase: "baseline", Reason: "timeout", Occurrences: 3, FirstS: 3, LastS: 5},
		{Method: "GET", Name: get.Name, Phase: "intervention", Reason: "timeout", Occurrences: 2, FirstS: 12, LastS: 20},
		{Method: "GET", Name: get.Name, Phase: "baseline", Reason: "connect: refused", Occurrences: 1, FirstS: 1, LastS: 1},
	}, r.Summary(Meta{End: 30 * time.Second}).Failures)
	assert.Equal(t, Failure{Method: "GET", Name: get.Name, Reason: "timeout", Occurrences: 5, FirstS: 3, LastS: 20},
		r.Snapshot(21 * time.Second).Failures[0], "a snapshot takes phases together")
}

func TestCountersByPhase(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 2})
	for i := range 30 {
		start := time.Duration(i) * time.Second
		r.Shard(i).Count(Planned, start, 2)
		r.Shard(i).Count(Started, start, 1)
		r.Shard(i).Count(Dropped, start, 1)
	}
	r.Shard(0).Count(Finished, 0, 9)
	r.Shard(1).Count(Unfinished, 9*time.Second, 1)
	r.Shard(1).Count(Missed, 10*time.Second, 4)
	s := r.Summary(Meta{End: 30 * time.Second})
	assert.Equal(t, Counters{Planned: 20, Started: 10, Dropped: 10, Finished: 9, Unfinished: 1}, s.Phases[0].Counters)
	assert.Equal(t, Counters{Planned: 40, Started: 20, Dropped: 20, Missed: 4}, s.Phases[1].Counters)
	assert.Equal(t, Counters{Planned: 60, Started: 30, Dropped: 30, Finished: 9, Unfinished: 1, Missed: 4}, s.Total.Counters)
	assert.Equal(t, s.Total.Counters, r.Snapshot(30*time.Second).Counters)
}

func TestTotalHasTheHighestLevel(t *testing.T) {
	r := NewRecorder(Config{Phases: []PhaseInfo{{End: time.Second, Users: 9}, {Start: time.Second, End: -1, Users: 3}}})
	assert.Equal(t, 9, r.Summary(Meta{End: 2 * time.Second}).Total.Users)
}

func TestEndBeforeThePlan(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases})
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

func TestResetCountsFromNow(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 2})
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
	assert.Equal(t, Counters{}, s.Total.Counters)
	assert.Equal(t, 28, s.Timeline[19].Users, "the levels stay")
	assert.InDelta(t, 1, r.Snapshot(30*time.Second).Total.RPS, 1e-12)
}

// A reset while tasks are on their way leaves counters that balance.
func TestResetKeepsTheBalance(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 4})
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

// A summary in the middle of a run, with a phase still to come, and recorders
// that wait for it do not wait for each other.
func TestSummaryAndRecordersDoNotWaitForEachOther(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 1})
	ops := benchOps(1000)
	var recorders sync.WaitGroup
	var stop atomic.Bool
	var recorded atomic.Int64
	for range 2 {
		recorders.Go(func() {
			for i := 0; !stop.Load(); i++ {
				x := nth(i, ops)
				x.Intended %= 3 * time.Second
				r.Shard(0).Record(&x)
				recorded.Add(1)
			}
		})
	}
	for recorded.Load() < 100_000 {
		runtime.Gosched()
	}
	for range 3 {
		require.Len(t, r.Summary(Meta{End: 9 * time.Second}).NotReached, 1)
	}
	stop.Store(true)
	recorders.Wait()
}

func TestManyWritersAndReadersLoseNothing(t *testing.T) {
	const writers, each = 8, 20_000
	r := NewRecorder(Config{Phases: twoPhases, Shards: 3})
	ops := benchOps(20)
	var wg sync.WaitGroup
	var stop atomic.Bool
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				x := nth(i, ops)
				if i%10 == 0 {
					x.Err = "timeout"
				}
				r.Shard(w).Record(&x)
				r.Shard(w).Count(Started, x.Intended, 1)
			}
		})
	}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			last := int64(0)
			for !stop.Load() {
				s := r.Snapshot(4 * time.Second)
				assert.GreaterOrEqual(t, s.Total.Requests, last)
				last = s.Total.Requests
				r.Phase(0, 4*time.Second)
				r.Level(int(last)%30, 10, 10, 5)
				r.Timeline(0, 4)
				r.Exception("error", "x", "", time.Second)
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	readers.Wait()

	s := r.Summary(Meta{End: 30 * time.Second})
	assert.EqualValues(t, writers*each, s.Total.Requests)
	assert.EqualValues(t, writers*each/10, s.Total.Failures)
	assert.EqualValues(t, writers*each, s.Total.Counters.Started)
	sums := map[string]int64{}
	for _, o := range s.Total.Operations {
		sums[o.Name] = o.Requests
	}
	assert.Len(t, sums, 21)
	for _, series := range s.Intervals {
		n := int64(0)
		for v := range series.Intervals() {
			n += v.Requests + v.Straddlers
		}
		assert.Equal(t, sums[series.Name], n, series.Name)
	}
}

func TestReadersDoNotStallRecorders(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	r.read(func(*figures) { // a reader that takes its time
		for i := range maxChunks * chunkSize {
			x := nth(i, []Op{get})
			r.Shard(0).Record(&x)
		}
	})
	assert.EqualValues(t, maxChunks*chunkSize, r.Snapshot(time.Minute).Total.Requests)
	assert.LessOrEqual(t, len(r.queue.free), batchChunks, "the memory for it is free again")
}

// Who resets does not wait for a reader either, and what comes after it counts.
func TestReadersDoNotStallResets(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 2})
	at(r, time.Second, time.Millisecond)
	r.read(func(*figures) {
		for i := range 2 * batchChunks * chunkSize {
			x := nth(i%10_000, []Op{get})
			r.Shard(0).Record(&x)
		}
		r.Reset(2 * time.Second)
		at(r, time.Second, 2*time.Second)
		at(r, 3*time.Second, time.Millisecond)
	})
	assert.EqualValues(t, 1, r.Summary(Meta{End: 4 * time.Second}).Total.Requests)
}

// A reset of a run that is about to begin takes nothing from it.
func TestResetBeforeTheRun(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	r.Reset(0)
	r.Shard(0).Count(Planned, 0, 1)
	at(r, 0, time.Millisecond)
	total := r.Summary(Meta{End: time.Second}).Total
	assert.EqualValues(t, 1, total.Counters.Planned)
	assert.EqualValues(t, 1, total.Requests)
}

func TestRecorderWaitsRatherThanDrops(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	const n = 2 * maxChunks * chunkSize
	var wg sync.WaitGroup
	r.read(func(*figures) {
		wg.Go(func() {
			for i := range n {
				x := nth(i, []Op{get})
				r.Shard(0).Record(&x)
			}
		})
		for r.queue.waiting() < maxChunks { // until the writer cannot go on
			runtime.Gosched()
		}
	})
	wg.Wait()
	assert.EqualValues(t, n, r.Snapshot(time.Minute).Total.Requests)
}

func TestRecordAllocatesNothing(t *testing.T) {
	r, ops := NewRecorder(Config{Shards: 1}), benchOps(10)
	i := 0
	record := func() {
		for range 1000 {
			x := nth(i, ops)
			if i%7 == 0 {
				x.Err = "timeout"
			}
			r.Shard(0).Record(&x)
			i++
		}
	}
	for range 200 {
		record() // grows to its size
	}
	// A second of 5,000 samples begins rows in eleven series, a few allocations each.
	assert.Less(t, testing.AllocsPerRun(50, record), 20.0, "per thousand samples")
}

func TestMemoryDoesNotGrowWithSamples(t *testing.T) {
	r, ops := NewRecorder(Config{Shards: 2, IntervalBytes: 1 << 20}), benchOps(10)
	i := 0
	record := func(n int) uint64 {
		for range n {
			x := nth(i, ops)
			r.Shard(i).Record(&x)
			i++
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := record(manySamples / 5)
	after := record(manySamples * 4 / 5)
	assert.InDelta(t, float64(before), float64(after), 1<<20)
	assert.Less(t, after, uint64(8<<20))
	assert.EqualValues(t, manySamples, r.Snapshot(time.Hour).Total.Requests)
}

// What is sent after an early end, by stop hooks for example, belongs to the phase that the end
// came in: no phase begins that the run did not reach.
func TestAfterAnEarlyEndNoPhaseBegins(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases})
	r.End(4 * time.Second)
	for _, at := range []time.Duration{3, 7, 12} {
		r.Shard(0).Record(&Sample{Op: Op{Name: "stop"}, Intended: at * time.Second, Sent: at * time.Second, Done: (at + 1) * time.Second})
	}
	sum := r.Summary(Meta{End: 4 * time.Second})
	assert.Equal(t, []string{"intervention"}, sum.NotReached)
	require.Len(t, sum.Phases, 1)
	assert.EqualValues(t, 3, sum.Phases[0].Requests)
	assert.EqualValues(t, 1, sum.Timeline[12].Requests)
	r.Shard(0).Count(Dropped, 10*time.Second, 1)
	sum = r.Summary(Meta{End: 4 * time.Second})
	require.Len(t, sum.Phases, 2, "what has counted something is told")
}
