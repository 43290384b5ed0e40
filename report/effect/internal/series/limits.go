package series

import (
	"fmt"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// The least that an interval of an effect may be built from.
const (
	LeastSeconds   = 60.0
	LeastIntervals = 24
	FewEvents      = 20  // requests beyond a quantile, or at all
	fewIntervals   = 12  // they are spread over
	tailEvents     = 100 // requests beyond p99 and further out
	tailIntervals  = 20  // they are spread over
	tail           = .99
)

// Enough reports whether n requests that were computed are as many as it takes, up to rounding.
func Enough(n, least float64) bool { return n >= least*(1-1e-9) }

// All is the row of all operations together.
var All = report.Op{Name: report.Aggregated}

// IsShort reports whether a window is too short for an interval.
func (x *Window) IsShort() bool { return x.Seconds() < LeastSeconds || x.Len() < LeastIntervals }

// tooThin says why the p-quantile of a window rests on too few requests; "": it does not. above
// holds the requests above the quantile by interval.
func (x *Window) tooThin(p float64, above []float64) string {
	events, spread, what := x.Requests*(1-p), 0, "above it"
	least, wide := float64(FewEvents), fewIntervals
	if p >= tail {
		least, wide = tailEvents, tailIntervals
	}
	if p < .5 {
		events, what = x.Requests*p, "below it"
	}
	for t, n := range above {
		if p < .5 {
			n = x.Counts[t] - n
		}
		if n > 0 {
			spread++
		}
	}
	if Enough(events, least) && spread >= wide {
		return ""
	}
	return fmt.Sprintf("phase %s has %s requests %s in %d intervals; it takes %.0f in %d",
		x.Phase, say.Count(events), what, spread, least, wide)
}

// TooFew says that a phase has too few of something.
func (x *Window) TooFew(what string, n float64) string {
	return fmt.Sprintf("phase %s has %s %s; it takes %d", x.Phase, say.Count(n), what, FewEvents)
}

// NoRequest says that a phase has nothing of an operation; what came during the ramp or settling does not count.
func (x *Window) NoRequest() string {
	what := "request"
	if x.Op != All {
		what += " of " + x.Op.String()
	}
	return fmt.Sprintf("phase %s has no %s in the time that counts", x.Phase, what)
}

// NoSuccess says that all requests of a phase failed.
func (x *Window) NoSuccess() string {
	return fmt.Sprintf("phase %s has no success: all %s requests failed", x.Phase, say.Count(x.Requests))
}
