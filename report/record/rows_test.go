package record

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// oracle counts, in the plainest way, what a row of a series must say.
type oracle map[string]*report.Interval

// row returns the row of a phase, an operation's name and a second.
func (o oracle) row(phase, name string, second int) *report.Interval {
	key := fmt.Sprint(phase, "|", name, "|", second)
	if o[key] == nil {
		o[key] = &report.Interval{}
	}
	return o[key]
}

// add counts one sample.
func (o oracle) add(info report.PhaseInfo, name string, x *Sample, width int) {
	first := int(info.Start / time.Second)
	second := first + (int(x.Intended/time.Second)-first)/width*width
	for _, name := range []string{name, report.Aggregated} {
		r := o.row(info.Name, name, second)
		n, bad, list := &r.Requests, &r.Failures, &r.Successes
		if x.Done > info.End {
			n, bad, list = &r.Straddlers, &r.StraddlerFailures, &r.Straddled
		}
		*n++
		if x.Err != "" {
			*bad++
			continue
		}
		*list = count(*list, hist.Index(x.Done-x.Intended))
	}
}

// count adds one to a bucket of an ordered list.
func count(list []hist.Bucket, bucket int) []hist.Bucket {
	for i, b := range list {
		if b.Index == bucket {
			list[i].Count++
			return list
		}
		if b.Index > bucket {
			return append(list[:i], append([]hist.Bucket{{Index: bucket, Count: 1}}, list[i:]...)...)
		}
	}
	return append(list, hist.Bucket{Index: bucket, Count: 1})
}

// randomRun records n samples, late and early ones mixed, and returns what the rows must be.
func randomRun(r *Recorder, n int, width int, seed uint64) oracle {
	rng, o := rand.New(rand.NewPCG(seed, 3)), oracle{}
	for i := range n {
		intended := time.Duration(rng.Int64N(int64(30 * time.Second)))
		if rng.IntN(4) > 0 {
			intended = time.Duration(float64(i) / float64(n) * 30e9)
		}
		x := Sample{Op: report.Op{Method: "GET", Name: fmt.Sprint("/", rng.IntN(5))}, Intended: intended, Woken: intended, Sent: intended}
		x.Done = intended + time.Duration(rng.IntN(40))*time.Millisecond*time.Duration(1+rng.IntN(100)/98*100)
		if rng.IntN(10) == 0 {
			x.Err = "http 500"
		}
		r.Shard(i).Record(&x)
		o.add(r.PhaseAt(intended), x.Op.Name, &x, width)
	}
	return o
}

// check holds every interval of a summary against the oracle.
func (o oracle) check(t *testing.T, s *report.Summary) {
	t.Helper()
	seen := 0
	for _, series := range s.Intervals {
		for v := range series.Intervals() {
			want := o.row(series.Phase, series.Name, v.Second)
			want.Second, want.Width = v.Second, series.WidthS
			if want.Requests+want.Straddlers > 0 {
				seen++
			}
			if len(v.Successes) == 0 {
				v.Successes = nil
			}
			if len(v.Straddled) == 0 {
				v.Straddled = nil
			}
			require.Equal(t, *want, v, "%s %s", series.Phase, series.Name)
		}
	}
	for _, v := range o {
		if v.Requests+v.Straddlers > 0 {
			seen--
		}
	}
	assert.Zero(t, seen, "rows that no series has")
}

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
