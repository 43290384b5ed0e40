package sampling

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

func chosen(seed uint64, rate float64, users, iterations int) (list []string) {
	s := New(seed, rate)
	for u := range users {
		for i := range iterations {
			if s.Keep(u+1, uint64(i)) {
				list = append(list, fmt.Sprintf("%d/%d", u+1, i))
			}
		}
	}
	return list
}

// The choice is part of what a seed promises: frozen.
func TestChoiceIsFrozen(t *testing.T) {
	assert.Equal(t, []string{"1/1", "3/16", "3/28", "4/7", "4/18", "5/1", "6/16", "7/10", "7/24", "9/28"}, chosen(7, 0.03, 10, 30))
}

func TestChoiceKeepsToItsRate(t *testing.T) {
	const n = 200 * 500
	for _, rate := range []float64{0, 0.001, 0.01, 0.3, 0.999, 1} {
		for seed := range uint64(5) {
			kept, s := 0, New(seed, rate)
			for i := range n {
				if s.Keep(1+i%200, uint64(i/200)) {
					kept++
				}
			}
			assert.InDelta(t, rate*n, kept, 5*math.Sqrt(rate*(1-rate)*n), "rate %v, seed %d", rate, seed)
		}
	}
	assert.NotEqual(t, chosen(1, 0.1, 50, 50), chosen(2, 0.1, 50, 50))
	assert.Empty(t, chosen(1, -1, 50, 50))
}

// Every user gets its share, and so does every iteration: none is always or never looked at.
func TestChoiceIsEven(t *testing.T) {
	s := New(3, 0.1)
	for fixed := range 50 {
		byUser, byIteration := 0, 0
		for i := range 2000 {
			if s.Keep(fixed+1, uint64(i)) {
				byUser++
			}
			if s.Keep(i+1, uint64(fixed)) {
				byIteration++
			}
		}
		assert.InDelta(t, 200, byUser, 70, "user %d", fixed+1)
		assert.InDelta(t, 200, byIteration, 70, "iteration %d", fixed)
	}
}

func TestDefaultRate(t *testing.T) {
	planned := func(rate float64) report.PhaseInfo {
		return report.PhaseInfo{Users: 10, Predicted: &report.Load{Rate: rate}}
	}
	for _, c := range []struct {
		phases []report.PhaseInfo
		want   float64
	}{
		{nil, 1},
		{[]report.PhaseInfo{planned(5)}, 1},
		{[]report.PhaseInfo{planned(5), planned(100)}, 0.5},
		{[]report.PhaseInfo{planned(10_000), planned(1)}, 0.005},
		{[]report.PhaseInfo{planned(5), {Users: 3}}, 0.01}, // as fast as it can: unknown
		{[]report.PhaseInfo{planned(5), {Model: "open"}}, 0.01},
		{[]report.PhaseInfo{planned(5), {Users: 0}}, 1}, // a pause
	} {
		assert.Equal(t, c.want, Rate(c.phases))
	}
}

func TestDefaultRateHasALimit(t *testing.T) {
	s := New(1, 1)
	assert.True(t, s.Allow(0), "without one there is always room")
	s.Limit = 3
	count := func(at time.Duration) (n int) {
		for range 10 {
			if s.Allow(at) {
				n++
			}
		}
		return n
	}
	assert.Equal(t, 3, count(5*time.Second))
	assert.Equal(t, 0, count(5900*time.Millisecond))
	assert.Equal(t, 3, count(6*time.Second))
}

func BenchmarkKeep(b *testing.B) {
	s := New(1, 0.01)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		s.Keep(7, i)
	}
}
