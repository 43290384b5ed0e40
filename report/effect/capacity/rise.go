package capacity

import (
	"math"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// rise is a curve through the holds near the load at which the claim ends: the mean, in parts of what a flood counts as, is a
// logistic function of ln load (the psychometric function of a staircase: Treutwein, Vision Research 35, 1995). It is
// fitted by quasi-likelihood, as if shares were of independent requests, with a dispersion that the holds show (McCullagh and
// Nelder, Generalized Linear Models, 1989, chapter 9).
type rise struct {
	holds []riser
	least float64 // of the dispersion
}

// riser is a hold: ln load, mean in parts of overflow limits, and requests.
type riser struct{ x, y, weight float64 }

const (
	atLimit  = 1. / overflow // where the curve is at the limit
	lowest   = atLimit / 10  // a curve below it is not taken at its word
	flattest = .5            // slope of a curve that hardly rises
	steepest = 1000          // slope of a step
	lags     = 4             // holds in a row whose residuals may be correlated
	level    = .98           // at which the limits hold the crossing in 95 % of all searches: the curve is not known, nor is the dispersion
	scan     = .002          // step of ln load in which limits are looked for
)

// around are the holds within a step of the climb of a load, in the order in which they were made. A flood that one before may have
// left is not held against its load.
func around(all []tally, limit, load float64) *rise {
	r := &rise{least: 1}
	var whole, floods float64
	for i := range all {
		if t := &all[i]; !t.left && max(t.load/load, load/t.load) <= climb {
			r.holds = append(r.holds, riser{math.Log(t.load), min(1, t.mean()/(overflow*limit)), t.count})
			whole += t.count
			if t.flooded {
				floods++
			}
		}
	}
	if n := float64(len(r.holds)); floods*manyFloods > n {
		r.least = whole / n
	}
	return r
}

// requests is how many a hold has on the average.
func (r *rise) requests() (n float64) {
	for _, h := range r.holds {
		n += h.weight / float64(len(r.holds))
	}
	return n
}

// height is the curve at x which is at the limit at zero.
func height(x, zero, slope float64) float64 {
	return 1 / (1 + (1/atLimit-1)*math.Exp(-slope*(x-zero)))
}

// slope is that of the curve which fits best of those that are at the limit at zero.
func (r *rise) slope(zero float64) float64 {
	low, high := flattest, float64(steepest)
	for range 30 {
		middle, score := math.Sqrt(low*high), 0.0
		for _, h := range r.holds {
			m := height(h.x, zero, middle)
			score += h.weight * (h.y - m) * (h.x - zero)
		}
		if score > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Sqrt(low * high)
}

// crossing is where the curve that fits best is at the limit, among the loads of the holds.
func (r *rise) crossing() float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, h := range r.holds {
		low, high = min(low, h.x), max(high, h.x)
	}
	for range 30 {
		zero, score := (low+high)/2, 0.0
		slope := r.slope(zero)
		for _, h := range r.holds {
			m := height(h.x, zero, slope)
			score += h.weight * (h.y - m)
		}
		if score < 0 {
			low = zero
		} else {
			high = zero
		}
	}
	return (low + high) / 2
}

// deviance is how badly the best curve through the limit at zero fits.
func (r *rise) deviance(zero float64) (d float64) {
	slope := r.slope(zero)
	part := func(y, fitted float64) float64 {
		if y == 0 {
			return 0
		}
		return y * math.Log(y/max(fitted, 1e-12))
	}
	for _, h := range r.holds {
		m := height(h.x, zero, slope)
		d += 2 * h.weight * (part(h.y, m) + part(1-h.y, 1-m))
	}
	return d
}

// spread is the variance of a request. Far below the limit the curve does not say how many are slow, as some always are.
func spread(mean float64) float64 {
	mean = min(max(mean, lowest), 1-atLimit)
	return mean * (1 - mean)
}

// dispersion is how many times the variance of the holds is that of independent requests, by Pearson's residuals; where
// those of holds next to each other are correlated, by their long-run variance (Newey and West 1987). It is at least 1, and where many
// holds are floods that of trials with two outcomes, each of them a hold.
func (r *rise) dispersion(zero float64) float64 {
	slope := r.slope(zero)
	e := make([]float64, len(r.holds))
	for i, h := range r.holds {
		m := height(h.x, zero, slope)
		e[i] = (h.y - m) * math.Sqrt(h.weight/spread(m))
	}
	var alone, together float64
	for i, v := range e {
		alone += v * v
		for k := 1; k <= lags && i+k < len(e); k++ {
			together += 2 * (1 - float64(k)/(lags+1)) * v * e[i+k]
		}
	}
	return max(r.least, (alone+max(0, together))/float64(len(e)-2))
}

// interval is the crossing and its limits, all as ln load: the loads at which the curve may cross the limit so that
// the deviance grows by no more than Student's t allows (profile likelihood). Beyond from and to there is no limit.
func (r *rise) interval(from, to float64) (zero, low, high float64) {
	zero = r.crossing()
	allowed := stats.TwoSided(level, float64(len(r.holds)-2))
	most := r.deviance(zero) + allowed*allowed*r.dispersion(zero)
	for low = zero; low > from && r.deviance(low) < most; {
		low -= scan
	}
	for high = zero; high < to && r.deviance(high) < most; {
		high += scan
	}
	return zero, low, high
}
