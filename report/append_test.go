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
