package html

import (
	"math"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
)

// The figures of a comparison as texts, with the digits that package effect
// gives them in its sentences.

// cut drops the zeros behind the point, and the sign of zero.
func cut(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// pointsText is a difference of shares.
func pointsText(v float64) string { return say.Signed(100*v) + " points" }

// differenceText is a difference in the metric's own unit.
func differenceText(m effect.Metric, v float64) string {
	switch {
	case isShare(m):
		return pointsText(v)
	case m == effect.Throughput:
		return say.Signed(v) + "/s"
	}
	return say.Signed(v) + " ms"
}

// limitsText is an interval with its unit once; word is for one limit.
func limitsText(v effect.Interval, word func(float64) string) string {
	low, high := word(v.Low), word(v.High)
	switch {
	case math.IsInf(v.Low, -1) && math.IsInf(v.High, 1):
		return "without limits"
	case math.IsInf(v.Low, 1):
		return "beyond every success"
	case math.IsInf(v.High, 1):
		return "at least " + low
	case math.IsInf(v.Low, -1):
		return "at most " + high
	}
	if number, unit, ok := strings.Cut(low, " "); ok && unit != "" && strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " to " + high
}

// valueText is the value of one arm.
func valueText(m effect.Metric, v float64) string {
	switch {
	case math.IsInf(v, 0) && m == effect.Mean:
		return "no success"
	case math.IsInf(v, 0):
		return "failed"
	case isShare(m):
		return say.Share(v)
	case m == effect.Throughput:
		return say.Number(v) + "/s"
	}
	return say.Number(v) + " ms"
}

func isShare(m effect.Metric) bool { return m == effect.Failures || m == effect.Exceedance }

// metricText names a metric.
func metricText(m effect.Metric) string {
	switch m {
	case effect.Mean:
		return "mean of successes"
	case effect.Failures:
		return "failure share"
	case effect.Exceedance:
		return "exceedance share"
	}
	if p, ok := m.Quantile(); ok {
		return "p" + cut(strconv.FormatFloat(100*p, 'f', 6, 64))
	}
	return string(m)
}

// sizeOf is the smallest effect that would have been found.
func sizeOf(e *effect.Effect) string {
	switch {
	case isShare(e.Metric):
		return say.Number(100*e.MDE) + " points"
	case e.Ratio != nil:
		return say.Percent(e.MDE)
	}
	return strings.TrimPrefix(differenceText(e.Metric, e.MDE), "+")
}
