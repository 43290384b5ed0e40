package series

import (
	"slices"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Post-stratification (Holt and Smith 1979): how many requests of each operation a phase happened to have is chance, or
// another load, and not how fast the target is. So requests are weighted: in every phase an operation has the share that it
// has in all phases together. With c the weight of the requests of an operation, and u_t how far interval t departs
// from the phase, the sum departs by
//
//	z_t = sum over operations of c (u_t - mean of u per request x n_t),
//
// in which it no longer counts how many of each operation an interval had.

// stratum is an operation, or several, in a window.
type stratum struct {
	of       []*Window
	weight   float64 // of each request
	requests float64
}

// Parts is what counts of a phase, and what of it each operation has.
type Parts struct {
	Whole *Window
	Of    []*Window // by operation, the same in all phases that are compared
}

// Slice returns intervals i..j-1 with the basis of their length.
func (p Parts) Slice(i, j int, basis *stats.Basis) Parts {
	out := Parts{Whole: p.Whole.Slice(i, j)}
	out.Whole.Basis = basis
	for _, x := range p.Of {
		out.Of = append(out.Of, x.Slice(i, j))
	}
	return out
}

// fits reports whether the operations have the intervals of the whole, and all of its requests.
func (p Parts) fits() bool {
	requests, failures := 0.0, 0.0
	for _, x := range p.Of {
		if x.Len() != p.Whole.Len() || x.Width != p.Whole.Width || x.start != p.Whole.start {
			return false
		}
		requests, failures = requests+x.Requests, failures+x.Failures
	}
	return requests == p.Whole.Requests && failures == p.Whole.Failures
}

// Parted returns what counts of phases for an operation, by the operations that it covers.
func Parted(phases []*Phase, op report.Op) (out []Parts, ops []report.Op) {
	for _, o := range Operations(phases, All)[1:] {
		if op == All || op.Covers(o) {
			ops = append(ops, o)
		}
	}
	out = make([]Parts, len(phases))
	for i, p := range phases {
		out[i].Whole = p.Window(op)
		for _, o := range ops {
			out[i].Of = append(out[i].Of, p.Window(o))
		}
	}
	return out, ops
}

// Weighed are the windows of phases, weighted to one mix of operations.
type Weighed struct {
	Windows []*Window
	Strata  int   // that were weighted; 0: none, and the windows are as they came
	Folded  []int // operations with too few requests in a phase, by index, which are one stratum
	Into    int   // of most requests, the operation that is in this stratum too; -1: none
}

// Weigh weights the requests of phases so that each operation has the same share in all of them, that in all
// together. An operation with fewer than FewEvents in a phase that has any of others cannot be weighted: such operations are
// counted together, and if they are too few even so, with the operation of most requests.
func Weigh(in []Parts) Weighed {
	out := Weighed{Into: -1}
	for _, p := range in {
		out.Windows = append(out.Windows, p.Whole)
	}
	if slices.ContainsFunc(in, func(p Parts) bool { return p.Whole.Requests == 0 || !p.fits() }) {
		return out
	}
	groups := out.fold(in)
	if len(groups) < 2 {
		return out
	}
	out.Strata = len(groups)
	for i, p := range in {
		out.Windows[i] = p.weighted(groups, shares(in, groups))
	}
	return out
}

// fold says which operations are one stratum, by index.
func (w *Weighed) fold(in []Parts) (groups [][]int) {
	largest, most := -1, 0.0
	for k := range in[0].Of {
		least, sum := in[0].Of[k].Requests, 0.0
		for _, p := range in {
			least, sum = min(least, p.Of[k].Requests), sum+p.Of[k].Requests
		}
		switch {
		case sum == 0:
			continue
		case least < FewEvents:
			w.Folded = append(w.Folded, k)
			continue
		case sum > most:
			largest, most = len(groups), sum
		}
		groups = append(groups, []int{k})
	}
	switch {
	case w.Folded == nil:
	case largest < 0 || !slices.ContainsFunc(in, func(p Parts) bool { return p.requests(w.Folded) < FewEvents }):
		groups = append(groups, w.Folded)
	default:
		w.Into = groups[largest][0]
		groups[largest] = append(groups[largest], w.Folded...)
	}
	return groups
}

// requests returns how many some operations have.
func (p Parts) requests(of []int) (sum float64) {
	for _, k := range of {
		sum += p.Of[k].Requests
	}
	return sum
}

// shares returns the share of each stratum in all phases together.
func shares(in []Parts, groups [][]int) []float64 {
	out, all := make([]float64, len(groups)), 0.0
	for _, p := range in {
		for g, of := range groups {
			out[g] += p.requests(of)
		}
		all += p.Whole.Requests
	}
	for g := range out {
		out[g] /= all
	}
	return out
}

// weighted returns the window of a phase with strata of some shares.
func (p Parts) weighted(groups [][]int, share []float64) *Window {
	x := *p.Whole
	x.failing = 0
	for g, of := range groups {
		s := stratum{requests: p.requests(of)}
		s.weight = share[g] * x.Requests / s.requests
		for _, k := range of {
			s.of = append(s.of, p.Of[k])
			x.failing += s.weight * p.Of[k].Failures
		}
		x.strata = append(x.strata, s)
	}
	x.base, x.pool = pooled(x.strata)
	return &x
}

// parts returns the strata of a window: itself, where it is not weighted.
func (x *Window) parts() []stratum {
	if x.strata == nil {
		return []stratum{{[]*Window{x}, 1, x.Requests}}
	}
	return x.strata
}

// sum adds up what some function says of the intervals, weighted.
func (x *Window) sum(of func(*Window) []float64) (total float64) {
	for _, s := range x.parts() {
		for _, w := range s.of {
			total += s.weight * stats.Sum(of(w))
		}
	}
	return total
}

// departures returns how far the intervals depart from what the phase has: part is value x whole.
func (x *Window) departures(value float64, part, whole func(*Window) []float64) []float64 {
	z := make([]float64, x.Len())
	for _, s := range x.parts() {
		mean, u := 0.0, make([]float64, x.Len())
		for _, w := range s.of {
			of := whole(w)
			for t, v := range part(w) {
				u[t] += v - value*of[t]
			}
		}
		if s.requests > 0 {
			mean = stats.Sum(u) / s.requests
		}
		for t := range z {
			z[t] += s.weight * u[t]
		}
		for _, w := range s.of {
			for t, n := range w.Counts {
				z[t] -= s.weight * mean * n
			}
		}
	}
	return z
}

// events returns how many requests count of those that some function says of the intervals, and in how many intervals
// there are any. Requests of different weights count for fewer (Kish 1965).
func (x *Window) events(of func(*Window) []float64) (n float64, spread int) {
	any := make([]bool, x.Len())
	sum, squares := 0.0, 0.0
	for _, s := range x.parts() {
		for _, w := range s.of {
			for t, v := range of(w) {
				any[t] = any[t] || v > 0
				sum, squares = sum+s.weight*v, squares+s.weight*s.weight*v
			}
		}
	}
	for _, yes := range any {
		if yes {
			spread++
		}
	}
	if squares == 0 {
		return 0, 0
	}
	return sum * sum / squares, spread
}

// heaviest is the largest weight of a request.
func (x *Window) heaviest() (most float64) {
	for _, s := range x.parts() {
		most = max(most, s.weight)
	}
	return most
}
