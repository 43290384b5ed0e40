package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// levels are the means of the log of the times in each second.
func levels(s Server, seconds int) []float64 {
	sum, n := make([]float64, seconds), make([]float64, seconds)
	s.Run(rand.New(rand.NewPCG(1, 1)), seconds, func(int) float64 { return 1 }, func(q Request) {
		sum[int(q.At)] += math.Log(q.Took)
		n[int(q.At)]++
	})
	for i := range sum {
		sum[i] /= n[i]
	}
	return sum
}

// correlation is that of values some places apart.
func correlation(of []float64, apart int) float64 {
	mean, product, square := 0.0, 0.0, 0.0
	for _, v := range of {
		mean += v / float64(len(of))
	}
	for i, v := range of {
		square += (v - mean) * (v - mean)
		if i >= apart {
			product += (v - mean) * (of[i-apart] - mean)
		}
	}
	return product / square
}

func TestTwoTimeScales(t *testing.T) {
	seconds := 20_000
	if testing.Short() {
		seconds = 6000
	}
	one := levels(Wobble{Rate: 200, Tau: 2, SD: .1}, seconds)
	two := levels(Swinging{Wobble{Rate: 200, Tau: 2, SD: .1}, 60, .1}, seconds)
	assert.InDelta(t, 0, correlation(one, 30), .05, "the fast one alone")
	assert.InDelta(t, math.Exp(-.5)*.01/(.02+.36/200), correlation(two, 30), .08, "half the variance, less the noise of 200 requests, is slow")
}

func TestLevelsStepAndAreColdAfterIt(t *testing.T) {
	at := levels(Stepping{Wobble{Rate: 400}, 60, .2, 0}, 6000)
	jumps := 0
	for i := 1; i < len(at); i++ {
		if math.Abs(at[i]-at[i-1]) > .17 { // noise has a standard deviation of .04
			jumps++
		}
	}
	assert.InDelta(t, 100*.55, jumps, 15, "of 100 steps, those that are large enough")
	cold := levels(Stepping{Wobble{Rate: 400}, 60, 0, 10}, 600)
	assert.InDelta(t, math.Log(coldFactor), slices.Max(cold)-slices.Min(cold), .15)
}

func TestTwoHumps(t *testing.T) {
	sketch := Truth(Humped{Wobble{Rate: 100}, .2, 10}, rand.New(rand.NewPCG(1, 1)), 2000, 1)
	assert.InEpsilon(t, 300e6, float64(sketch.Quantile(.9)), .1, "the median of the slow fifth is the p90 of all")
	assert.InEpsilon(t, 36e6, float64(sketch.Quantile(.5)), .1, "and 5/8 of the fast ones are its median")
}

func TestAHeavyTail(t *testing.T) {
	sketch := Truth(Tailed{Wobble{Rate: 100}, 1.5}, rand.New(rand.NewPCG(1, 1)), 20_000, 1)
	ratio := float64(sketch.Quantile(.9999)) / float64(sketch.Quantile(.999))
	assert.InEpsilon(t, math.Pow(10, 1/1.5), ratio, .2, "a tenth of the requests is further out by the root of ten")
}
