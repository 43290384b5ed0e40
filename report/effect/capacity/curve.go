package capacity

import (
	"cmp"
	"math"
	"slices"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Point is what all holds at one load came to.
type Point struct {
	Load float64 `json:"load"`
	// Holds are those at this load, Kept those of them in which the claim held, and Flooded those that were broken off.
	Holds   int `json:"holds"`
	Kept    int `json:"kept"`
	Flooded int `json:"flooded,omitempty"`
	// Mean is that of their seconds, to be compared with Search.Limit. A flood counts as at least 20 times the limit.
	Mean float64 `json:"mean"`
	// Fitted is the isotonic fit at this load.
	Fitted float64 `json:"fitted"`

	weight float64
}

// tally is a hold as the fit takes it.
type tally struct {
	load, count, sum float64
	kept, flooded    bool
	left             bool // a flood before any second counted, right after another one: what that left may have been it
	rate, busy       float64
}

func (t *tally) mean() float64 { return t.sum / t.count }

// overflow is how many times the limit a flood counts as, at least: of a p95, as if every request were slow.
const overflow = 20

// tallies are the holds as the fit takes them. A flood has the weight of all arrivals of the hold that was broken off.
func (s *Search) tallies(holds []Hold) (out []tally) {
	for i := range holds {
		h := &holds[i]
		t := tally{load: h.Load, kept: h.Kept(s.Limit), flooded: h.Flooded, rate: h.Rate, busy: h.Busy}
		t.count, t.sum = h.sums()
		if h.Flooded {
			seen := t.sum / max(1, t.count)
			t.left = i > 0 && holds[i-1].Flooded && len(h.Seconds) == 0
			step, _ := s.Next(holds[:i])
			t.count = max(1, h.Load*(step.For-step.Settle).Seconds())
			t.sum = t.count * max(seen, overflow*s.Limit)
		}
		if t.count > 0 {
			out = append(out, t)
		}
	}
	return out
}

// curve is the mean by load, and the isotonic fit of it with the counts as weights.
func curve(holds []tally) (points []Point) {
	for i := range holds {
		h := &holds[i]
		at, found := slices.BinarySearchFunc(points, h.load, func(p Point, load float64) int { return cmp.Compare(p.Load, load) })
		if !found {
			points = slices.Insert(points, at, Point{Load: h.load})
		}
		p := &points[at]
		p.Holds++
		p.weight += h.count
		p.Mean += h.sum
		if h.kept {
			p.Kept++
		}
		if h.flooded {
			p.Flooded++
		}
	}
	means, weights := make([]float64, len(points)), make([]float64, len(points))
	for i := range points {
		p := &points[i]
		p.Mean /= p.weight
		means[i], weights[i] = p.Mean, p.weight
	}
	for i, v := range stats.Rising(means, weights) {
		points[i].Fitted = v
	}
	return points
}

// quiet is the part of the limit below which the standard deviation of blocks of seconds does not matter.
const quiet = .05

// correlation is the correlation time of what the claim measures, in seconds, 0 where none is seen: that of what
// is left of the seconds once the fit is taken away, in blocks of a third of the shortest hold.
func (s *Search) correlation(holds []Hold) float64 {
	fitted := map[float64]float64{}
	calm := slices.DeleteFunc(slices.Clone(holds), func(h Hold) bool { return h.Flooded })
	for _, p := range curve(s.tallies(calm)) { // a load at which some holds were floods does not make its others fast
		fitted[p.Load] = p.Fitted
	}
	size := int(max(1, s.hold().Seconds()/3))
	var series []float64
	var total float64
	for i := range calm {
		h := &calm[i]
		for block := range slices.Chunk(h.Seconds, size) {
			if len(block) == size {
				count, sum := (&Hold{Seconds: block}).sums()
				series, total = append(series, sum-count*fitted[h.Load]), total+count
			}
		}
	}
	if len(series) < 12 || math.Sqrt(stats.Variance(series)) < quiet*s.Limit*total/float64(len(series)) {
		return 0
	}
	f := stats.Fit(series)
	if !f.Sure {
		return 0
	}
	return f.Tau * float64(size)
}
