package report

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

func TestAppendInvertsIntervals(t *testing.T) {
	in := []Interval{
		{Second: 10, Width: 2, Requests: 3, Failures: 1, Successes: []hist.Bucket{{Index: 5, Count: 1}, {Index: 900, Count: 1}}},
		{Second: 12, Width: 2},
		{Second: 14, Width: 2, Requests: 2, Failures: 2},
		{Second: 16, Width: 2, Requests: 1, Successes: []hist.Bucket{{Index: 7, Count: 1}},
			Straddlers: 3, StraddlerFailures: 1, Straddled: []hist.Bucket{{Index: 1000, Count: 2}}},
		{Second: 18, Width: 2, Straddlers: 1, Straddled: []hist.Bucket{{Index: 3, Count: 1}}},
		{Second: 20, Width: 2},
	}
	s := Series{Phase: "p", Name: "op", StartS: 10, WidthS: 2}
	for _, v := range in {
		s.Append(v)
	}
	require.NoError(t, s.check())
	var out []Interval
	for v := range s.Intervals() {
		v.Successes, v.Straddled = slices.Clone(v.Successes), slices.Clone(v.Straddled)
		out = append(out, v)
	}
	require.Len(t, out, len(in))
	for i := range in {
		assert.ElementsMatch(t, in[i].Successes, out[i].Successes)
		assert.ElementsMatch(t, in[i].Straddled, out[i].Straddled)
		in[i].Successes, in[i].Straddled, out[i].Successes, out[i].Straddled = nil, nil, nil, nil
	}
	assert.Equal(t, in, out)
}

// sampleSeries is a series of 5 seconds with failures, and no straddlers.
func sampleSeries() Series {
	s := Series{WidthS: 1}
	for second := range 5 {
		s.Append(Interval{Second: second, Width: 1, Requests: 4, Failures: 1, Successes: []hist.Bucket{{Index: 700 + second, Count: 2}, {Index: 900, Count: 1}}})
	}
	return s
}

func TestSeriesRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*Series){
		"width":          func(s *Series) { s.WidthS = 0 },
		"slots":          func(s *Series) { s.Slots = 1 },
		"short list":     func(s *Series) { s.Failures = s.Failures[1:] },
		"order":          func(s *Series) { s.S[0], s.S[1] = s.S[1], s.S[0] },
		"before start":   func(s *Series) { s.S[0] = -1 },
		"negative":       func(s *Series) { s.Failures[0] = -1 },
		"too many":       func(s *Series) { s.Failures[0] = s.Requests[0] + 1 },
		"no times":       func(s *Series) { s.Requests[0]++ },
		"truncated":      func(s *Series) { s.Successes = s.Successes[:len(s.Successes)-1] },
		"longer":         func(s *Series) { s.Successes = append(s.Successes, 0) },
		"no straddled":   func(s *Series) { s.Straddlers, s.StraddlerFailures, s.Straddled = []int64{1}, nil, nil },
		"too many times": func(s *Series) { s.Requests[0]-- },
	} {
		s := sampleSeries()
		require.NoError(t, s.check())
		spoil(&s)
		assert.Error(t, s.check(), name)
	}
}
