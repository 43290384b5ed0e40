package handmade

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Raw is a phase as an oracle sees it: the times of each second in ms, +Inf for a failure.
type Raw [][]float64

// NewRaw draws seconds of a server whose level, arrivals and failures wobble with a correlation time.
func NewRaw(r *rand.Rand, seconds int, level, swing, tau, failing float64) Raw {
	out, x := make(Raw, seconds), r.NormFloat64()
	for t := range out {
		phi := math.Exp(-1 / tau)
		x = phi*x + math.Sqrt(1-phi*phi)*r.NormFloat64()
		for range 60 + r.IntN(40) + int(10*x) {
			took := level * math.Exp(swing*x+.5*r.NormFloat64())
			if r.Float64() < failing*(1+x/4) {
				took = math.Inf(1)
			}
			out[t] = append(out[t], took)
		}
	}
	return out
}

// Phase makes it one of a run.
func (p Raw) Phase(name string) Phase {
	return Phase{name, len(p), func(second int) (c Second) {
		for _, took := range p[second] {
			if math.IsInf(took, 1) {
				c.Failed++
			} else {
				c.OK = append(c.OK, time.Duration(took*1e6))
			}
		}
		return c
	}, 0}
}

// Quantile is the textbook one: the smallest time that a share of p does not exceed.
func (p Raw) Quantile(q float64) float64 {
	all := slices.Sorted(slices.Values(slices.Concat(p...)))
	return all[min(len(all)-1, max(0, int(math.Ceil(q*float64(len(all))))-1))]
}
