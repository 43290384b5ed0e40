package report

import (
	"context"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// frozen is a target that answered 300 requests in 5 ms and since the third second
// none of 20, of two operations.
func frozen() *Recorder {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 3})
	for i := range 300 {
		at(r, time.Duration(i)*10*time.Millisecond, 5*time.Millisecond)
	}
	for i := range 20 {
		_, s := WithScope(context.Background(), Task{Shard: r.Shard(i), Hook: true})
		s.Begin(Op{Name: []string{"list", "make"}[i%2]}, 3*time.Second)
	}
	return r
}

// What is in flight is in every state: counted, and in the tail.
func TestStatesHoldWhatIsInFlight(t *testing.T) {
	r := frozen()
	s, p, sum := r.Snapshot(12*time.Second), r.Phase(0, 12*time.Second), r.Summary(Meta{End: 12 * time.Second})
	for _, c := range []Counters{s.Counters, p.Counters, sum.Total.Counters} {
		assert.EqualValues(t, 20, c.InFlight)
		assert.EqualValues(t, 320, c.Sent)
	}
	all := sum.Total.Aggregated()
	assert.Equal(t, []Millis{9000, 9000, 9000}, []Millis{all.WaitingMS, p.Aggregated().WaitingMS, s.Total.Waiting})
	assert.EqualValues(t, 300, all.Requests)
	assert.InEpsilon(t, 5, float64(all.ResponseMS.P50), .002)
	for _, p95 := range []Millis{all.ResponseMS.P95, s.Total.Response.P95, all.Quantile(.95)} {
		assert.InEpsilon(t, 9000, float64(p95), .002)
	}
	assert.True(t, all.Trust.P95.LowerBound)
	assert.True(t, s.Trust.P95.LowerBound)
	assert.EqualValues(t, 20, all.CountAbove(1000))
	row := s.Ops[1]
	assert.Equal(t, "list", row.Op.Name)
	assert.EqualValues(t, []int64{0, 10}, []int64{row.Requests, row.InFlight})
	assert.InEpsilon(t, 9000, float64(row.Response.P50), .002, "an operation of which nothing was answered")

	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Contains(t, oneLine(text.String()), "20 requests in flight, the oldest waiting for 9,000 ms so far: they take at least that long")
	var file strings.Builder
	require.NoError(t, sum.WriteJSON(&file))
	again, err := ReadSummary(strings.NewReader(file.String()))
	require.NoError(t, err)
	assert.Equal(t, sum.Total, again.Total)
	pooled := Pool(Op{}, 12, again.Total.Operations[:3]...)
	assert.Equal(t, all.ResponseMS, pooled.ResponseMS)
	assert.EqualValues(t, 20, pooled.InFlight)
}

// A reset hides nothing that hangs: it is counted, though it will not count.
func TestAResetLeavesWhatIsInFlightInSight(t *testing.T) {
	r := frozen()
	r.Reset(12 * time.Second)
	s, sum := r.Snapshot(13*time.Second), r.Summary(Meta{End: 13 * time.Second})
	for _, c := range []Counters{s.Counters, sum.Total.Counters} {
		assert.Equal(t, Counters{InFlightBefore: 20}, c)
	}
	assert.Zero(t, s.Total.InFlight)
	assert.False(t, s.Total.Response.P50.IsFinite())
	assert.Equal(t, "20 requests in flight since before the reset, which will not count", sum.Total.Unanswered())
}

// A request that has not waited longer than the others says nothing yet.
func TestYoungRequestsInFlightMoveNothing(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	for i := range 1000 {
		at(r, time.Duration(i)*time.Millisecond, 50*time.Millisecond+time.Duration(i%10)*time.Millisecond)
	}
	before := r.Snapshot(2 * time.Second)
	_, s := WithScope(context.Background(), Task{Shard: r.Shard(0), Hook: true})
	for i := range 500 {
		s.Begin(get, 2*time.Second-time.Duration(i%50)*time.Millisecond)
	}
	after := r.Snapshot(2 * time.Second)
	assert.EqualValues(t, 500, after.Total.InFlight)
	assert.Equal(t, before.Total.Response, after.Total.Response)
	assert.Equal(t, before.Trust, after.Trust)
}

