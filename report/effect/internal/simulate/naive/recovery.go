package naive

import "math"

// FirstUnder returns the first second in which the log of the quantile is at or below a limit: the recovery
// time by eye. The number of seconds if there is none.
func (x *Sample) FirstUnder(p, limit float64) int {
	y := x.PerSecond(p)
	for t, v := range y {
		if v <= limit {
			return t
		}
	}
	return len(y)
}

// LastOver returns the second after the last one in which the log of the quantile is above a limit.
func (x *Sample) LastOver(p, limit float64) int {
	y := x.PerSecond(p)
	for t := len(y) - 1; t >= 0; t-- {
		if y[t] > limit {
			return t + 1
		}
	}
	return 0
}

// LogNS returns the log of a time in ms as one in ns, the scale of PerSecond.
func LogNS(ms float64) float64 { return math.Log(ms * 1e6) }
