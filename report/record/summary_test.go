package record

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// A whole run in which the generator was late and the target refused everything.
func TestLateRunOfFailures(t *testing.T) {
	r := New(Config{Shards: 1})
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		r.Shard(0).Record(&Sample{Op: get, Intended: due, Woken: due + 171*time.Millisecond, Sent: due + 171*time.Millisecond,
			Done: due + 172*time.Millisecond, Err: "connect: refused"})
	}
	sum, live := r.Summary(Meta{End: 10 * time.Second}), r.Snapshot(10*time.Second).JudgedHealth()
	assert.Equal(t, report.TooLate, sum.Health.Lag)
	assert.Equal(t, sum.Health.Bottleneck, live.Bottleneck, "one rule")
	assert.NotEmpty(t, live.Bottleneck)
}

func TestSummaryOfSameSamplesIsTheSameOnAnyShards(t *testing.T) {
	one := asJSON(t, sampleRun(3000).Summary(Meta{End: 30 * time.Second}))
	for range 3 {
		assert.Equal(t, string(one), string(asJSON(t, sampleRun(3000).Summary(Meta{End: 30 * time.Second}))))
	}
	build := func(shards int) string {
		r := New(Config{Phases: twoPhases, Shards: shards})
		randomRun(r, 5000, 1, 9)
		return string(asJSON(t, r.Summary(Meta{End: 30 * time.Second})))
	}
	assert.Equal(t, build(1), build(7))
}

func TestPooledFilesAreExact(t *testing.T) {
	whole := sampleRun(6000)
	a, b := New(Config{}), New(Config{})
	both := new(hist.Sketch)
	for i, took := range lognormal(4000, 2) {
		x := Sample{Op: get, Done: took}
		[]*Recorder{a, b}[i%2].Shard(0).Record(&x)
		both.Add(took)
	}
	pooled := new(hist.Sketch)
	for _, r := range []*Recorder{a, b} {
		s, err := report.ReadSummary(bytes.NewReader(asJSON(t, r.Summary(Meta{End: time.Second}))))
		require.NoError(t, err)
		pooled.Merge(s.Total.Aggregated().Response)
	}
	assert.Equal(t, encoded(t, both), encoded(t, pooled))

	sums := new(hist.Sketch)
	s := whole.Summary(Meta{End: 30 * time.Second})
	for _, p := range s.Phases {
		sums.Merge(p.Aggregated().Response)
	}
	assert.Equal(t, encoded(t, s.Total.Aggregated().Response), encoded(t, sums), "the phases add up to the total")
}

// TestAResetTakesExceptionsAlong: figures that count from a reset hold none of before, also
// if the reset came while a reader waited for the figures.
func TestAResetTakesExceptionsAlong(t *testing.T) {
	for range 100 {
		r := New(Config{Phases: []report.PhaseInfo{{}}, Shards: 1})
		r.Exception("panic", "boom", "", 0)
		r.Note("odd")
		var s *report.Summary
		var reader sync.WaitGroup
		r.store.mu.Lock()
		reader.Go(func() { s = r.SoFar(2 * time.Second) })
		runtime.Gosched() // so that it mostly waits
		r.Reset(time.Second)
		r.store.mu.Unlock()
		reader.Wait()
		require.Equal(t, 1., s.ResetS)
		require.Empty(t, s.Exceptions)
		require.Empty(t, s.Notes)
	}
}

// TestSoFarIsTheSummaryWithoutSeconds: what exporters show during a run is what
// its report says.
func TestSoFarIsTheSummaryWithoutSeconds(t *testing.T) {
	r := sampleRun(3000)
	r.Exception("panic", "boom", "", 0)
	for _, zero := range []bool{false, true} {
		if zero {
			r.Reset(12 * time.Second)
			at(r, 40*time.Second, time.Millisecond)
		}
		want, got := r.Summary(Meta{End: 50 * time.Second}), r.SoFar(50*time.Second)
		require.NotZero(t, got.Total.Requests)
		want.Timeline, want.Intervals, want.Health, want.Start = nil, got.Intervals, report.Health{}, got.Start
		assert.Equal(t, string(asJSON(t, want)), string(asJSON(t, got)))
	}
}

// encoded returns the binary form of a sketch.
func encoded(t testing.TB, s *hist.Sketch) string {
	data, err := s.MarshalBinary()
	require.NoError(t, err)
	return string(data)
}
