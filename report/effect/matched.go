package effect

// replayed returns the part of the variance of the primary metric's change that replaying the same scripts in both
// phases took away; 0 where they were not, or where there is nothing to see it on. The noise that the phases have in
// common goes up and down in both at the same distance from their begin: with a_j and b_j the cosine amplitudes
// of the two, in units of the values (of the rank, for a quantile), it is 2 sum a_j b_j / (sum a_j^2 + sum b_j^2).
//
// The interval does not count on it: twelve cosines know it too badly.
func (c *comparison) replayed() float64 {
	a, b := c.in[0], c.in[1]
	if a.of.Replay == 0 || a.of.Replay != b.of.Replay {
		return 0
	}
	x, y := a.stretch(c.o.Op), b.stretch(c.o.Op)
	n := min(x.len(), y.len())
	if n < leastIntervals || x.width != y.width || x.requests == 0 || y.requests == 0 {
		return 0
	}
	threshold := c.threshold([]arm{{x, -1}, {y, 1}}, c.o.Primary)
	first, zx := departures(x, c.o.Primary, threshold)
	second, zy := departures(y, c.o.Primary, threshold)
	cosines, common, whole := newBasis(n), 0.0, 0.0
	others := cosines.amplitudes(zy[:n])
	for j, p := range cosines.amplitudes(zx[:n]) {
		p, q := p*first.unit, others[j]*second.unit
		common, whole = common+2*p*q, whole+p*p+q*q
	}
	if whole == 0 {
		return 0
	}
	return common / whole
}
