package naive

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// z95 is the normal quantile of a two-sided interval of 95 %.
const z95 = 1.959964

// Interval is a 95 % interval of the log of the ratio b/a.
type Interval struct{ Low, High float64 }

// Excludes says whether the interval leaves v out.
func (i Interval) Excludes(v float64) bool { return v < i.Low || v > i.High }

// OverRequests is the percentile bootstrap over requests. The p-quantile of a resample of n requests is
// the order statistic whose rank is binomial, so no resample has to be drawn.
func OverRequests(r *rand.Rand, a, b *Sample, p float64) Interval {
	const draws = 400
	out := make([]float64, draws)
	for i := range out {
		out[i] = math.Log(b.resampled(r, p) / a.resampled(r, p))
	}
	return percentiles(out)
}

// resampled returns the p-quantile of a resample of requests.
func (x *Sample) resampled(r *rand.Rand, p float64) float64 {
	rank := p*x.n + math.Sqrt(x.n*p*(1-p))*r.NormFloat64()
	return x.at(min(x.n, max(1, rank)))
}

// percentiles returns the 2.5 and 97.5 % points.
func percentiles(v []float64) Interval {
	slices.Sort(v)
	n := len(v)
	return Interval{v[n*25/1000], v[n-1-n*25/1000]}
}

// OrderStatistics is Woodruff's interval with the variance of independent requests, p(1-p)/n, and MOVER: the
// method of package effect with the per-request variance.
func OrderStatistics(a, b *Sample, p float64) Interval {
	limits := func(x *Sample) (q, low, high float64) {
		half := z95 * math.Sqrt(p*(1-p)/x.n)
		return math.Log(x.Quantile(p)), math.Log(x.Quantile(p - half)), math.Log(x.Quantile(p + half))
	}
	qa, la, ua := limits(a)
	qb, lb, ub := limits(b)
	return Interval{qb - qa - math.Hypot(qb-lb, ua-qa), qb - qa + math.Hypot(ub-qb, qa-la)}
}

// WelchOfSeconds is Welch's t interval on the quantiles of single seconds. What it estimates is the mean of
// those and not the quantile of the phase.
func WelchOfSeconds(a, b *Sample, p float64) Interval {
	x, y := a.PerSecond(p), b.PerSecond(p)
	gap := stats.Mean(y) - stats.Mean(x)
	half := z95 * math.Sqrt(stats.Variance(x)/float64(len(x))+stats.Variance(y)/float64(len(y)))
	return Interval{gap - half, gap + half}
}

// MannWhitney says whether the two-sided rank test over requests at 5 % calls the phases different.
func MannWhitney(a, b *Sample) bool {
	var u, ties, belowA float64
	n, m := a.n, b.n
	for i := range a.pool {
		inA, inB := a.pool[i], b.pool[i]
		u += inB * (belowA + inA/2)
		t := inA + inB
		ties += t*t*t - t
		belowA += inA
	}
	all := n + m
	sd := math.Sqrt(n * m / 12 * (all + 1 - ties/(all*(all-1))))
	return math.Abs(u-n*m/2) > z95*sd
}

// Binomial says whether the two-sided test of equal failure shares at 5 % calls the phases different, with
// requests as independent trials.
func Binomial(a, b *Sample) bool {
	fa, fb, na, nb := stats.Sum(a.failed), stats.Sum(b.failed), stats.Sum(a.counts), stats.Sum(b.counts)
	p := (fa + fb) / (na + nb)
	return math.Abs(fb/nb-fa/na) > z95*math.Sqrt(p*(1-p)*(1/na+1/nb))
}

// Poisson says the same of the numbers of requests, as Poisson counts.
func Poisson(a, b *Sample) bool {
	na, nb := stats.Sum(a.counts), stats.Sum(b.counts)
	return math.Abs(nb-na) > z95*math.Sqrt(na+nb)
}
