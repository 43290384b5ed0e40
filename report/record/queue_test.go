package record

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// A summary in the middle of a run, with a phase still to come, and recorders
// that wait for it do not wait for each other.
func TestSummaryAndRecordersDoNotWaitForEachOther(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 1})
	ops := benchOps(int(fewer(unlessRaced(1000, 300), 100)))
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
	for recorded.Load() < fewer(100_000, 10_000) {
		runtime.Gosched()
	}
	for range fewer(3, 1) {
		require.Len(t, r.Summary(Meta{End: 9 * time.Second}).NotReached, 1)
	}
	stop.Store(true)
	recorders.Wait()
}

func TestManyWritersAndReadersLoseNothing(t *testing.T) {
	const writers, each = 8, 20_000
	r := New(Config{Phases: twoPhases, Shards: 3})
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
	r, n := New(Config{Shards: 1}), int(fewer(maxChunks, 2*batchChunks)*chunkSize)
	r.read(func(*store) { // a reader that takes its time
		for i := range n {
			x := nth(i, []report.Op{get})
			r.Shard(0).Record(&x)
		}
	})
	assert.EqualValues(t, n, r.Snapshot(time.Minute).Total.Requests)
	assert.LessOrEqual(t, len(r.queue.free), batchChunks, "the memory for it is free again")
}

// A reset does not wait for a reader either, and what comes after it counts.
func TestReadersDoNotStallResets(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 2})
	at(r, time.Second, time.Millisecond)
	r.read(func(*store) {
		for i := range 2 * batchChunks * chunkSize {
			x := nth(i%10_000, []report.Op{get})
			r.Shard(0).Record(&x)
		}
		r.Reset(2 * time.Second)
		at(r, time.Second, 2*time.Second)
		at(r, 3*time.Second, time.Millisecond)
	})
	assert.EqualValues(t, 1, r.Summary(Meta{End: 4 * time.Second}).Total.Requests)
}

func TestRecorderWaitsRatherThanDrops(t *testing.T) {
	r := New(Config{Shards: 1})
	most := int(fewer(maxChunks, 2*batchChunks))
	r.queue.spare = most
	n := 2 * most * chunkSize
	var wg sync.WaitGroup
	r.read(func(*store) {
		wg.Go(func() {
			for i := range n {
				x := nth(i, []report.Op{get})
				r.Shard(0).Record(&x)
			}
		})
		for r.queue.waiting() < most { // until the writer is blocked
			runtime.Gosched()
		}
	})
	wg.Wait()
	assert.EqualValues(t, n, r.Snapshot(time.Minute).Total.Requests)
}

func TestRecordAllocatesNothing(t *testing.T) {
	r, ops := New(Config{Shards: 1}), benchOps(10)
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
	r, ops := New(Config{Shards: 2, IntervalBytes: 1 << 20}), benchOps(10)
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
	samples := int(fewer(unlessRaced(10_000_000, 400_000), 400_000))
	before := record(samples / 5)
	after := record(samples * 4 / 5)
	assert.Less(t, after, before+1<<20)
	assert.Less(t, after, uint64(8<<20))
	assert.EqualValues(t, samples, r.Snapshot(time.Hour).Total.Requests)
}
