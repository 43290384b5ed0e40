package record

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

func TestIntervalsAgainstOracle(t *testing.T) {
	for seed := range uint64(2) {
		r := New(Config{Phases: twoPhases, Shards: 2})
		o := randomRun(r, 10_000, 1, seed)
		s := r.Summary(Meta{End: 30 * time.Second})
		o.check(t, s)

		data, err := json.Marshal(s)
		require.NoError(t, err)
		back := new(report.Summary)
		require.NoError(t, json.Unmarshal(data, back))
		o.check(t, back)
	}
}

func TestIntervalsAreMergedPairwiseOverTheLimit(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 1, IntervalBytes: 18_000})
	o := randomRun(r, 20_000, 2, 1)
	s := r.Summary(Meta{End: 30 * time.Second})
	for _, series := range s.Intervals {
		require.Equal(t, 2, series.WidthS, "%s %s", series.Phase, series.Name)
	}
	o.check(t, s)
	total := int64(0)
	for _, second := range s.Timeline {
		require.LessOrEqual(t, second.WidthS, 2)
		total += second.Requests
	}
	assert.EqualValues(t, 20_000, total)
}

func TestIntervalMemoryIsBoundedOverADay(t *testing.T) {
	const limit = 200_000
	r := New(Config{Shards: 1, IntervalBytes: limit})
	for second := range 86_400 {
		for i := range 2 {
			start := time.Duration(second)*time.Second + time.Duration(i)*time.Millisecond
			took := time.Duration(5+(second*7919+i*31)%50) * time.Millisecond
			r.Shard(0).Record(&Sample{Op: report.Op{Method: "GET", Name: fmt.Sprint("/", i)}, Intended: start, Woken: start, Sent: start, Done: start + took})
		}
	}
	series := intervals(r, 0, 24*time.Hour)
	require.Len(t, series, 3)
	var bytes int
	r.read(func(f *store) {
		f.phases[0].measure()
		bytes = f.phases[0].bytes
	})
	assert.LessOrEqual(t, bytes, limit+limit/10)
	assert.Greater(t, bytes, limit/4, "but no coarser than need be")
	n := int64(0)
	for v := range series[2].Intervals() {
		n += v.Requests
	}
	assert.EqualValues(t, 2*86_400, n)
	beyondEnd := series[2].Slots*series[2].WidthS - 86_400
	assert.True(t, beyondEnd >= 0 && beyondEnd < series[2].WidthS, "the intervals cover the day")
}

func TestLateSamplesAreKeptPacked(t *testing.T) {
	s, c := new(rowList), new(hist.Dense)
	for slot := range int32(20) {
		s.add(slot, 1000, false, false, c)
	}
	for i := range 5000 {
		s.add(3, 1000+i%40, false, false, c)
	}
	assert.Less(t, s.rows[3].inTime.successes.Bytes(), 40*4+2*128)
	assert.EqualValues(t, 5001, s.rows[3].inTime.requests)
	before := s.bytes
	s.widen(c)
	assert.Less(t, s.bytes, before)
	assert.EqualValues(t, 5002, s.rows[1].inTime.requests)
}

func TestIntervalsYieldEmptySeconds(t *testing.T) {
	r := New(Config{Phases: twoPhases})
	at(r, 13*time.Second, time.Millisecond)
	at(r, 15*time.Second, time.Millisecond)
	var seconds []int
	var requests []int64
	series := intervals(r, 1, 18*time.Second)
	require.Len(t, series, 2)
	for v := range series[0].Intervals() {
		seconds, requests = append(seconds, v.Second), append(requests, v.Requests)
	}
	assert.Equal(t, []int{10, 11, 12, 13, 14, 15, 16, 17}, seconds)
	assert.Equal(t, []int64{0, 0, 0, 1, 0, 1, 0, 0}, requests)
	assert.Equal(t, get, series[0].Op())
	for range series[0].Intervals() {
		break // early
	}
	assert.Nil(t, intervals(r, 0, time.Minute), "nothing recorded")
}

func TestIntervalsAgreeWithSketch(t *testing.T) {
	r := New(Config{})
	for i, took := range lognormal(5000, 8) {
		x := Sample{Op: get, Intended: time.Duration(i) * time.Millisecond, Woken: time.Duration(i) * time.Millisecond}
		x.Done = x.Intended + took
		if i%50 == 0 {
			x.Err = "timeout"
		}
		r.Shard(0).Record(&x)
	}
	all := r.Phase(0, 5*time.Second).Aggregated()
	for _, p := range []float64{.1, .5, .9} {
		q, above := all.Response.Quantile(p), 0.0
		for v := range intervals(r, 0, 5*time.Second)[1].Intervals() {
			above += float64(v.Failures)
			for _, b := range v.Successes {
				above += b.CountAbove(q)
			}
		}
		assert.InDelta(t, all.Response.CountAbove(q)+100, above, 1e-6)
	}
}

func TestTimelineAddsUp(t *testing.T) {
	phases := []report.PhaseInfo{{Name: "a", End: 2500 * time.Millisecond}, {Name: "b", Start: 2500 * time.Millisecond}}
	r := New(Config{Phases: phases})
	for i := range 50 {
		at(r, time.Duration(i)*100*time.Millisecond, time.Duration(i+1)*time.Millisecond)
	}
	r.Level(0, 4, 3, 2)
	r.Level(3, 8, 7, 6)
	rows := r.Summary(Meta{End: 6 * time.Second}).Timeline
	require.Len(t, rows, 6)
	for i, row := range rows {
		assert.Equal(t, i, row.S)
		assert.Equal(t, 1, row.WidthS)
		assert.EqualValues(t, []int{10, 10, 10, 10, 10, 0}[i], row.Requests, "second %d, where phases may meet", i)
		assert.Equal(t, []int{4, 4, 4, 8, 8, 8}[i], row.Planned)
		assert.Equal(t, []int{3, 3, 3, 7, 7, 7}[i], row.Users)
		assert.Equal(t, []int{2, 2, 2, 6, 6, 6}[i], row.On)
		assert.Equal(t, []string{"a", "a", "a", "b", "b", "b"}[i], row.Phase)
	}
	assert.InDelta(t, 25, float64(rows[2].P50), .1)
	assert.InDelta(t, 50, float64(rows[4].P95), .2)
	assert.Equal(t, report.NoValue, rows[5].P50)
	assert.Equal(t, rows[1:4], r.Timeline(1, 4))
	assert.Empty(t, r.Timeline(4, 4))
}
