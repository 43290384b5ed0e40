package phase

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Stage is a straight piece of a curve: within For the level of users, or the
// rate of arrivals, goes straight to To. For 0 jumps there.
type Stage struct {
	// For is how long the stage takes, 0 or more.
	For time.Duration
	// To is where it ends: 0 to 10,000,000 users, or 0 to 1e9 arrivals per
	// second.
	To float64
}

// Stages are a curve of straight pieces, the only shape that the level of users
// or the rate of arrivals has within a phase. [Sine], [Curve] and [ReadStages]
// make them of other shapes before the run.
//
//	users
//	50 |         ______        2m:10, 5m:50, 3m:50, 30s:0
//	   |       _/      \
//	10 |   __/          \
//	 0 |_/_______________\__> time
//
// The number of users is the curve rounded to the nearest one at every instant,
// worked out in integers to the nanosecond; halfway between two it is the one that
// the curve moves to. Levels are kept to a millionth (2^-20) of a user.
type Stages []Stage

// Limits of stages.
const (
	mostStages = 100_000
	mostUsers  = 10_000_000
)

// Length is how long the stages take, together; Forever if that is longer than a
// time.Duration holds.
func (s Stages) Length() (sum time.Duration) {
	for _, x := range s {
		sum = later(sum, x.For)
	}
	return sum
}

// Highest is the highest level or rate that a stage goes to.
func (s Stages) Highest() (most float64) {
	for _, x := range s {
		most = max(most, x.To)
	}
	return most
}

// last is where the stages end.
func (s Stages) last() float64 { return s[len(s)-1].To }

// validate returns an error that names the first stage that cannot be.
func (s Stages) validate(most float64, what string) error {
	if len(s) == 0 {
		return errNoStages
	}
	if len(s) > mostStages {
		return fmt.Errorf("there are %d stages: want at most %d", len(s), mostStages)
	}
	var at time.Duration
	for i, x := range s {
		if x.For < 0 {
			return fmt.Errorf("stage %d goes back in time, by %v: want 0 for a jump, or more", i+1, -x.For)
		}
		if at = later(at, x.For); !(x.To >= 0 && x.To <= most) {
			return fmt.Errorf("stage %d, which ends at %s, goes to %v: want 0 to %.0f %s", i+1, span(at), x.To, most, what)
		}
	}
	if s.Highest() == 0 {
		return errors.New("stages never leave 0: want a level above 0 somewhere")
	}
	if at == Forever {
		return errors.New("the stages are too long: want at most 292 years in all")
	}
	return nil
}

// tail is the offset at which the last piece that does not move begins, in a
// curve that starts at from and is followed for length; length if it moves to the
// end. A curve that is followed for longer than it takes stays where it is.
func (s Stages) tail(from float64, length time.Duration) time.Duration {
	var at, flat time.Duration
	for _, x := range s {
		if at >= length {
			break
		}
		if x.To != from {
			flat = later(at, x.For)
		}
		at, from = later(at, x.For), x.To
	}
	return min(flat, length)
}

// moves reports whether a curve that starts at from is on its way somewhere at t.
func (s Stages) moves(from float64, t time.Duration) bool {
	for _, x := range s {
		if t < x.For {
			return x.To != from
		}
		t, from = t-x.For, x.To
	}
	return false
}

// mean is the average of a curve that starts at from and is followed for length.
func (s Stages) mean(from float64, length time.Duration) float64 {
	var sum float64
	var at time.Duration
	for _, x := range s {
		end := later(at, x.For)
		if end > length { // cut
			part := float64(length-at) / float64(x.For)
			sum += float64((from + float64((x.To-from)*part/2)) * float64(length-at))
			return sum / float64(length)
		}
		sum += float64((from + x.To) / 2 * float64(x.For))
		at, from = end, x.To
	}
	sum += float64(from * float64(length-at))
	return sum / float64(length)
}

// Levels are kept in parts of a user.
const (
	user = 1 << 20
	half = user / 2
)

// piece is the way of the level of users through a stage.
type piece struct {
	at, length time.Duration
	from, to   int64 // the curve, in parts of a user
	level, end int   // the users at its start and at its end
}

// pieceOf is the piece of a stage that begins at an offset, with the curve and the
// users where the stage before has left them.
func pieceOf(x Stage, at time.Duration, from int64, level int) piece {
	p := piece{at: at, length: x.For, from: from, to: int64(math.Round(x.To * user)), level: level}
	p.end = p.near(p.to)
	return p
}

