package stats

import (
	"math"
	"slices"
)

// mostFlips bounds the values that the exact test takes: 2^20 sums in each half.
const mostFlips = 40

// SignFlipP is the p-value of the randomisation test: the share of all 2^n sign patterns of d whose sum is at
// least as far from 0 as the one seen. Exact by meeting in the middle: the sums of each half are
// listed and sorted, and for each of one half a search counts those of the other that make the total far enough.
// It returns 0 for none or more than 40 values.
func SignFlipP(d []float64) float64 {
	n := len(d)
	if n == 0 || n > mostFlips {
		return 0
	}
	far := math.Abs(Sum(d))
	left, right := signSums(d[:n/2]), signSums(d[n/2:])
	slices.Sort(right)
	slack := 1e-9 * absSum(d)
	hits := 0.0
	for _, s := range left {
		above, _ := slices.BinarySearch(right, far-slack-s)
		hits += float64(len(right) - above)
	}
	// By symmetry as many lie on the other side; a far of 0 counts everything.
	if far <= slack {
		return 1
	}
	return 2 * hits / math.Pow(2, float64(n))
}

// signSums returns the 2^n sums of d with every pattern of signs.
func signSums(d []float64) []float64 {
	sums := append(make([]float64, 0, 1<<len(d)), 0)
	for _, v := range d {
		for i := range sums {
			sums = append(sums, sums[i]-v)
			sums[i] += v
		}
	}
	return sums
}

// absSum adds up absolute values.
func absSum(d []float64) (total float64) {
	for _, v := range d {
		total += math.Abs(v)
	}
	return total
}
