package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// normalTail is the probability that a standard normal exceeds z.
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// normalPoint is the z that a standard normal exceeds with probability p, 0 < p < 1.
func normalPoint(p float64) float64 { return -mathext.NormalQuantile(p) }

// LevelOf returns the confidence of the interval that reaches z standard errors to each side of a normal estimate.
func LevelOf(z float64) float64 { return 1 - 2*normalTail(z) }

// Limit returns how many standard errors from 0 a normal estimate must be at a single look, at a level.
func Limit(level float64) float64 { return normalPoint((1 - level) / 2) }

// OBrienFleming is how much of alpha, the chance of a false alarm, may be spent up to a fraction of the
// information, 0 < at <= 1, by the spending function of Lan and DeMets (1983) that is like O'Brien and Fleming's limits:
// 2 - 2 Phi(z_{1-alpha/2} / sqrt(at)). Nearly nothing early, all of it at the end.
func OBrienFleming(alpha, at float64) float64 {
	return 2 * normalTail(normalPoint(alpha/2)/math.Sqrt(at))
}

// nodes is how many points a density is known at, which gives limits to six digits.
const nodes = 40

// SpendingLimits returns the limit of |Z| at each look: with it the chance that Z has passed a limit up to that look,
// where nothing is there to be found, is spent(information of the look). information is what a look has of that of the last
// one, increasing, above 0; spent does not decrease.
//
// Z sqrt(information) is a Brownian motion. The density of the paths that have passed no limit yet is carried from look to
// look by numerical integration (Armitage, McPherson and Rowe 1969).
func SpendingLimits(information []float64, spent func(at float64) float64) []float64 {
	limits, before := make([]float64, len(information)), &paths{at: []float64{0}, mass: []float64{1}}
	gone := 0.0
	for k, t := range information {
		step := math.Sqrt(t - before.time)
		target := spent(t) - gone
		limit := before.limit(step, target)
		gone += max(0, target)
		limits[k] = limit / math.Sqrt(t)
		before = before.next(t, step, limit)
	}
	return limits
}

// paths are those of a Brownian motion that have passed no limit up to a time.
type paths struct {
	time     float64
	at, mass []float64 // where they are, and how much of them
}

// limit returns the distance from 0 that paths exceed with probability p a step (a standard deviation) later.
func (f *paths) limit(step, p float64) float64 {
	low, high := 0., 40*math.Sqrt(f.time+step*step)
	for range 50 {
		if middle := (low + high) / 2; f.beyond(middle, step) > p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// beyond is the probability that paths are further from 0 than a distance, a step later.
func (f *paths) beyond(limit, step float64) (p float64) {
	for i, x := range f.at {
		p += f.mass[i] * (normalTail((limit-x)/step) + normalTail((limit+x)/step))
	}
	return p
}

// next are the paths within a limit, a step later.
func (f *paths) next(time, step, limit float64) *paths {
	limit = min(limit, 8.5*math.Sqrt(time)) // beyond it there is nothing to be seen
	n := &paths{time, make([]float64, nodes), make([]float64, nodes)}
	quad.Legendre{}.FixedLocations(n.at, n.mass, -limit, limit)
	for j, y := range n.at {
		density := 0.
		for i, x := range f.at {
			d := (y - x) / step
			density += f.mass[i] * math.Exp(-d*d/2)
		}
		n.mass[j] *= density / (step * math.Sqrt(2*math.Pi))
	}
	return n
}

// AnytimeLimit returns the limit of |Z| that may be looked at as often as one likes, without end: with probability
// alpha Z passes it at any time where there is nothing to be found. It is the limit of the asymptotic confidence sequence of Waudby-Smith and others
// (2024), a mixture of normals, and narrowest where information is 1; above 0.
func AnytimeLimit(alpha, information float64) float64 {
	c := -2 * math.Log(alpha)
	x := information * (c + math.Log(c+1))
	return math.Sqrt((1 + 1/x) * (c + math.Log(1+x)))
}
