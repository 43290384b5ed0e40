package effect

import (
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// replayed returns the part of the variance of the primary metric's change that replaying the same scripts in both
// phases took away; 0 where they were not, or where there is nothing to see it on. The noise that the phases have in
// common goes up and down in both at the same distance from their start: with a_j and b_j the cosine amplitudes
// of the two, in units of the values (of the rank, for a quantile), it is 2 sum a_j b_j / (sum a_j^2 + sum b_j^2).
//
// The interval does not count on it: twelve cosines know it too badly.
func (c *comparison) replayed() float64 {
	a, b := c.phases[0], c.phases[1]
	if a.Summary.Replay == 0 || a.Summary.Replay != b.Summary.Replay {
		return 0
	}
	both := c.windows(c.o.Op)
	x, y := both[0].Window, both[1].Window
	n := min(x.Len(), y.Len())
	if n < series.LeastIntervals || x.Width != y.Width || x.Requests == 0 || y.Requests == 0 {
		return 0
	}
	threshold := c.threshold(both, c.o.Primary)
	first, second := c.o.Primary.estimate(x, threshold), c.o.Primary.estimate(y, threshold)
	cosines, common, whole := stats.NewBasis(n), 0.0, 0.0
	others := cosines.Amplitudes(second.Departures[:n])
	for j, p := range cosines.Amplitudes(first.Departures[:n]) {
		p, q := p*first.Unit, others[j]*second.Unit
		common, whole = common+2*p*q, whole+p*p+q*q
	}
	if whole == 0 {
		return 0
	}
	return common / whole
}
