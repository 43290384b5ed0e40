package record

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

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
