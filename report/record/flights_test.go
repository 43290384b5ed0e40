package record

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// What is in flight is in every state: counted, and in the tail.
func TestStatesHoldWhatIsInFlight(t *testing.T) {
	r := frozen()
	s, p, sum := r.Snapshot(12*time.Second), r.Phase(0, 12*time.Second), r.Summary(Meta{End: 12 * time.Second})
	for _, c := range []report.Counters{s.Counters, p.Counters, sum.Total.Counters} {
		assert.EqualValues(t, 20, c.InFlight)
		assert.EqualValues(t, 320, c.Sent)
	}
	all := sum.Total.Aggregated()
	assert.Equal(t, []report.Millis{9000, 9000, 9000}, []report.Millis{all.WaitingMS, p.Aggregated().WaitingMS, s.Total.Waiting})
	assert.EqualValues(t, 300, all.Requests)
	assert.InEpsilon(t, 5, float64(all.ResponseMS.P50), .002)
	for _, p95 := range []report.Millis{all.ResponseMS.P95, s.Total.Response.P95, all.Quantile(.95)} {
		assert.InEpsilon(t, 9000, float64(p95), .002)
	}
	assert.True(t, all.Trust.P95.LowerBound)
	assert.True(t, s.Trust.P95.LowerBound)
	for i := range s.Ops {
		assert.Equal(t, p.Operations[i].Trust, s.Ops[i].Trust, "of a run of one phase")
	}
	assert.EqualValues(t, 20, all.CountAbove(1000))
	row := s.Ops[1]
	assert.Equal(t, "list", row.Op.Name)
	assert.EqualValues(t, []int64{0, 10}, []int64{row.Requests, row.InFlight})
	assert.InEpsilon(t, 9000, float64(row.Response.P50), .002, "an operation of which nothing was answered")

	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Contains(t, strings.Join(strings.Fields(text.String()), " "), "20 requests in flight, the oldest waiting for 9,000 ms so far: they take at least that long")
	var file strings.Builder
	require.NoError(t, sum.WriteJSON(&file))
	again, err := report.ReadSummary(strings.NewReader(file.String()))
	require.NoError(t, err)
	assert.Equal(t, sum.Total, again.Total)
	pooled := report.Pool(report.Op{}, 12, again.Total.Operations[:3]...)
	assert.Equal(t, all.ResponseMS, pooled.ResponseMS)
	assert.EqualValues(t, 20, pooled.InFlight)
}

// A reset hides nothing that hangs: it is counted, though it will not count.
func TestAResetLeavesWhatIsInFlightInSight(t *testing.T) {
	r := frozen()
	r.Reset(12 * time.Second)
	s, sum := r.Snapshot(13*time.Second), r.Summary(Meta{End: 13 * time.Second})
	for _, c := range []report.Counters{s.Counters, sum.Total.Counters} {
		assert.Equal(t, report.Counters{InFlightBefore: 20}, c)
	}
	assert.Zero(t, s.Total.InFlight)
	assert.False(t, s.Total.Response.P50.IsFinite())
	assert.Equal(t, "20 requests in flight since before the reset, which will not count", sum.Total.Unanswered())
}

// A request that has not waited longer than the others says nothing yet.
func TestYoungRequestsInFlightMoveNothing(t *testing.T) {
	r := New(Config{Shards: 1})
	for i := range 1000 {
		at(r, time.Duration(i)*time.Millisecond, 50*time.Millisecond+time.Duration(i%10)*time.Millisecond)
	}
	before := r.Snapshot(2 * time.Second)
	for i := range 500 {
		ask(r.Shard(0), get, 2*time.Second-time.Duration(i%50)*time.Millisecond)
	}
	after := r.Snapshot(2 * time.Second)
	assert.EqualValues(t, 500, after.Total.InFlight)
	assert.Equal(t, before.Total.Response, after.Total.Response)
	assert.Equal(t, before.Trust, after.Trust)
}

// A request that ends twice, or is copied, ends once; its place is used again.
func TestRequestsEndOnce(t *testing.T) {
	r := New(Config{Shards: 1})
	s, done := r.Shard(0), Sample{Intended: time.Second, Done: 2 * time.Second}
	for range 3 {
		id := ask(s, get, time.Second)
		s.End(new(Waits), id, &done)
		s.End(new(Waits), id, &done)
		next := ask(s, get, time.Second)
		s.End(new(Waits), id, &done)
		assert.EqualValues(t, 1, r.Snapshot(2*time.Second).Total.InFlight)
		s.End(new(Waits), next, &done)
	}
	s.End(new(Waits), Flight{}, &done)
	c := r.Snapshot(2 * time.Second).Counters
	assert.Equal(t, []int64{6, 0}, []int64{c.Sent, c.InFlight})
	assert.Len(t, s.flights.places, 1)
}

// The time with a request in flight counts once, however many are.
func TestWaitsCountTimeWithARequestInFlight(t *testing.T) {
	s, w := New(Config{Shards: 1}).Shard(0), new(Waits)
	one := s.Begin(w, get, time.Second, time.Second)
	other := s.Begin(w, get, 2*time.Second, 2*time.Second)
	s.End(w, one, &Sample{Done: 3 * time.Second})
	assert.Equal(t, 3*time.Second, s.Waited(w, 4*time.Second))
	s.End(w, other, &Sample{Done: 5 * time.Second})
	assert.Equal(t, 4*time.Second, s.Waited(w, time.Minute))
}

// A request in flight allocates nothing.
func TestFlightsAllocateNothing(t *testing.T) {
	s, w := New(Config{Shards: 1}).Shard(0), new(Waits)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		id := s.Begin(w, get, time.Second, time.Second)
		s.End(w, id, &Sample{Intended: time.Second, Done: time.Second + time.Millisecond})
	}))
}

// While tasks run on all shards, with resets in between, each state is of one
// instant: the equations hold in all of them.
func TestStatesAreOfOneInstant(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 4})
	began := time.Now()
	var workers sync.WaitGroup
	var stop atomic.Bool
	for w := range 4 {
		workers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				due := time.Since(began)
				r.Shard(w+i).Count(Planned, due, 1) // by the loop, whose shard is another one
				own := r.Shard(w)
				own.Count(Started, due, 1)
				for range i % 3 {
					sent := time.Since(began)
					id := ask(own, get, sent)
					runtime.Gosched()
					own.End(new(Waits), id, &Sample{
						Intended: sent, Sent: sent, Done: time.Since(began), Err: []string{"", "", report.CutOff, "timeout"}[i%4],
					})
				}
				own.Count([]Counter{Finished, Unfinished}[i%2], due, 1)
			}
		})
	}
	for i := range fewer(unlessRaced(300, 76), 26) {
		now := time.Since(began)
		s := r.Snapshot(now)
		balanced(t, s.Counters, s.Total.Requests)
		sum := r.Summary(Meta{End: now})
		for _, p := range append(sum.Phases, sum.Total, r.Phase(0, now)) {
			balanced(t, p.Counters, p.Requests)
		}
		if i%25 == 24 {
			r.Reset(time.Since(began))
		}
	}
	stop.Store(true)
	workers.Wait()
	c := r.Summary(Meta{End: time.Since(began)}).Total.Counters
	assert.Equal(t, []int64{0, 0, 0}, []int64{c.Running, c.Waiting, c.InFlight})
}
