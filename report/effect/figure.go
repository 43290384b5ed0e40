package effect

import (
	"math"

	"github.com/gensim/load-generator/report/hist"
)

// figure is what recovery watches: a series that is higher when things are worse.
//
//	quantile     ln of the quantile of each interval, in ms
//	failures     share of each interval
//	throughput   minus the successes per second of each interval
type figure struct {
	m     Metric
	width float64 // of an interval, s
}

// worst stands for a quantile among the failures: e^20 ms is four days, but means of it with other values
// stay finite.
const worst = 20.0

// series returns the figure by interval; NaN where no request tells it.
func (f figure) series(x *stretch) []float64 {
	out := make([]float64, x.len())
	for t := range out {
		out[t] = f.in(x, t)
	}
	return out
}

// in returns the figure of interval t.
func (f figure) in(x *stretch, t int) float64 {
	p, quantile := f.m.Quantile()
	switch {
	case f.m == Throughput:
		return -(x.n[t] - x.failed[t]) / x.width
	case x.n[t] == 0:
		return math.NaN()
	case quantile:
		return math.Log(max(x.quantileIn(t, p), 1e-6))
	}
	return x.failed[t] / x.n[t]
}

// quantileIn returns the p-quantile of interval t, ms; e^worst among the failures.
func (x *stretch) quantileIn(t int, p float64) float64 {
	rank, below := hist.Rank(p, x.n[t]), 0.0
	for _, b := range x.of(t) {
		if n := float64(b.count); below+n >= rank {
			low, high := edges(int(b.index))
			return (low + max(0, rank-below)/n*(high-low)) * msPerNS
		} else {
			below += n
		}
	}
	return math.Exp(worst)
}

// back turns the figure into the unit of the metric.
func (f figure) back(v float64) float64 {
	switch {
	case f.m == Failures:
		return v
	case f.m == Throughput:
		return -v
	}
	return math.Exp(v)
}

// slack is how far from the baseline counts as recovered, on the scale of the figure.
func (f figure) slack(base []float64, tolerance float64) float64 {
	if _, quantile := f.m.Quantile(); quantile {
		return math.Log1p(tolerance)
	}
	return tolerance * math.Abs(mean(base))
}

// span returns how many intervals cover some seconds.
func (f figure) span(seconds float64) int { return max(1, int(math.Round(seconds/f.width))) }

// rolling returns the mean over 5 s around each interval, less at the ends, of what is known; NaN
// where nothing is.
func (f figure) rolling(y []float64) []float64 {
	half := f.span(rollingSeconds) / 2
	out := make([]float64, len(y))
	for t := range out {
		out[t] = mean(y[max(0, t-half):min(len(y), t+half+1)])
	}
	return out
}

// mean returns the mean of what is known; NaN if nothing is.
func mean(y []float64) float64 {
	total, n := 0.0, 0.0
	for _, v := range y {
		if !math.IsNaN(v) {
			total, n = total+v, n+1
		}
	}
	return total / n
}

// recovered returns the first interval of the first 10 s during which the rolling means stay at or below
// the band; -1: there are none. An interval that nobody knows anything about does not count as recovered.
func (f figure) recovered(means []float64, band float64) int {
	hold, run := f.span(holdSeconds), 0
	for t, v := range means {
		if v <= band {
			run++
		} else {
			run = 0
		}
		if run == hold {
			return t - hold + 1
		}
	}
	return -1
}

// seconds converts an interval's number; -1 is the end of the series.
func (f figure) seconds(at, length int) float64 {
	if at < 0 {
		at = length
	}
	return float64(at) * f.width
}

// excess counts the requests beyond what the baseline has of them: slower than its quantile, failed, or
// missing. Stretches that were better count against it.
func (f figure) excess(before, after *stretch) float64 {
	p, quantile := f.m.Quantile()
	switch {
	case f.m == Throughput:
		return before.successes()/before.seconds()*after.seconds() - after.successes()
	case quantile:
		at := before.quantile(p)
		return sum(after.above(at)) - (1-p)*after.requests
	}
	return after.failures - before.failures/before.requests*after.requests
}
