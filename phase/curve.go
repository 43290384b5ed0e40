package phase

import (
	"math"
	"math/bits"
	"time"
)

// Pieces of a period of a sine.
const (
	mostPieces  = 1 << 10
	leastPieces = 1 << 5
)

// Sine is a sine of a mean and an amplitude over a length, from the mean on upwards.
// It is made of 1,024 straight pieces a period, which are at most 5 millionths of
// the amplitude off; of fewer, at least 32, where there are more than 97 periods.
// What goes below 0 is refused with the schedule, and so are more than 3,125
// periods.
func Sine(mean, amplitude float64, period, length time.Duration) Stages {
	if !(period > 0 && length > 0) {
		return Stages{}
	}
	pieces := uint64(mostPieces)
	for pieces > leastPieces && uint64(length/period)+2 > (mostStages-1)/pieces {
		pieces /= 2
	}
	s := Stages{{To: mean}}
	for k, at := uint64(1), time.Duration(0); at < length && len(s) <= mostStages; k++ {
		hi, lo := bits.Mul64(uint64(period), k)
		next, _ := bits.Div64(hi, lo, pieces) // of few periods, so that it fits
		to := mean + float64(amplitude*sineOf(k%pieces*(mostPieces/pieces)))
		if end := time.Duration(next); end > length { // on the chord
			from := s.last()
			to, next = from+float64((to-from)*(float64(length-at)/float64(end-at))), uint64(length)
		}
		s = append(s, Stage{For: time.Duration(next) - at, To: to})
		at = time.Duration(next)
	}
	return s
}

// sineOf is that of k/1,024 of a period, the same on every processor.
func sineOf(k uint64) float64 {
	const quarter = mostPieces / 4
	switch k %= mostPieces; {
	case k >= 2*quarter:
		return 0 - sineOf(k-2*quarter)
	case k == quarter:
		return 1
	case k > quarter:
		k = 2*quarter - k
	}
	x := float64(float64(k) * (math.Pi / (2 * quarter)))
	square, sum := float64(x*x), 1.
	for n := 20.; n > 0; n -= 2 { // Taylor's series, from its end
		sum = 1 - float64(float64(square*sum)/(n*(n+1)))
	}
	return float64(x * sum)
}

// Curve is the curve that a function gives for each time since the start of the
// phase, straight between two of them that are every apart; 0 takes a thousandth
// of length. The function is called before the run, once for each time, in order;
// what it may not give (NaN, infinities, less than 0, too much) is refused with the
// schedule, with the time. There are at most 100,000 stages, and none without a function, which the
// schedule refuses.
func Curve(length, every time.Duration, level func(t time.Duration) float64) Stages {
	if level == nil {
		return Stages{}
	}
	if every <= 0 {
		every = max(1, length/1000)
	}
	s := Stages{}
	if length > 0 {
		s = append(s, Stage{To: level(0)})
	}
	for at := time.Duration(0); at < length && len(s) <= mostStages; {
		step := min(every, length-at)
		at += step
		s = append(s, Stage{For: step, To: level(at)})
	}
	return s
}
