package effect

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// judge turns the pairs into an effect.
func (d *differences) judge(e *Effect) {
	a, b, left := d.counting()
	e.Baseline, e.Intervention = meanIntervals(a, b, e.confidence())
	if len(a) == 0 {
		e.Baseline, e.Intervention = d.seenMeans()
	}
	e.Pairs = len(a)
	if left != "" {
		e.Notes = append(e.Notes, fmt.Sprintf("%d of %d pairs do not count: %s.", len(d.a)-len(a), len(d.a), left))
	}
	if d.failed > 0 {
		e.withholdForFailures(d)
		return
	}
	if len(a) < leastPairs {
		if left != "" {
			e.withhold(NotEstimable, fmt.Sprintf("only %d pairs count and it takes %d: %s", len(a), leastPairs, left))
		} else {
			e.withhold(TooShort, fmt.Sprintf("%d pairs are too few; it takes %d, better 10", len(a), leastPairs))
		}
		return
	}
	change := stats.Minus(b, a)
	e.Difference = new(Interval(stats.MeanInterval(change, e.confidence())))
	if d.logs {
		change = stats.Minus(stats.Logs(b), stats.Logs(a))
		e.Ratio = new(Interval(stats.MeanInterval(change, e.confidence()).Exp()))
	}
	e.PValue, e.Degrees = stats.SignFlipP(change), float64(len(change)-1)
	if e.Metric.isShare() && stats.Sum(a) == 0 && stats.Sum(b) == 0 { // without an event there is no variance to see
		e.Difference.Low = -min(1, series.MostUnseen(e.confidence())/float64(max(1, e.BaselineRequests)))
		e.Difference.High = min(1, series.MostUnseen(e.confidence())/float64(max(1, e.InterventionRequests)))
		e.PValue = 0
	}
	e.Verdict = decide(e.Metric, *e.Change(), e.Margin)
	e.MDE = pairMDE(change, e.confidence(), d.logs)
}

// meanIntervals returns the means of both sides with their limits; nil for none.
func meanIntervals(a, b []float64, level float64) (baseline, intervention *Interval) {
	if len(a) == 0 {
		return nil, nil
	}
	return new(Interval(stats.MeanInterval(a, level))), new(Interval(stats.MeanInterval(b, level)))
}

// seenMeans returns the mean values of both sides over all pairs that have any; nil for none.
func (d *differences) seenMeans() (baseline, intervention *Interval) {
	var a, b []float64
	for i := range d.a {
		if d.hasValues[i] {
			a, b = append(a, d.a[i]), append(b, d.b[i])
		}
	}
	baseline, intervention = meanIntervals(a, b, .5)
	if baseline != nil {
		baseline.Low, baseline.High = math.Inf(-1), math.Inf(1)
		intervention.Low, intervention.High = math.Inf(-1), math.Inf(1)
	}
	return baseline, intervention
}

// withholdForFailures withholds the verdict because of pairs whose values lie among the failures: the others alone
// would make the target look better than it was.
func (e *Effect) withholdForFailures(d *differences) {
	among := func(v []float64, side *Interval) *Interval {
		if slices.ContainsFunc(v, func(x float64) bool { return math.IsInf(x, 0) }) {
			return &Interval{math.Inf(1), math.Inf(-1), math.Inf(1)}
		}
		return side
	}
	e.Baseline, e.Intervention = among(d.a, e.Baseline), among(d.b, e.Intervention)
	e.withhold(NotEstimable, fmt.Sprintf("%s; of %d pairs %d cannot be compared for such a reason, and without them the others say nothing about the target", d.firstFailure, len(d.a), d.failed))
}

// counting returns the values of the pairs that count, and why the first of the others does not.
func (d *differences) counting() (a, b []float64, left string) {
	for i, why := range d.leftOut {
		if why == "" {
			a, b = append(a, d.a[i]), append(b, d.b[i])
		} else if left == "" {
			left = why
		}
	}
	return a, b, left
}

// savedVariance returns the part of the variance that pairing took away: 1 - var(b-a) / (var a + var b), on logs
// where there is a ratio; 0 with fewer than two pairs. Negative: the pairs made it worse.
func (d *differences) savedVariance() float64 {
	a, b, _ := d.counting()
	if len(a) < 2 {
		return 0
	}
	if d.logs {
		a, b = stats.Logs(a), stats.Logs(b)
	}
	apart := stats.Variance(a) + stats.Variance(b)
	if apart == 0 {
		return 0
	}
	return max(-1, 1-stats.Variance(stats.Minus(b, a))/apart)
}

// pairMDE is the smallest effect that the pairs would have shown 4 times in 5.
func pairMDE(change []float64, level float64, onLogs bool) float64 {
	nu := float64(len(change) - 1)
	se := math.Sqrt(stats.Variance(change) / float64(len(change)))
	size := (stats.StudentQuantile((1+level)/2, nu) + stats.StudentQuantile(.8, nu)) * se
	if onLogs {
		size = math.Expm1(size)
	}
	return finiteOr0(size)
}