// near is the users at a height of the curve: the nearest number, and halfway that
// which it moves to.
func (p *piece) near(height int64) int {
	switch {
	case p.to > p.from:
		return max(p.level, int((height+half)>>20))
	case p.to < p.from:
		return min(p.level, int((height+half-1)>>20))
	}
	return p.level
}

// Len is the number of steps.
func (p *piece) Len() int { return max(p.end-p.level, p.level-p.end) }

// Delta is what each step adds.
func (p *piece) Delta() int {
	if p.end < p.level {
		return -1
	}
	return 1
}

// StepAt is the instant of step k, counted from 0: the first nanosecond at which the
// curve is halfway to the user.
func (p *piece) StepAt(k int) time.Duration {
	rise, need := p.to-p.from, int64(p.level+k)*user+half-p.from
	if rise < 0 {
		rise, need = -rise, p.from-(int64(p.level-k)*user-half)
	}
	return later(p.at, scaled(uint64(max(need, 0)), uint64(p.length), uint64(rise), true))
}

// after is the number of users t after the start of the piece, of which it is a part.
func (p *piece) after(t time.Duration) int {
	rise := p.to - p.from
	way := int64(scaled(uint64(max(rise, -rise)), uint64(t), uint64(p.length), false))
	if rise < 0 {
		way = -way
	}
	return p.near(p.from + way)
}

// scaled is a*b/c, rounded up or down, where it is at most Forever.
func scaled(a, b, c uint64, up bool) time.Duration {
	hi, lo := bits.Mul64(a, b)
	if up {
		var carry uint64
		lo, carry = bits.Add64(lo, c-1, 0)
		hi += carry
	}
	quotient, _ := bits.Div64(hi, lo, c)
	return time.Duration(quotient)
}

// level is the number of users t after the start of stages that begin with from.
func (s Stages) level(from int, t time.Duration) int {
	if t < 0 {
		return from
	}
	curve, level := int64(from)*user, from
	for _, x := range s {
		p := pieceOf(x, 0, curve, level)
		if t < x.For {
			return p.after(t)
		}
		t, curve, level = t-x.For, p.to, p.end
	}
	return level
}

// turns are the levels between which phase i, which begins with from users, moves
// straight, up to its end.
func (s Schedule) turns(i, from int) (levels []int) {
	length := s.endOf(i) - s.Start(i)
	if s[i].Stages == nil {
		return []int{s.levelIn(i, from, s.endOf(i)-1)}
	}
	curve, level := int64(from)*user, from
	for _, x := range s[i].Stages {
		p := pieceOf(x, 0, curve, level)
		if length <= x.For {
			return append(levels, p.after(length-1))
		}
		length, curve, level = length-x.For, p.to, p.end
		levels = append(levels, level)
	}
	return levels
}

// Steps yields the changes of the level of users in a phase, or of one that is asked
// for by hand, in the order of time. It is not safe for concurrent use. The zero
// value has none.
type Steps struct {
	way interface { // the ramp or the piece in progress
		Len() int
		Delta() int
		StepAt(k int) time.Duration
	}
	k     int // its next step
	rest  Stages
	at    time.Duration // where the rest begins
	swaps Ramp          // users are exchanged after it, as fast
	curve int64
	level int
}

// Steps are those of the ramp.
func (r Ramp) Steps() *Steps { return &Steps{way: r, swaps: r} }

// Steps are those of phase i, as offsets in the run, if it begins with from users.
// Those from the end of the phase on do not come about.
func (s Schedule) Steps(i, from int) *Steps {
	start := s.Start(i)
	if s[i].Stages == nil {
		return s[i].ramp(from, start).Steps()
	}
	return &Steps{rest: s[i].Stages, at: start, swaps: Ramp{At: start}, curve: int64(from) * user, level: from}
}

// Swap is the instant at which the j-th user, from 0, is exchanged for one of another
// kind: after a ramp as fast as it, at once where stages begin.
func (s *Steps) Swap(j int) time.Duration { return s.swaps.StepAt(s.swaps.Len() + j) }

// Next is the instant of the next step and what it adds, +1 or -1; Forever and 0
// when there is none left.
func (s *Steps) Next() (at time.Duration, delta int) {
	for s.way == nil || s.k == s.way.Len() {
		if len(s.rest) == 0 {
			return Forever, 0
		}
		p := pieceOf(s.rest[0], s.at, s.curve, s.level)
		s.way, s.k, s.rest = &p, 0, s.rest[1:]
		s.at, s.curve, s.level = later(p.at, p.length), p.to, p.end
	}
	s.k++
	return s.way.StepAt(s.k - 1), s.way.Delta()
}
