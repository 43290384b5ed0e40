package scenario

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/mathext"

	"github.com/gensim/load-generator/dist"
)

// The statistics are those of the project's statistics anchor: fixed seeds,
// thresholds near p = 1e-6, and mutants that must fail. A mutant is written
// out next to the test that catches it.

// gamma is a gamma distribution.
func gamma(mean time.Duration, cv float64) dist.Gamma { return dist.Gamma{Mean: mean, CV: cv} }

// chi2 is Pearson's statistic of counts against shares.
func chi2(counts []int, shares []float64) float64 {
	n := 0
	for _, c := range counts {
		n += c
	}
	var sum float64
	for i, c := range counts {
		want := shares[i] * float64(n)
		sum += square(float64(c)-want) / want
	}
	return sum
}

// residualCDF is the equilibrium distribution of what is left of a gamma
// period at a random instant.
func residualCDF(g dist.Gamma) func(float64) float64 {
	k := 1 / square(g.CV)
	mean := g.Mean.Seconds()
	return func(x float64) float64 {
		y := x * k / mean
		return x/mean*(1-mathext.GammaIncReg(k, y)) + mathext.GammaIncReg(k+1, y)
	}
}

// segment is a stretch of a user's life: a wait that may end in a task.
type segment struct {
	from, to time.Duration // the wait
	on       bool          // the state during the wait
	act      bool          // a task starts at to
}

// walk lives the life of a user on a virtual clock until then, with tasks that
// take response.
func walk(p Pacer, r *Rhythm, until, response time.Duration, visit func(segment)) {
	var from, start time.Duration
	for turn := p.Begin(r); ; turn = p.Next(r) {
		if turn.FromStart {
			from = start
		}
		if from >= until {
			return
		}
		to := from + turn.Wait
		visit(segment{from: from, to: to, on: r.On, act: turn.Act})
		from, start = to, to
		if turn.Act {
			from += response
		}
	}
}

// counts of tasks of one user in consecutive windows.
func counts(p Pacer, r *Rhythm, windows int, window, response time.Duration) []float64 {
	n := make([]float64, windows)
	walk(p, r, time.Duration(windows)*window, response, func(s segment) {
		if i := int(s.to / window); s.act && i < windows {
			n[i]++
		}
	})
	return n
}

// fixedRand is a source whose draws are given.
type fixedRand []uint64

func (f *fixedRand) Uint64() uint64 {
	u := (*f)[0]
	*f = (*f)[1:]
	return u
}

var _ rand.Source = (*fixedRand)(nil)

func TestOracles(t *testing.T) {
	for _, x := range []float64{.1, 1, 5, 30} {
		if got, want := residualCDF(gamma(time.Second, 1))(x), 1-math.Exp(-x); math.Abs(got-want) > 1e-12 {
			t.Errorf("memoryless residual at %v = %v want %v", x, got, want)
		}
	}
}

// bursty is the default rhythm.
var bursty = OnOff{
	On:    gamma(30*time.Second, 1),
	Off:   gamma(30*time.Second, 1),
	Think: gamma(2*time.Second, .3),
}
