package effect

import "math"

// halves returns for each phase how far its limits lie from its value, on the scale of the sum: Student's t times
// the standard error.
//
// For quantiles the phases share the variance of their rank. A phase that happened to see few bursts has
// a low quantile and a small variance, and its own interval would be too narrow just where it is wrong:
// with variances of their own, phases of 60 s at a queue with 85 % load are called different in 8 % of A/A
// runs, with a shared one in 2 % (docs/statistics.md), and it costs no power where noise is symmetric. Where the variances
// differ by more than chance (F test at 10 %), each phase has the larger one of the shared and its own. For
// other metrics, sums without a detour over ranks, sharing would change nothing.
func halves(sights []*sight, nu int, level float64, apart bool) []float64 {
	t, variances := twoSided(level, nu), make([]float64, len(sights))
	for i, s := range sights {
		variances[i] = s.variance(nu)
	}
	if sights[0].p > 0 && !apart {
		shareVariance(sights, variances, float64(nu))
	}
	for i, v := range variances {
		variances[i] = t * math.Sqrt(v)
	}
	return variances
}

// shareVariance replaces the variances by a shared one. A variance is per second of a phase: long phases have
// less.
func shareVariance(sights []*sight, variances []float64, nu float64) {
	shared, least, most := 0.0, math.Inf(1), 0.0
	for i, s := range sights {
		v := variances[i] * s.x.seconds()
		shared += v / float64(len(sights))
		least, most = min(least, v), max(most, v)
	}
	differ := most > 0 && fCDF(most/least, nu, nu) > .95
	for i, s := range sights {
		mine := shared / s.x.seconds()
		if differ {
			mine = max(mine, variances[i])
		}
		variances[i] = mine
	}
}
