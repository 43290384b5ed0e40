package series

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Estimate is what one phase says about one metric: a value and, for any number of cosines and any
// level, its limits.
//
// Every metric is a sum over intervals: z_t says how much interval t departs from the phase. With
// the long-run variance Omega of z the sum over T intervals has the standard error sqrt(T Omega), and
// the value that times Unit:
//
//	quantile q    z_t = #(slower than q in t) - (1-p) n_t   the rank: 1/N
//	mean          z_t = sum of times in t - mean ok_t       1/#ok
//	share         z_t = part_t - share n_t                  1/N
//	rate          z_t = count_t - rate seconds_t            1/(seconds)
//
// Of a weighted window z_t is the sum over its operations (see Weigh), except for a rate.
type Estimate struct {
	Value      float64 // ms, share or per second; +Inf for a quantile among the failures or a mean of nothing
	Unit       float64
	Departures []float64 // z
	Powers     stats.Powers

	x      *Window
	kind   kind
	p      float64 // of a quantile
	at     Point   // of a quantile
	metric string  // of a quantile, as in a sentence
	spoilt string  // why there can be no limits; "": there can
}

// kind is what an estimate is of.
type kind int

const (
	ofQuantile kind = iota
	ofMean
	ofShare
	ofRate
)

// Quantile estimates the p-quantile; metric is its name in a sentence. x has requests.
func Quantile(x *Window, p float64, metric string) *Estimate {
	at := x.Quantile(p)
	above := func(w *Window) []float64 { return w.Above(at) }
	e := newEstimate(x, ofQuantile, 1-p, x.Requests, above, counts)
	e.Value, e.p, e.at, e.metric, e.spoilt = at.MS(), p, at, metric, x.tooThin(p, at)
	return e
}

// Share estimates the share of the requests that part counts by interval. x has requests.
func Share(x *Window, part func(*Window) []float64) *Estimate {
	e := ratio(x, ofShare, part, counts)
	if x.Requests < FewEvents {
		e.spoilt = x.TooFew(x.Noun(), x.Requests)
	}
	return e
}

// Rate estimates the number per second of what count counts by interval, as it came.
func Rate(x *Window, count func(*Window) []float64) *Estimate {
	raw := *x
	raw.strata = nil
	return ratio(&raw, ofRate, count, func(w *Window) []float64 { return slices.Repeat([]float64{w.Width}, w.Len()) })
}

// Mean estimates the mean time of successes, ms.
func Mean(x *Window) *Estimate {
	if x.Successes() == 0 {
		return &Estimate{Value: math.Inf(1), Departures: make([]float64, x.Len()), x: x, kind: ofMean, spoilt: x.NoSuccess()}
	}
	e := ratio(x, ofMean, func(w *Window) []float64 { return w.Times }, (*Window).Succeeded)
	if x.Successes() < FewEvents {
		e.spoilt = x.TooFew("successes", x.Successes())
	}
	return e
}

// counts are the requests by interval.
func counts(x *Window) []float64 { return x.Counts }

// ratio estimates the sum of part divided by that of whole.
func ratio(x *Window, k kind, part, whole func(*Window) []float64) *Estimate {
	size := x.sum(whole)
	return newEstimate(x, k, x.sum(part)/size, size, part, whole)
}

// newEstimate is that of a value which part is of whole, whose sum is size.
func newEstimate(x *Window, k kind, value, size float64, part, whole func(*Window) []float64) *Estimate {
	z := x.departures(value, part, whole)
	return &Estimate{Value: value, Unit: 1 / size, Departures: z, Powers: x.Basis.Powers(z), x: x, kind: k}
}

// Variance returns the variance of the sum that the value comes from (of the rank, for a quantile), in
// units of the value, by nu cosines.
func (e *Estimate) Variance(nu int) float64 {
	return float64(e.x.Len()) * e.Powers.Variance(nu) * e.Unit * e.Unit
}

