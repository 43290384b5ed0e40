package cluster

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/report"
)

// TestRowsCountOnceAndInOrder: whatever comes twice, too early, in parts or from a stranger.
func TestRowsCountOnceAndInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPoster(t)
		one := p.measured(3)
		assert.Equal(t, receipt{Have: 1, Kept: 1}, p.post(row{Seq: 1}, one))
		assert.Equal(t, receipt{Have: 1, Kept: 1}, p.post(row{Seq: 1}, one), "again")
		two := p.measured(4)
		assert.Equal(t, receipt{Have: 1, Kept: 1}, p.post(row{Seq: 3}, two), "a gap")
		assert.EqualValues(t, 3, p.requests())
		assert.Equal(t, receipt{Have: 1, Kept: 1}, p.post(row{Seq: 2, Part: 1, Parts: 2}, two[9:]), "the second part before the first")
		assert.Equal(t, receipt{Have: 1, Kept: 1, Parts: 1}, p.post(row{Seq: 2, Part: 0, Parts: 2}, two[:9]))
		assert.Equal(t, receipt{Have: 1, Kept: 1, Parts: 1}, p.post(row{Seq: 2, Part: 0, Parts: 2}, two[:9]), "again")
		assert.Equal(t, receipt{Have: 2, Kept: 2}, p.post(row{Seq: 2, Part: 1, Parts: 2}, two[9:]))
		assert.EqualValues(t, 7, p.requests())
		assert.Empty(t, p.run.Notes)
		assert.Equal(t, receipt{Gone: true, Over: true}, p.post(row{Seq: 3, Index: 1}, nil), "another's share")
		assert.Equal(t, receipt{Have: 3, Kept: 3}, p.post(row{Seq: 3}, []byte("nonsense")))
		require.Len(t, p.run.Notes, 1)
		assert.Contains(t, p.run.Notes[0], "figures of worker w")
		data, err := p.conn.Request(t.Context(), p.c.subject("w.w.row"), []byte("no row"))
		require.NoError(t, err)
		assert.JSONEq(t, string(encode(receipt{answer: answer{p.c.id}, Gone: true, Over: true})), string(data), "or its worker would send it without end")
	})
}

// TestHealthIsAsItWas where a row does not say.
func TestHealthIsAsItWas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPoster(t)
		p.post(row{Seq: 1, Health: &report.Health{CPULimit: 4}}, p.measured(1))
		p.post(row{Seq: 2}, p.measured(1))
		assert.Equal(t, 4., p.run.shares[0].Last.reportedHealth().CPULimit)
		p.post(row{Seq: 3, Health: &report.Health{CPULimit: 2}}, p.measured(1))
		assert.Equal(t, 2., p.run.shares[0].Last.reportedHealth().CPULimit)
	})
}

// TestFiguresThatDoNotAddUpAreNoted: once for each time.
func TestFiguresThatDoNotAddUpAreNoted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPoster(t)
		p.measured(3) // never sent
		p.post(row{Seq: 1}, p.measured(2))
		p.post(row{Seq: 2}, p.measured(1))
		require.Len(t, p.run.Notes, 1)
		assert.Contains(t, p.run.Notes[0], "do not add up")
		assert.Contains(t, p.run.Notes[0], "2 requests here, 5 there")
	})
}

// TestALostWorkerThatStoodStillMadeNothing: a row that comes after a standstill says when it is made, not that
// there was load until then. One that was only cut off has made what its rows say.
func TestALostWorkerThatStoodStillMadeNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPoster(t)
		post := func(seq int64, at time.Duration) time.Duration {
			p.post(row{Seq: seq, OffsetNS: int64(at)}, p.measured(1))
			p.c.mu.Lock()
			defer p.c.mu.Unlock()
			p.run.shares[0].Lost = true
			return p.run.losses().lost[0].at
		}
		assert.Equal(t, 5*time.Second, post(1, 5*time.Second))
		assert.Equal(t, 6*time.Second, post(2, 6*time.Second), "late, and made all the same")
		assert.Equal(t, 6*time.Second, post(3, 15*time.Second))
	})
}

// overheard counts what workers send from now on, by the last word of the subject.
func (f *fleet) overheard() func() map[string]int {
	conn, err := bus.Dial(f.t.Context(), f.c.server.Target(), bus.Options{})
	require.NoError(f.t, err)
	f.t.Cleanup(conn.Close)
	var mu sync.Mutex
	n := make(map[string]int)
	for _, what := range []string{"w.*.>", "clock"} {
		_, err = conn.Subscribe(f.c.subject(what), func(m bus.Message) {
			mu.Lock()
			defer mu.Unlock()
			n[m.Subject[strings.LastIndex(m.Subject, ".")+1:]]++
		})
		require.NoError(f.t, err)
	}
	require.NoError(f.t, conn.Flush(f.t.Context()))
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(n)
	}
}

// TestAMessageASecond: a row is a sign of life, so a worker sends nothing else while it makes load, except for a look at the clock now
// and then. Where rows are rare it says that it is there all the same.
func TestAMessageASecond(t *testing.T) {
	for interval, want := range map[time.Duration]map[string]int{
		0:               {"row": 2 * 40, "clock": 2 * 4},
		5 * time.Second: {"row": 2 * 8, "clock": 2 * 4, "beat": 2 * 32},
	} {
		if testing.Short() && interval == 0 {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, func(c *Config) { c.Interval = interval })
			f.hireAll(2)
			counts := f.overheard()
			heard := make(chan map[string]int, 2)
			for _, at := range []time.Duration{12600 * time.Millisecond, 52600 * time.Millisecond} { // the run begins at 2 s
				time.AfterFunc(at, func() { heard <- counts() })
			}
			sum, err := f.run()
			require.NoError(t, err)
			assert.Empty(t, sum.Notes)
			first, last := <-heard, <-heard
			for what, n := range first {
				if last[what] -= n; last[what] == 0 {
					delete(last, what)
				}
			}
			assert.Equal(t, want, last)
		})
	}
}
