package effect

import (
	"fmt"

	"github.com/gensim/load-generator/internal/say"
)

// The least that an interval may be built from.
const (
	leastSeconds    = 60.0
	leastIntervals  = 24
	exploratory     = 120.0 // shorter phases, in seconds, are called so
	fewEvents       = 20    // requests beyond a quantile, or at all
	fewIntervals    = 12    // they are spread over
	tailEvents      = 100   // likewise for p99 and further out
	tailIntervals   = 20
	tail            = .99
	leastPairs      = 5
	leastPairSecond = 5.0
)

// isShort says whether a phase is too short for an interval.
func (x *stretch) isShort() bool { return x.seconds() < leastSeconds || x.len() < leastIntervals }

// tooShort says of phases that they are too short for an interval; "" of none.
func tooShort(phases []*stretch) string {
	var names []string
	for _, x := range phases {
		names = append(names, fmt.Sprintf("phase %s has %s", x.phase, say.Count(x.seconds())))
	}
	if names == nil {
		return ""
	}
	names[0] += " usable seconds"
	return fmt.Sprintf("%s; an effect needs %.0f s and %d intervals in each phase", list(names), leastSeconds, leastIntervals)
}

// tooThin says why the p-quantile of a phase stands on too few requests; "": it does not. above
// holds the requests above the quantile by interval.
func (x *stretch) tooThin(p float64, above []float64) string {
	events, spread, what := x.requests*(1-p), 0, "above it"
	least, wide := float64(fewEvents), fewIntervals
	if p >= tail {
		least, wide = tailEvents, tailIntervals
	}
	if p < .5 {
		events, what = x.requests*p, "below it"
	}
	for t, n := range above {
		if p < .5 {
			n = x.n[t] - n
		}
		if n > 0 {
			spread++
		}
	}
	if events >= least*(1-1e-9) && spread >= wide {
		return ""
	}
	return fmt.Sprintf("phase %s has %s requests %s in %d intervals; it takes %.0f in %d",
		x.phase, say.Count(events), what, spread, least, wide)
}

// tooFew says that a phase has too few of something.
func (x *stretch) tooFew(what string, n float64) string {
	return fmt.Sprintf("phase %s has %s %s; it takes %d", x.phase, say.Count(n), what, fewEvents)
}

// noRequest says that a phase has nothing of an operation; what came during the ramp or settling does not count.
func (x *stretch) noRequest() string {
	what := "request"
	if x.op != all {
		what += " of " + x.op.String()
	}
	return fmt.Sprintf("phase %s has no %s in the time that counts", x.phase, what)
}

// noSuccess says that all requests of a phase failed.
func (x *stretch) noSuccess() string {
	return fmt.Sprintf("phase %s has no success: all %s requests failed", x.phase, say.Count(x.requests))
}

// unstable says that the limits of a quantile's rank leave the scale.
func (x *stretch) unstable(m Metric) string {
	return fmt.Sprintf("the requests above %s come in so few clumps that phase %s does not hold it", m.label(), x.phase)
}
