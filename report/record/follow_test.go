package record

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// told adds up what a Follower told.
type told struct {
	successes, failures map[int]uint64 // by bucket
	reasons             map[string]int64
	cut, bytes          int64
}

func (s *told) add(c *Change) {
	for _, b := range c.Successes {
		s.successes[b.Index] += b.Count
	}
	for _, b := range c.Failures {
		s.failures[b.Index] += b.Count
	}
	for _, r := range c.Reasons {
		s.reasons[r.Reason] += r.Count
	}
	s.cut += c.CutOff
	s.bytes += c.Bytes
}

func bucketsOf(s *hist.Sketch) map[int]uint64 {
	m := map[int]uint64{}
	for b := range s.Buckets() {
		m[b.Index] = b.Count
	}
	return m
}

func TestFollowerTellsEverythingOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	r := New(Config{Shards: 2, Phases: []report.PhaseInfo{{Name: "a", End: 10 * time.Second}, {Name: "b", Start: 10 * time.Second}}})
	f := r.Follow()
	sums := map[string]*told{}
	var planned [2]int64
	follow := func() {
		ops, tasks := f.Next()
		for i := range ops {
			key := fmt.Sprint(ops[i].Phase, ops[i].Op)
			if sums[key] == nil {
				sums[key] = &told{map[int]uint64{}, map[int]uint64{}, map[string]int64{}, 0, 0}
			}
			sums[key].add(&ops[i])
		}
		for i := range tasks {
			planned[i] += tasks[i].Planned
		}
	}
	for n := range 20_000 {
		at := time.Duration(random.Int64N(int64(20 * time.Second)))
		x := Sample{Op: report.Op{Method: "GET", Name: fmt.Sprint("/", n%7)}, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(random.ExpFloat64()*1e7), Bytes: 5}
		switch random.IntN(20) {
		case 0:
			x.Err = fmt.Sprint("reason ", n%3)
		case 1:
			x.Err = report.CutOff
		}
		r.Shard(n).Record(&x)
		r.Shard(n).Count(Planned, at, 1)
		if random.IntN(2000) == 0 {
			follow()
		}
	}
	follow()

	require.Len(t, sums, 14)
	for i := range 2 {
		p := r.Phase(i, 20*time.Second)
		assert.Equal(t, p.Counters.Planned, planned[i])
		for _, op := range p.Operations[:len(p.Operations)-1] {
			s := sums[fmt.Sprint(i, op.Op())]
			assert.Equal(t, bucketsOf(op.Response), s.successes)
			assert.Equal(t, bucketsOf(op.Failed), s.failures)
			assert.Equal(t, op.Bytes, s.bytes)
			assert.Equal(t, op.CutOff, s.cut)
		}
	}
	byReason := map[string]int64{}
	for _, x := range r.Snapshot(20 * time.Second).Failures {
		byReason[x.Reason] += x.Occurrences
	}
	followed := map[string]int64{}
	for _, s := range sums {
		for reason, n := range s.reasons {
			followed[reason] += n
		}
	}
	assert.Equal(t, byReason, followed)
	assert.Len(t, slices.Collect(maps.Keys(followed)), 3)

	ops, _ := f.Next()
	assert.Empty(t, ops, "nothing is returned twice")
}

func TestChangeCounts(t *testing.T) {
	c := Change{Successes: []hist.Bucket{{Index: 1, Count: 2}, {Index: 5, Count: 3}}, Failures: []hist.Bucket{{Index: 7, Count: 1}}}
	ok, bad := c.Count()
	assert.Equal(t, int64(5), ok)
	assert.Equal(t, int64(1), bad)
}

func BenchmarkFollow(b *testing.B) {
	r := New(Config{Shards: 1})
	f := r.Follow()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for n := range 10_000 {
			at := time.Duration(n)
			r.Shard(0).Record(&Sample{Op: report.Op{Method: "GET", Name: fmt.Sprint("/", n%1000)}, Sent: at, Done: at + time.Duration(n)*time.Microsecond})
		}
		b.StartTimer()
		f.Next()
	}
}
