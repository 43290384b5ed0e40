package web

import (
	"math"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/report/effect"
)

// The figures of a comparison as texts, with the digits that package effect
// gives them in its sentences.

// trimmed is a number with about three digits and no zeros behind
// them; from 1,000 on they are grouped.
func trimmed(v float64) string {
	places := 0
	switch a := math.Abs(v); {
	case a < 9.995:
		places = 2
	case a < 99.95:
		places = 1
	}
	if places == 0 && math.Abs(v) < 1e15 {
		return count(int64(math.Round(v)))
	}
	return cut(strconv.FormatFloat(v, 'f', places, 64))
}

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

// plus puts a sign before a number; a minus as long as a plus.
func plus(s string) string {
	switch {
	case s == "0":
		return s
	case strings.HasPrefix(s, "-"):
		return "−" + s[1:]
	}
	return "+" + s
}

// twoDigits is a percentage with two digits.
func twoDigits(v float64) string {
	places := 0
	switch a := math.Abs(v); {
	case a < .095:
		places = 2
	case a < 9.95:
		places = 1
	}
	return cut(strconv.FormatFloat(v, 'f', places, 64))
}

// wholePercent is a share or level such as .95 in percent.
func wholePercent(v float64) string { return twoDigits(100*v) + " %" }

// changeText is a relative change with its sign; changes of ten times and more
// are a factor.
func changeText(v float64) string {
	if v >= 9 {
		return "× " + trimmed(v+1)
	}
	return plus(twoDigits(100*v)) + " %"
}

// pointsText is a difference of shares.
func pointsText(v float64) string { return plus(trimmed(100*v)) + " points" }

// differenceText is a difference in the metric's own unit.
func differenceText(m effect.Metric, v float64) string {
	switch {
	case isShare(m):
		return pointsText(v)
	case m == effect.Throughput:
		return plus(trimmed(v)) + "/s"
	}
	return plus(trimmed(v)) + " ms"
}

// limitsText is an interval with its unit once; word is for one limit.
func limitsText(v effect.Interval, word func(float64) string) string {
	low, high := word(v.Low), word(v.High)
	switch {
	case math.IsInf(v.Low, -1) && math.IsInf(v.High, 1):
		return "without limits"
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
		return trimmed(100*v) + " %"
	case m == effect.Throughput:
		return trimmed(v) + "/s"
	}
	return trimmed(v) + " ms"
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
		return trimmed(100*e.MDE) + " points"
	case e.Ratio != nil:
		return wholePercent(e.MDE)
	}
	return strings.TrimPrefix(differenceText(e.Metric, e.MDE), "+")
}
