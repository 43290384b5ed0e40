package effect

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Metric names what an effect is measured on: "p50", "p95", "p99", "p999" and so on for quantiles of
// the response time with failures slower than every success, or one of the other constants.
type Metric string

// The metrics that are judged unless others are asked for.
const (
	P50        Metric = "p50"
	P95        Metric = "p95"
	P99        Metric = "p99"
	Failures   Metric = "failures"   // share of requests that failed, 0..1
	Throughput Metric = "throughput" // successes per second, by their intended start
	// Mean is that of the response times of successes, in ms: a failure has none. A verdict on it has to be the same
	// with as many of the slowest left out of both arms, so that failing does not look like being fast; if it is
	// not, it is NotEstimable.
	Mean Metric = "mean"
	// Exceedance is the share of requests slower than the baseline's own quantile (that of the
	// primary metric, or p95), failures among them.
	Exceedance Metric = "exceedance"
)

// load is the rate of all requests, failures too: the load that an arm had. Options cannot ask for it.
const load Metric = "request rate"

// standard are the metrics that are judged unless Options name others.
var standard = []Metric{P50, P95, P99, Mean, Failures, Throughput, Exceedance}

// ParseMetric reads a metric: one of the constants, or a quantile such as "p90", "p999" or "p99.9". Two
// digits or less are per cent, more are decimals of the share: p999 is the 0.999-quantile.
func ParseMetric(s string) (Metric, error) {
	m := Metric(strings.ToLower(strings.TrimSpace(s)))
	switch m {
	case Mean, Failures, Throughput, Exceedance:
		return m, nil
	}
	whole, part, dotted := strings.Cut(strings.TrimPrefix(string(m), "p"), ".")
	if dotted && len(whole) > 0 && len(whole) <= 2 && len(part) > 0 { // p99.9 is p999, p95.0 is p95
		m = Metric("p" + whole)
		if part = strings.TrimRight(part, "0"); part != "" {
			m = Metric("p" + strings.Repeat("0", 2-len(whole)) + whole + part)
		}
	}
	if _, ok := m.Quantile(); !ok {
		return "", fmt.Errorf("unknown metric %q; want p50, p95, p99, any other p<number>, mean, failures, throughput or exceedance", s)
	}
	return m, nil
}

// Quantile returns which quantile m is, 0 < p < 1; ok is false for another metric.
func (m Metric) Quantile() (p float64, ok bool) {
	digits, ok := strings.CutPrefix(string(m), "p")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if len(digits) > 2 && strings.HasSuffix(digits, "0") { // p100 is not p10
		return 0, false
	}
	if len(digits) == 1 {
		digits = "0" + digits
	}
	p, err := strconv.ParseFloat("0."+digits, 64)
	return p, err == nil && p > 0 && p < 1
}

// isTime reports whether m is a response time.
func (m Metric) isTime() bool {
	_, quantile := m.Quantile()
	return quantile || m == Mean
}

// isRate reports whether m is a number per second, which is neither good nor bad in itself.
func (m Metric) isRate() bool { return m == Throughput || m == load }

// isShare reports whether m is a share of requests, whose effect is judged on the difference.
func (m Metric) isShare() bool { return m == Failures || m == Exceedance }

// Label returns what a sentence calls the metric: "p99.9", "mean of successes".
func (m Metric) Label() string {
	switch m {
	case Mean:
		return "mean of successes"
	case Failures:
		return "failure share"
	case Exceedance:
		return "exceedance share"
	}
	if digits := string(m)[min(1, len(m)):]; m.isTime() && len(digits) > 2 {
		return "p" + digits[:2] + "." + strings.TrimPrefix(digits[2:], ".")
	}
	return string(m)
}

// Format formats a value of the metric with its unit: "187 ms", "3.1 %", "40/s". An infinite response time is "failed",
// an infinite mean "no success".
func (m Metric) Format(v float64) string {
	switch {
	case math.IsInf(v, 0) && m == Mean:
		return "no success"
	case math.IsInf(v, 0):
		return "failed"
	case m.isShare():
		return say.Share(v)
	case m.isRate():
		return say.Number(v) + "/s"
	}
	return say.Number(v) + " ms"
}

// FormatDifference formats a difference of two values with its sign and unit: "+34 ms", "-1.2 points", "+3/s".
func (m Metric) FormatDifference(v float64) string { return m.inUnit(v, say.Signed) }

// inUnit adds the unit of a difference to a number.
func (m Metric) inUnit(v float64, format func(float64) string) string {
	switch {
	case m.isShare():
		return format(100*v) + " points"
	case m.isRate():
		return format(v) + "/s"
	}
	return format(v) + " ms"
}

// estimate returns what a phase says about the metric. threshold is the baseline's quantile, for Exceedance. x has
// requests, unless m is a rate.
func (m Metric) estimate(x *series.Window, threshold series.Point) *series.Estimate {
	switch m {
	case Mean:
		return series.Mean(x)
	case Failures:
		return series.Share(x, func(w *series.Window) []float64 { return w.Failed })
	case Throughput:
		return series.Rate(x, (*series.Window).Succeeded)
	case load:
		return series.Rate(x, func(w *series.Window) []float64 { return w.Counts })
	case Exceedance:
		return series.Share(x, func(w *series.Window) []float64 { return w.Above(threshold) })
	}
	p, _ := m.Quantile()
	return series.Quantile(x, p, m.Label())
}
