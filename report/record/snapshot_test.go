package record

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestSnapshotRatesEndNow(t *testing.T) {
	r, i := New(Config{Phases: twoPhases}), 0
	for _, c := range []struct {
		now      time.Duration
		rps, all float64
		recent   bool
	}{
		{500 * time.Millisecond, 5, 10, true}, // in the first second, as if it were over
		{20 * time.Second, 10.25, 10, true},   // done at 16.0 to 20.0
		{22 * time.Second, 5.25, 200. / 22, true},
		{26 * time.Second, 0, 200. / 26, true},
		{31 * time.Second, 0, 200. / 31, false}, // a target that hangs shows
	} {
		for ; i < 200 && time.Duration(i)*100*time.Millisecond < c.now; i++ {
			at(r, time.Duration(i)*100*time.Millisecond, 100*time.Millisecond)
		}
		s := r.Snapshot(c.now)
		assert.InDelta(t, c.rps, s.Total.RecentRPS, 1e-9, c.now)
		assert.InDelta(t, c.all, s.Total.RPS, 1e-9, c.now)
		assert.Equal(t, c.recent, s.Total.Recent.P50.IsFinite(), c.now)
		require.Len(t, s.Ops, 1)
		assert.Equal(t, s.Total.RecentRPS, s.Ops[0].RecentRPS)
		assert.Equal(t, s.Total.Recent, s.Ops[0].Recent)
	}
}

func TestSnapshotWindowForgets(t *testing.T) {
	r := New(Config{})
	record := func(second int, took time.Duration, reason string) {
		done := time.Duration(second) * time.Second
		for range 20 {
			r.Shard(0).Record(&Sample{Op: get, Intended: done - took, Done: done, Err: reason})
		}
	}
	record(3, 500*time.Millisecond, "timeout")
	for second := 4; second < 20; second++ {
		record(second, time.Duration(second)*10*time.Millisecond, "")
	}
	s := r.Snapshot(20 * time.Second)
	assert.InDelta(t, 100, float64(s.Total.Recent.Min), .3, "second 10 is the oldest in the window")
	assert.InDelta(t, 190, float64(s.Total.Recent.Max), .4)
	assert.InDelta(t, 145, float64(s.Total.Recent.Mean), .4)
	assert.InDelta(t, 190, float64(s.Total.Recent.P99), .4)
	assert.InDelta(t, 20, s.Total.RecentRPS, .01)
	assert.Zero(t, s.Total.RecentFailures)
	assert.EqualValues(t, 20, s.Total.Failures)
	assert.Equal(t, []any{int64(200), int64(0), 10.}, []any{s.Total.RecentRequests, s.Total.RecentFailed, s.Total.RecentS}, "those of Recent")
	assert.Equal(t, report.NoValue, s.Total.Response.P95, "since the start 20 of 340 failed")

	assert.InDelta(t, 100/4.5, r.Snapshot(18*time.Second-500*time.Millisecond).Total.RecentRPS, 1e-9, "not what is done later")

	record(20, time.Second, "timeout")
	record(2, time.Second, "") // too old to be shown
	s = r.Snapshot(20*time.Second + 500*time.Millisecond)
	assert.InDelta(t, 100./4.5, s.Total.RecentRPS, .01)
	assert.InDelta(t, 20./4.5, s.Total.RecentFailures, .01)
	assert.Equal(t, report.NoValue, s.Total.Recent.P95, "9 % of the window failed")
}

func TestSnapshotTellsPhaseUsersAndTime(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	r.Level(11, 20, 19, 12)
	at(r, 11*time.Second, 30*time.Millisecond)
	r.Shard(0).Record(&Sample{Op: report.Op{Method: "POST", Name: "/a"}, Intended: 11 * time.Second, Done: 11100 * time.Millisecond, Bytes: 9, Woken: 11 * time.Second})
	r.Exception("panic", "boom", "stack", 5*time.Second)
	s := r.Snapshot(12 * time.Second)
	assert.Equal(t, "intervention", s.Phase.Name)
	assert.Equal(t, 1, s.Index)
	left, ok := s.PhaseLeft()
	assert.True(t, ok)
	assert.Equal(t, 18*time.Second, left)
	assert.Equal(t, [4]int{20, 19, 12, 7}, [4]int{s.Planned, s.Users, s.On, s.Off()})
	require.Len(t, s.Ops, 2)
	assert.Equal(t, report.Op{Method: "POST", Name: "/a"}, s.Ops[0].Op, "sorted by name")
	assert.EqualValues(t, 9, s.Ops[0].Bytes)
	assert.Equal(t, report.Aggregated, s.Total.Op.Name)
	assert.Equal(t, report.Millis(100), s.Total.Response.Max)
	assert.Equal(t, report.Lag{P50: 0, P99: 0, Max: 0}, s.Lag)
	assert.Equal(t, report.Trusted, s.Trust.P99.Grade)
	require.Len(t, s.Exceptions, 1)
	assert.Equal(t, "0:12 intervention (0:18 left)  19 users (12 on)  0.5 req/s  2 requests  0 failed  p50 30  p95 100 ms", s.String())

	_, ok = New(Config{}).Snapshot(0).PhaseLeft()
	assert.False(t, ok, "without end")
}

func TestSnapshotQuantilesOfAllTimes(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	for i := range 100 {
		x := Sample{Op: get, Intended: time.Duration(i) * 200 * time.Millisecond}
		x.Done = x.Intended + time.Duration(i+1)*time.Millisecond
		if i >= 90 {
			x.Err = "http 500"
		}
		r.Shard(0).Record(&x)
	}
	s := r.Snapshot(20*time.Second, .5, .95, 1)
	require.Len(t, s.Ops[0].Quantiles, 3)
	assert.InDelta(t, 95, float64(s.Ops[0].Quantiles[1]), .2, "failures count as answers")
	assert.Equal(t, report.Millis(100), s.Ops[0].Quantiles[2])
	assert.Equal(t, report.NoValue, s.Ops[0].Response.P95, "but not in the headline")
	assert.Equal(t, s.Ops[0].Quantiles, s.Total.Quantiles)
	assert.Nil(t, r.Snapshot(20*time.Second).Total.Quantiles)
	assert.Equal(t, []report.Millis{report.NoValue}, New(Config{}).Snapshot(0, .5).Total.Quantiles)
}

func TestLevelRepeatsWhatItWasNotTold(t *testing.T) {
	r := New(Config{})
	assert.Zero(t, r.Snapshot(0).Users)
	r.Level(2, 4, 4, 1)
	r.Level(-1, 9, 9, 9)
	r.Level(maxLevels, 9, 9, 9)
	r.Level(5, 8, 6, 3)
	planned, users, on := r.levels.mean(2, 4)
	assert.Equal(t, [3]int{5, 5, 2}, [3]int{planned, users, on}, "means of 4 4 4 8, 4 4 4 6, 1 1 1 3, rounded")
	planned, _, _ = r.levels.mean(7, 2)
	assert.Equal(t, 8, planned, "after the last one")
}
