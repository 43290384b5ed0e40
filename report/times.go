package report

import (
	"time"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// Times are the histograms of some requests, by how they ended; nil: none. Those of several phases,
// operations or machines merge exactly.
//
// How long a request in flight takes is not known yet, only that it is at least as long as it has
// waited. One that has waited longer than a quantile of the others lies above it, however it ends. So it
// counts there, with the time so far, as one does that the end of the run cut. One that has not waited so
// long may end on either side of the quantile and is left out of it.
type Times struct {
	Response      *hist.Sketch `json:"response_sketch,omitempty"`       // successes
	Service       *hist.Sketch `json:"service_sketch,omitempty"`        // successes
	Failed        *hist.Sketch `json:"failed_sketch,omitempty"`         // response times of failures
	FailedService *hist.Sketch `json:"failed_service_sketch,omitempty"` // service times of failures
	Cut           *hist.Sketch `json:"cut_off_sketch,omitempty"`        // how long those cut off had taken
	Waiting       *hist.Sketch `json:"in_flight_sketch,omitempty"`      // how long those in flight have waited

	// Timings are the parts that response times consist of, of successes and failures; nil: none were measured.
	Timings *timing.Tally `json:"timings,omitempty"`
}

// all lists the histograms.
func (t *Times) all() [6]**hist.Sketch {
	return [...]**hist.Sketch{&t.Response, &t.Service, &t.Failed, &t.FailedService, &t.Cut, &t.Waiting}
}

// Merge adds all of o to the histograms of t, which must be its own, and leaves o as it is.
func (t *Times) Merge(o *Times) {
	from := o.all()
	for i, to := range t.all() {
		if (*from[i]).Count() == 0 {
			continue
		}
		if *to == nil {
			*to = new(hist.Sketch)
		}
		(*to).Merge(*from[i])
	}
	if o.Timings.Requests() > 0 {
		if t.Timings == nil {
			t.Timings = new(timing.Tally)
		}
		t.Timings.Merge(o.Timings)
	}
}

// Reset empties the histograms and keeps their memory.
func (t *Times) Reset() {
	for _, s := range t.all() {
		if *s != nil {
			(*s).Reset()
		}
	}
	t.Timings.Reset()
}

// kept returns t without empty histograms.
func (t Times) kept() Times {
	for _, s := range t.all() {
		if (*s).Count() == 0 {
			*s = nil
		}
	}
	if t.Timings.Requests() == 0 {
		t.Timings = nil
	}
	return t
}

// Completed returns how many requests came to an end: successes and failures.
func (t *Times) Completed() int64 { return int64(t.Response.Count() + t.Failed.Count()) }

// Clamped returns how many response times lay outside the range of a histogram.
func (t *Times) Clamped() int64 {
	return int64(t.Response.Clamped() + t.Failed.Clamped() + t.Cut.Clamped())
}

// ranked returns the n requests that the p-quantile is taken of: the smallest ones, whose time is known
// or known to be at least so long, and how many of n are of the latter kind.
func (t *Times) ranked(p float64) (smallest *hist.Sketch, n, atLeast uint64) {
	smallest, atLeast = withCut(t.Response, t.Cut), t.Cut.Count()
	n = t.Response.Count() + t.Failed.Count() + atLeast
	if t.Waiting.Count() == 0 {
		return smallest, n, atLeast
	}
	above := t.Waiting
	if n > 0 {
		above = t.Waiting.Above(smallest.QuantileOf(n, p))
	}
	return withCut(smallest, above), n + above.Count(), atLeast + above.Count()
}

// Quantile returns the p-quantile of the response time, 0 < p < 1, by the rules of the percentiles in
// Figures: failures are slower than every success, so it may be +Inf, and so it is without
// requests.
func (t *Times) Quantile(p float64) Millis {
	smallest, n, _ := t.ranked(p)
	if n == 0 {
		return NoValue
	}
	return inMillis(smallest.QuantileOf(n, p))
}

// CountAbove returns how many requests took longer than ms, failures counted as slower than every
// success, and those in flight that have waited so long.
func (t *Times) CountAbove(ms Millis) float64 {
	d := ms.Duration()
	return withCut(t.Response, t.Cut).CountAbove(d) + t.Waiting.CountAbove(d) + float64(t.Failed.Count())
}

// Timed returns minimum, mean and maximum of all response times, failures too.
func (t *Times) Timed() Timed {
	ok, bad := t.Response, t.Failed
	if t.Completed() == 0 {
		return Timed{NoValue, NoValue, NoValue}
	}
	least := min(ok.Min(), bad.Min())
	switch {
	case ok.Count() == 0:
		least = bad.Min()
	case bad.Count() == 0:
		least = ok.Min()
	}
	return Timed{inMillis(least), inMillis(hist.Mean(ok, bad)), inMillis(max(ok.Max(), bad.Max()))}
}

// quantilesOfAll returns quantiles, in ascending order, of all response times, failures too.
func (t *Times) quantilesOfAll(ps []float64) []Millis {
	all := withCut(t.Response, t.Failed)
	at, out := make([]time.Duration, len(ps)), make([]Millis, len(ps))
	all.QuantilesOf(all.Count(), ps, at)
	for i, d := range at {
		if out[i] = inMillis(d); all.Count() == 0 {
			out[i] = NoValue
		}
	}
	return out
}

// withCut returns the successes with the cut requests among them.
func withCut(ok, cut *hist.Sketch) *hist.Sketch {
	if cut.Count() == 0 {
		return ok
	}
	both := new(hist.Sketch)
	both.Merge(ok)
	both.Merge(cut)
	return both
}
