package page

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

func TestAppendNumbers(t *testing.T) {
	assert.Equal(t, ",1,-2,0.333333,1e-07,null,null,null,123457,1.00001e+20",
		string(AppendNumbers(nil, 1, -2, 1./3, 1e-7, math.Inf(1), math.Inf(-1), math.NaN(), 123456.7, 1.000011e20)))
}

func TestThin(t *testing.T) {
	rows := []report.Second{
		{S: 0, WidthS: 1, Phase: "a", Users: 1, Requests: 2, P50: 5, P95: 9, P99: report.NoValue},
		{S: 1, WidthS: 1, Phase: "a", Users: 3, P50: report.NoValue, P95: report.NoValue, P99: report.NoValue},
		{S: 2, WidthS: 1, Phase: "a", Users: 2, Requests: 4, Failures: 1, P50: 7, P95: 8, P99: 9},
		{S: 3, WidthS: 1, Phase: "b", Requests: 1, P50: 1, P95: 1, P99: 1},
	}
	assert.Equal(t, rows, Thin(rows, 4))
	got := Thin(rows, 2)
	assert.Equal(t, []report.Second{
		{S: 0, WidthS: 2, Phase: "a", Users: 3, Requests: 2, P50: 5, P95: 9, P99: report.NoValue},
		{S: 2, WidthS: 1, Phase: "a", Users: 2, Requests: 4, Failures: 1, P50: 7, P95: 8, P99: 9},
		{S: 3, WidthS: 1, Phase: "b", Requests: 1, P50: 1, P95: 1, P99: 1},
	}, got, "a second without requests has no percentile; phases are not mixed")
	assert.Equal(t, report.NoValue, Thin(rows[:3], 1)[0].P99, "one that lies among the failures stays there")
}
