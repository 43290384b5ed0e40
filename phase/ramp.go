package phase

import (
	"math"
	"math/bits"
	"sort"
	"time"
)

// Forever is the instant that never comes: of a step beyond what a time.Duration
// holds. A length or an end that is configured or reported is 0 where there is
// none.
const Forever = time.Duration(math.MaxInt64)

// Ramp moves the number of users from one level to another, one user at a
// time. It is a pure function of time; the zero value stays at level 0.
type Ramp struct {
	// From is the level before At, To the level at the end.
	From, To int
	// At is the instant of the first step, from the start of the run.
	At time.Duration
	// Rate is in users per second, up or down; 0 or +Inf takes all steps at
	// At.
	Rate float64
}

// Len is the number of steps.
func (r Ramp) Len() int { return max(r.To-r.From, r.From-r.To) }

// Delta is what each step adds: +1 upwards, -1 downwards.
func (r Ramp) Delta() int {
	if r.To < r.From {
		return -1
	}
	return 1
}

// StepAt is the instant of step k, counted from 0: At + k/Rate rounded to the
// nanosecond. Each step is computed from the start, so that nothing drifts.
func (r Ramp) StepAt(k int) time.Duration {
	return later(r.At, intervals(uint64(max(k, 0)), r.Rate))
}

// End is the instant of the last step; At when there is none.
func (r Ramp) End() time.Duration { return r.StepAt(r.Len() - 1) }

// Level is the number of users at t; a step counts from its own instant on.
func (r Ramp) Level(t time.Duration) int {
	done := sort.Search(r.Len(), func(k int) bool { return r.StepAt(k) > t })
	return r.From + done*r.Delta()
}

// intervals is k/rate seconds, rounded to the nearest nanosecond, in exact
// arithmetic. A rate of 0 or +Inf means at once.
func intervals(k uint64, rate float64) time.Duration {
	if !(rate > 0) || rate >= 1<<63 {
		return 0
	}
	mantissa, exponent := math.Frexp(rate)
	divisor, shift := uint64(math.Ldexp(mantissa, 53)), 53-exponent // rate = divisor / 2^shift
	zeros := bits.TrailingZeros64(divisor)
	divisor, shift = divisor>>zeros, shift-zeros
	if shift < 0 { // a whole number with factors of two left over
		divisor, shift = divisor<<-shift, 0
	}
	hi, lo := bits.Mul64(k, uint64(time.Second))
	if hi == 0 && lo == 0 {
		return 0
	}
	if bits128(hi, lo)+shift > 127 {
		return Forever // beyond 2^63 ns for every divisor below 2^63
	}
	hi, lo = shiftLeft(hi, lo, uint(shift))
	lo, carry := bits.Add64(lo, divisor/2, 0) // round half up
	hi += carry
	if hi >= divisor {
		return Forever
	}
	quotient, _ := bits.Div64(hi, lo, divisor)
	return time.Duration(min(quotient, uint64(Forever)))
}

// bits128 is the number of bits that hi:lo needs.
func bits128(hi, lo uint64) int {
	if hi != 0 {
		return 64 + bits.Len64(hi)
	}
	return bits.Len64(lo)
}

// shiftLeft shifts hi:lo by fewer than 128 bits.
func shiftLeft(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return lo << (n - 64), 0
	}
	return hi<<n | lo>>(64-n), lo << n
}

// later is t + d, or Forever when that is too large.
func later(t, d time.Duration) time.Duration {
	if t > Forever-d {
		return Forever
	}
	return t + d
}
