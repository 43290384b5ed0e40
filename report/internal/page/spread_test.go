package page

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// seriesOf has requests of one time in each of some seconds.
func seriesOf(start, width int, times ...time.Duration) report.Series {
	s := report.Series{StartS: start, WidthS: width}
	for i, d := range times {
		s.Append(report.Interval{Second: start + i*width, Requests: 3, Failures: 1, Successes: []hist.Bucket{{Index: hist.Index(d), Count: 2}}, Straddlers: 1, StraddlerFailures: 1})
	}
	return s
}

func TestSpreadOf(t *testing.T) {
	ms := time.Millisecond
	series := []report.Series{seriesOf(0, 1, 10*ms, 11*ms, 12*ms, 90*ms), seriesOf(4, 1, 10*ms, 11*ms)}
	s := SpreadOf(series, 0, 6, 6)
	require.Len(t, s.Moments, 6)
	assert.Equal(t, int64(4), s.Moments[0].Requests, "straddlers count where they began")
	assert.Equal(t, int64(2), s.Moments[0].Failures)
	assert.InDelta(t, 10, float64(s.Moments[0].Figures.P50), .1)
	assert.Equal(t, report.NoValue, s.Moments[0].Figures.P95, "among the failures")

	s = SpreadOf(series, 0, 6, 2)
	require.Len(t, s.Moments, 2)
	assert.Equal(t, []int64{12, 12}, []int64{s.Moments[0].Requests, s.Moments[1].Requests}, "phases meet within a moment")
	assert.Len(t, SpreadOf(series, 3, 5, 10).Moments, 2)
	assert.Empty(t, SpreadOf(series, 5, 3, 10).Moments)
	idle := SpreadOf(series[1:], 2, 6, 10).Moments
	require.Len(t, idle, 4)
	assert.Equal(t, Moment{S: 2, WidthS: 1, Figures: report.NoFigures()}, idle[0], "a second without a request is one too")

	long := []report.Series{seriesOf(0, 4, 10*ms, 10*ms, 10*ms, 10*ms, 10*ms, 10*ms)}
	s = SpreadOf(long, 5, 24, 3)
	assert.Equal(t, 8, s.WidthS, "a multiple of what there is")
	assert.Len(t, s.Moments, 3)
	assert.Equal(t, 4, s.Moments[0].S)
}

// Edges hold the times of their level, and counts stand for all successes.
func TestSpreadAppend(t *testing.T) {
	s := SpreadOf([]report.Series{seriesOf(0, 1, 10*time.Millisecond, 0, 100*time.Millisecond)}, 0, 3, 3)
	var got struct {
		Edges []float64
		Rows  [][]any
	}
	require.NoError(t, json.Unmarshal(s.Append(nil), &got))
	for i, ms := range []float64{10, 0, 100} {
		levels := got.Rows[i][9].([]any)
		require.Len(t, levels, 2)
		at := int(levels[0].(float64))
		assert.LessOrEqual(t, got.Edges[at], ms)
		assert.Greater(t, got.Edges[at+1], ms)
		assert.EqualValues(t, 2, levels[1])
	}
	none := SpreadOf(nil, 0, 0, 3)
	assert.Equal(t, `{"edges":[],"rows":[]}`, string(none.Append(nil)))
}
