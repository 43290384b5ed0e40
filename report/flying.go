package report

import (
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Requests in flight: how long one takes is not known yet, only that it is at least as long as it has
// waited. One that has waited longer than a quantile of the others lies above it, however it ends. So it
// counts there, with the time so far, as one does that the end of the run cut. One that has not waited so
// long may end on either side of the quantile and is left out of it.

// responses are the response times of some requests; bad, cut and flying may be nil.
type responses struct {
	ok, bad, cut *hist.Sketch
	flying       *hist.Sketch // how long those in flight have waited
	bytes        int64
}

// ranked returns the n requests that the p-quantile is taken of: the smallest ones, whose time is known
// or known to be at least so long, and how many of n are of the latter kind.
func (t *responses) ranked(p float64) (smallest *hist.Sketch, n, atLeast uint64) {
	smallest, atLeast = withCut(t.ok, t.cut), t.cut.Count()
	n = t.ok.Count() + t.bad.Count() + atLeast
	if t.flying.Count() == 0 {
		return smallest, n, atLeast
	}
	above := t.flying
	if n > 0 {
		above = t.flying.Above(smallest.QuantileOf(n, p))
	}
	return withCut(smallest, above), n + above.Count(), atLeast + above.Count()
}

// quantile returns the p-quantile; hist.Beyond among the failures, and without requests.
func (t *responses) quantile(p float64) time.Duration {
	smallest, n, _ := t.ranked(p)
	if n == 0 {
		return hist.Beyond
	}
	return smallest.QuantileOf(n, p)
}

// figures returns the figures of the requests.
func (t *responses) figures() Figures {
	out := figuresOf(t.ok, t.bad, t.cut)
	if t.flying.Count() > 0 {
		var at [4]time.Duration
		for i, p := range headline {
			at[i] = t.quantile(p)
		}
		out.setPercentiles(at)
	}
	return out
}

// waits adds how long the requests in flight of a cell have waited at an offset.
func (c *cell) waits(to *hist.Sketch, now time.Duration) {
	for _, intended := range c.flying {
		to.Add(max(0, now-time.Duration(intended)))
	}
}
