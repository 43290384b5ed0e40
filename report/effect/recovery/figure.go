package recovery

import (
	"math"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// figure is what is followed: a series that is higher when things are worse.
//
//	quantile     ln of the quantile of each interval, in ms
//	failures     share of each interval
//	throughput   minus the successes per second of each interval
type figure struct {
	metric   effect.Metric
	quantile bool
	p        float64 // of a quantile
	width    float64 // of an interval, s
}

// newFigure returns the figure of a metric for intervals of a width, s.
func newFigure(m effect.Metric, width float64) figure {
	p, quantile := m.Quantile()
	return figure{m, quantile, p, width}
}

// The scale of the log of a quantile, which is that of ms, ends where means of its values stay finite.
const (
	worst = 20.0 // of a quantile among the failures: four days
	least = 1e-6 // ms, of a quantile that is 0
)

// series returns the figure by interval; NaN where there is no request.
func (f figure) series(x *series.Window) []float64 {
	out := make([]float64, x.Len())
	for t := range out {
		out[t] = f.at(x, t)
	}
	return out
}

// at returns the figure of interval t.
func (f figure) at(x *series.Window, t int) float64 {
	switch {
	case f.metric == effect.Throughput:
		return -(x.Counts[t] - x.Failed[t]) / x.Width
	case x.Counts[t] == 0:
		return math.NaN()
	case f.quantile:
		return min(worst, math.Log(max(f.quantileAt(x, t), least)))
	}
	return x.Failed[t] / x.Counts[t]
}

// quantileAt returns the quantile of interval t, ms. Where it lies among the failures it is that of the 5 s around t: of
// few requests it does so by chance, which says nothing about how fast the target is.
func (f figure) quantileAt(x *series.Window, t int) float64 {
	v := x.QuantileIn(t, f.p)
	if half := f.span(rollingSeconds) / 2; math.IsInf(v, 1) {
		return x.Slice(max(0, t-half), min(x.Len(), t+half+1)).Quantile(f.p).MS()
	}
	return v
}

// fromScale turns the figure into the unit of the metric.
func (f figure) fromScale(v float64) float64 {
	switch {
	case f.metric == effect.Failures:
		return v
	case f.metric == effect.Throughput:
		return -v
	}
	return math.Exp(v)
}

// slack is how far from the baseline counts as recovered, on the scale of the figure.
func (f figure) slack(base []float64, tolerance float64) float64 {
	if f.quantile {
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
// the band; -1: there are none. An unknown interval does not count as recovered.
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
// missing. Times that were better count against it.
func (f figure) excess(before, after *series.Window) float64 {
	switch {
	case f.metric == effect.Throughput:
		return before.Successes()/before.Seconds()*after.Seconds() - after.Successes()
	case f.quantile:
		return stats.Sum(after.Above(before.Quantile(f.p))) - (1-f.p)*after.Requests
	}
	return after.Failures - before.Failures/before.Requests*after.Requests
}