// Percentiles of a state are never above those of the same requests when all of
// them have ended, and in the order of their ranks.
func TestStatesAreLowerBounds(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		now := responses{ok: new(hist.Sketch), bad: new(hist.Sketch), flying: new(hist.Sketch)}
		var waits, ends []time.Duration
		for range 1 + dice.IntN(300) {
			switch d := time.Duration(dice.ExpFloat64() * 1e8); dice.IntN(4) {
			case 0:
				waits, ends = append(waits, time.Duration(dice.Float64()*float64(d))), append(ends, d)
				now.flying.Add(waits[len(waits)-1])
			case 1:
				now.bad.Add(d)
			default:
				now.ok.Add(d)
			}
		}
		last := time.Duration(0)
		for _, p := range headline {
			then := responses{ok: new(hist.Sketch), bad: now.bad}
			then.ok.Merge(now.ok)
			others := now.ok.Count() + now.bad.Count()
			for i, d := range waits {
				if low := (hist.Bucket{Index: hist.Index(d)}).Low(); others == 0 || low > now.ok.QuantileOf(others, p) {
					then.ok.Add(ends[i])
				}
			}
			got := now.quantile(p)
			require.GreaterOrEqual(t, got, last, "in the order of ranks")
			require.LessOrEqual(t, float64(got), 1.002*float64(then.quantile(p)))
			last = got
		}
	}
}

// A request that ends twice, or is copied, ends once; its place is used again.
func TestRequestsEndOnce(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	_, s := WithScope(context.Background(), Task{Shard: r.Shard(0), Hook: true})
	for range 3 {
		q := s.Begin(get, time.Second)
		other := q
		q.End(Outcome{Done: 2 * time.Second})
		q.End(Outcome{Done: 2 * time.Second})
		next := s.Begin(get, time.Second)
		other.End(Outcome{Done: 2 * time.Second})
		assert.EqualValues(t, 1, r.Snapshot(2*time.Second).Total.InFlight)
		next.End(Outcome{Done: 2 * time.Second})
	}
	c := r.Snapshot(2 * time.Second).Counters
	assert.Equal(t, []int64{6, 0}, []int64{c.Sent, c.InFlight})
	assert.Len(t, r.Shard(0).flights.places, 1)
}

// A request in flight allocates nothing.
func TestFlightsAllocateNothing(t *testing.T) {
	r := NewRecorder(Config{Shards: 1})
	_, s := WithScope(context.Background(), Task{Shard: r.Shard(0), Hook: true})
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		q := s.Begin(get, time.Second)
		q.End(Outcome{Done: time.Second + time.Millisecond})
	}))
}

// While tasks run on all shards, with resets in between, each state is of one
// instant: the equations hold in all of them.
func TestStatesAreOfOneInstant(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases, Shards: 4})
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
				_, s := WithScope(context.Background(), Task{Shard: own, Epoch: began, Intended: due, Begun: due})
				for range i % 3 {
					q := s.Begin(get, s.Now())
					runtime.Gosched()
					q.End(Outcome{Done: s.Now(), Reason: []string{"", "", CutOff, "timeout"}[i%4]})
				}
				own.Count([]Counter{Finished, Unfinished}[i%2], due, 1)
			}
		})
	}
	for i := range 300 {
		now := time.Since(began)
		s := r.Snapshot(now)
		balanced(t, s.Counters, s.Total.Requests)
		sum := r.Summary(Meta{End: now})
		for _, p := range append(sum.Phases, sum.Total, r.Phase(0, now)) {
			balanced(t, p.Counters, p.Requests)
		}
		if i%50 == 49 {
			r.Reset(time.Since(began))
		}
	}
	stop.Store(true)
	workers.Wait()
	c := r.Summary(Meta{End: time.Since(began)}).Total.Counters
	assert.Equal(t, []int64{0, 0, 0}, []int64{c.Running, c.Waiting, c.InFlight})
}

// balanced holds the counters of a state against each other.
func balanced(t *testing.T, c Counters, requests int64) {
	t.Helper()
	require.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Waiting, "%+v", c)
	require.Equal(t, c.Started, c.Finished+c.Unfinished, "%+v", c)
	require.Equal(t, c.Sent, requests+c.CutOff+c.InFlight, "%+v", c)
	for _, n := range []int64{c.Waiting, c.Running, c.InFlight, c.Unfinished - c.Running} {
		require.GreaterOrEqual(t, n, int64(0), "%+v", c)
	}
}
