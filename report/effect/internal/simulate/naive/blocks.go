package naive

import (
	"math"
	"math/rand/v2"
)

// grid is how many thresholds the block bootstrap looks at around the quantile.
const grid = 96

// blocked holds for each second how many requests lie above each threshold, summed up over the seconds
// before it, so that a block costs two look-ups. The seconds are a ring.
type blocked struct {
	thresholds []float64   // ns, ascending
	sums       [][]float64 // [second][threshold], and the number of requests last
	seconds    int
}

// Blocks is the percentile bootstrap with circular blocks of ceil(sqrt(T)) seconds, 300 resamples.
func Blocks(r *rand.Rand, a, b *Sample, p float64) Interval {
	const draws = 300
	x, y := block(a, p), block(b, p)
	out := make([]float64, draws)
	for i := range out {
		out[i] = math.Log(y.resampled(r, p) / x.resampled(r, p))
	}
	return percentiles(out)
}

// block prepares a sample.
func block(x *Sample, p float64) *blocked {
	b := &blocked{seconds: len(x.seconds), sums: [][]float64{make([]float64, grid+1)}}
	reach := min(.999999, 1-p) * .9
	for i := range grid {
		b.thresholds = append(b.thresholds, x.Quantile(p+reach*(2*float64(i)/(grid-1)-1)))
	}
	for t := range 2 * b.seconds {
		b.sums = append(b.sums, b.next(x, t%b.seconds))
	}
	return b
}

// next returns the last sums plus second t.
func (b *blocked) next(x *Sample, t int) []float64 {
	sum := append([]float64(nil), b.sums[len(b.sums)-1]...)
	for _, bucket := range x.seconds[t] {
		v := ns(bucket.Index)
		for i := 0; i < grid && b.thresholds[i] < v; i++ {
			sum[i] += float64(bucket.Count)
		}
		sum[grid] += float64(bucket.Count)
	}
	return sum
}

// resampled returns the p-quantile of a resample.
func (b *blocked) resampled(r *rand.Rand, p float64) float64 {
	size := int(math.Ceil(math.Sqrt(float64(b.seconds))))
	above := make([]float64, grid+1)
	for left := b.seconds; left > 0; left -= size {
		from := r.IntN(b.seconds)
		to := from + min(size, left)
		for i := range above {
			above[i] += b.sums[to][i] - b.sums[from][i]
		}
	}
	target := (1 - p) * above[grid]
	for i := range grid {
		if above[i] <= target {
			return b.between(above, i, target)
		}
	}
	return b.thresholds[grid-1]
}

// between interpolates between thresholds i-1 and i.
func (b *blocked) between(above []float64, i int, target float64) float64 {
	if i == 0 || above[i-1] == above[i] {
		return b.thresholds[i]
	}
	part := (above[i-1] - target) / (above[i-1] - above[i])
	return b.thresholds[i-1] * math.Pow(b.thresholds[i]/b.thresholds[i-1], part)
}