// StandardErrors returns those of phases, on the scale of the sum, by nu cosines, and whether the phases share the
// variance. All estimates are of one metric.
//
// For quantiles the phases share the variance of their rank. A phase that happened to see few bursts has
// a low quantile and a small variance, and its own interval would be too narrow just where it is wrong:
// with separate variances, phases of 60 s at a queue with 85 % load are called different in 8 % of A/A
// runs, with a shared one in 2 % (docs/statistics.md), and it costs no power where noise is symmetric. For
// other metrics, sums without a detour over ranks, sharing would change nothing.
func StandardErrors(phases []*Estimate, nu int) (se []float64, shared bool) {
	se = make([]float64, len(phases))
	for i, e := range phases {
		se[i] = e.Variance(nu)
	}
	if phases[0].kind == ofQuantile {
		shared = shareVariance(phases, se, float64(nu))
	}
	for i, v := range se {
		se[i] = math.Sqrt(v)
	}
	return se, shared
}

// shareVariance replaces the variances by a shared one. A variance is per second of a phase: long phases have
// less. Where the variances differ by more than chance (F test at 10 %), each phase has the larger one of the shared and
// its own, and they are not called shared.
func shareVariance(phases []*Estimate, variances []float64, nu float64) bool {
	shared, least, most := 0.0, math.Inf(1), 0.0
	for i, e := range phases {
		v := variances[i] * e.x.Seconds()
		shared += v / float64(len(phases))
		least, most = min(least, v), max(most, v)
	}
	differ := most > 0 && stats.FCDF(most/least, nu, nu) > .95
	for i, e := range phases {
		mine := shared / e.x.Seconds()
		if differ {
			mine = max(mine, variances[i])
		}
		variances[i] = mine
	}
	return !differ
}

// Limits returns the limits of the value, half to each side on the scale of the sum. why is ""
// or says why there are none.
func (e *Estimate) Limits(half, level float64) (low, high float64, why string) {
	if e.spoilt != "" {
		return 0, 0, e.spoilt
	}
	switch {
	case e.kind == ofQuantile:
		return e.woodruff(half)
	case e.kind == ofShare:
		low, high = e.shareLimits(half, level)
		return low, high, ""
	case e.kind == ofRate && e.Value == 0:
		return 0, MostUnseen(level) / e.x.Seconds(), ""
	case e.kind == ofMean:
		half = max(half, e.Value*resolution/2)
	}
	return max(0, e.Value-half), e.Value + half, ""
}

// resolution is the relative width of a bucket.
const resolution = 1. / 512

// woodruff turns the limits of the rank into those of the quantile (Woodruff 1952). A rank outside 0..1
// means that the phase does not hold the quantile. The interval is never narrower than a bucket.
func (e *Estimate) woodruff(half float64) (low, high float64, why string) {
	if e.p-half <= 0 || e.p+half >= 1 {
		return 0, 0, fmt.Sprintf("the %s above %s come in so few clumps that phase %s does not pin it down", e.x.Noun(), e.metric, e.x.Phase)
	}
	low, high = e.x.Quantile(e.p-half).ns, e.x.Quantile(e.p+half).ns
	if !e.at.AmongFailures() {
		from, to := edges(e.at.bucket)
		low, high = min(low, from), max(high, to)
	}
	return low * msPerNS, high * msPerNS, ""
}

// shareLimits are the limits of a share, at the ends of the scale by the exact interval of independent
// requests, since a series of zeros shows no variance.
func (e *Estimate) shareLimits(half, level float64) (low, high float64) {
	low, high = max(0, e.Value-half), min(1, e.Value+half)
	edge := min(1, MostUnseen(level)*e.Unit*e.x.heaviest())
	if e.Value == 0 {
		high = edge
	}
	if e.Value >= 1 {
		low = 1 - edge
	}
	return low, high
}

// MostUnseen is the upper limit of the number of events expected where none was seen: 3.7 at 95 %, two-sided.
func MostUnseen(level float64) float64 { return -math.Log((1 - level) / 2) }
