package capacity

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Claim is what a target has to keep: a metric of an operation below a limit.
type Claim struct {
	// Metric is a quantile of the response time, the failure share or the mean of successes; "" is effect.P95.
	Metric effect.Metric
	// Op is the operation; the zero value: all together.
	Op report.Op
	// Below is the limit, above 0: ms, or a share.
	Below float64
}

// Ask puts the claim into a search: its Claim and its Limit. The error says what of the claim cannot be searched for.
func (c Claim) Ask(s Search) (Search, error) {
	c.fill()
	q, quantile := c.Metric.Quantile()
	switch {
	case !quantile && c.Metric != effect.Failures && c.Metric != effect.Mean:
		return s, fmt.Errorf("capacity: no load is too high for the metric %q; want a quantile such as p95, failures or mean", c.Metric)
	case !(c.Below > 0) || math.IsInf(c.Below, 1), c.Metric == effect.Failures && c.Below >= 1:
		return s, fmt.Errorf("capacity: %s below %v; want a limit above 0, of failures a share below 1", c.Metric.Label(), c.Below)
	}
	s.Claim, s.Limit = c.String(), c.Below
	if quantile {
		s.Limit = 1 - q
	}
	return s, nil
}

// String is the claim as text: "GET /todos p95 < 250 ms".
func (c Claim) String() string {
	c.fill()
	text := c.Metric.Label() + " < "
	if c.Metric == effect.Failures {
		text += say.Share(c.Below)
	} else {
		text += say.Setting(c.Below) + " ms"
	}
	if c.Op != series.All {
		text = c.Op.String() + " " + text
	}
	return text
}

// fill puts the defaults in place.
func (c *Claim) fill() {
	if c.Metric == "" {
		c.Metric = effect.P95
	}
	if c.Op == (report.Op{}) {
		c.Op = series.All
	}
}

// Read reads a hold, except for its Load, End and Flooded, from a phase of a run that has ended. What does not count of the phase is what an
// effect leaves out too. Busy is of the successes, by Little's law.
func (c Claim) Read(p effect.Phase) (h Hold, err error) {
	c.fill()
	in, err := series.Open(0, series.Ref(p))
	if err != nil {
		return h, err
	}
	x := in[0].Window(c.Op)
	counts, sums := x.Counts, x.Failed
	switch c.Metric {
	case effect.Failures:
	case effect.Mean:
		counts, sums = x.Succeeded(), x.Times
	default:
		sums = x.Above(series.PointAt(c.Below))
		q, _ := c.Metric.Quantile()
		h.Value = x.Quantile(q).MS()
	}
	for t := range counts {
		h.Seconds = append(h.Seconds, Second{counts[t], sums[t]})
		h.Busy += x.Times[t] / 1000
	}
	if count, sum := h.sums(); count == 0 {
		h.Value = math.Inf(1)
	} else if _, quantile := c.Metric.Quantile(); !quantile {
		h.Value = sum / count
	}
	if seconds := x.Seconds(); seconds > 0 {
		h.Rate, h.Busy = x.Successes()/seconds, h.Busy/seconds
	}
	return h, nil
}
