package series

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/stats"
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

// tooThin says why the p-quantile of a window rests on too few requests; "": it does not.
func (x *Window) tooThin(p float64, at Point) string {
	what, beyond := "above it", func(w *Window) []float64 { return w.Above(at) }
	least, wide := float64(FewEvents), fewIntervals
	if p >= tail {
		least, wide = tailEvents, tailIntervals
	}
	if p < .5 {
		what, beyond = "below it", func(w *Window) []float64 { return stats.Minus(w.Counts, w.Above(at)) }
	}
	events, spread := x.events(beyond)
	if Enough(events, least) && spread >= wide {
		return ""
	}
	return fmt.Sprintf("phase %s has %s %s %s in %d intervals; it takes %.0f in %d",
		x.Phase, say.Count(events), x.Noun(), what, spread, least, wide)
}

// TooFew says that a phase has only n of something, in the plural; it takes more.
func (x *Window) TooFew(what string, n float64) string {
	return fmt.Sprintf("phase %s has %s of the %d %s that it takes", x.Phase, say.Count(n), FewEvents, what)
}

// NoRequest says that a phase has nothing of an operation; what came during the ramp or settling does not count.
func (x *Window) NoRequest() string {
	what := strings.TrimSuffix(x.Noun(), "s")
	if x.Op != All {
		what += " of " + x.Op.String()
	}
	return fmt.Sprintf("phase %s has no %s in the time that counts", x.Phase, what)
}

// NoSuccess says that all requests of a phase failed.
func (x *Window) NoSuccess() string {
	return fmt.Sprintf("phase %s has no success: all %s %s failed", x.Phase, say.Count(x.Requests), x.Noun())
}

// Noun is what the window counts.
func (x *Window) Noun() string {
	if x.Spans {
		return "transactions"
	}
	return "requests"
}
