package phase

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist"
)

// Spacing is how the gaps between arrivals vary.
type Spacing uint8

// The spacings.
const (
	Even    Spacing = iota // like a metronome: arrival k falls at k/rate
	Poisson                // exponential gaps, memoryless
	Gamma                  // gamma gaps with a chosen burstiness
)

// String is the spacing in one word.
func (s Spacing) String() string {
	names := [...]string{Even: "even", Poisson: "poisson", Gamma: "gamma"}
	if int(s) >= len(names) {
		return fmt.Sprintf("Spacing(%d)", uint8(s))
	}
	return names[s]
}

// Arrivals is an open load: work arrives at a rate, whatever the target does.
//
//	rate    Rate + (RateTo - Rate) t/T           linear over a phase of length T
//	count   Rate t + (RateTo - Rate) t²/(2T)     expected arrivals up to t
//
// Gaps are drawn in units of expected arrivals and then carried to the clock
// through the inverse of count. So the rate is exact at every instant of a
// ramp and the spacing keeps its burstiness: Poisson stays Poisson. Stages add the
// counts of such pieces up.
type Arrivals struct {
	// Rate is in arrivals per second at the start of the phase, 0 to 1e9.
	Rate float64
	// RateTo is the rate at the end of the phase, reached linearly; 0 keeps
	// Rate.
	RateTo float64
	// Stages move the rate within the phase, from Rate on; RateTo is then 0. Where
	// it is 0 nothing arrives. Nil for none.
	Stages Stages `digest:"omitempty"`
	// Spacing is how the gaps vary; the zero value spaces evenly.
	Spacing Spacing
	// Burstiness is the coefficient of variation of gamma gaps: below 1 more
	// regular than Poisson, above 1 in bursts. 0 for the other spacings.
	Burstiness float64
	// MaxInFlight caps what runs at once; what arrives beyond it is dropped
	// and counted. 0 means no cap.
	MaxInFlight int
	// Session makes each arrival a separate user, who starts, acts for one
	// ON period and stops; false runs a single task.
	Session bool
	// Apart lets each kind of users arrive by itself, at its share of the rate and with
	// this spacing. False deals the arrivals of all to the kinds in turn: that is exact at
	// any number of arrivals, and each kind is more even than the whole. It
	// changes nothing in a run of one kind without a name.
	Apart bool `digest:"omitempty"`
}

// Part is the arrivals with a share of the rate, above 0, at every instant.
func (a Arrivals) Part(share float64) Arrivals {
	a.Rate = float64(a.Rate * share) // what follows must not be fused with it
	a.RateTo = float64(a.RateTo * share)
	if a.Stages != nil {
		a.Stages = slices.Clone(a.Stages)
		for i := range a.Stages {
			a.Stages[i].To = float64(a.Stages[i].To * share)
		}
	}
	return a
}

// unit is the length of a mean gap while it is drawn. It is long, so that
// rounding to the nanosecond leaves 3e-13 of it.
const unit = time.Hour

// Expected is the expected number of arrivals in [from, to) of a phase that
// lasts length; 0 means without end. What lies outside the phase counts
// nothing. For even spacing the number itself is this, rounded up or down.
func (a Arrivals) Expected(from, to, length time.Duration) float64 {
	if length > 0 {
		from, to = min(from, length), min(to, length)
	}
	return max(0, a.count(max(to, 0), length)-a.count(max(from, 0), length))
}

// count is the expected number of arrivals in [0, t). The conversions here and
// below keep a product from being fused with a sum, as arm64 would: instants are
// the same on every machine.
func (a Arrivals) count(t, length time.Duration) float64 {
	switch s := t.Seconds(); {
	case a.Stages != nil:
		return a.stagesCount(t)
	case !a.ramped():
		return float64(a.Rate * s)
	default:
		return counted(a.Rate, a.RateTo, s, length.Seconds())
	}
}

// stagesCount is count with stages.
func (a Arrivals) stagesCount(t time.Duration) (sum float64) {
	rate := a.Rate
	for _, x := range a.Stages {
		if t < x.For {
			return sum + counted(rate, x.To, t.Seconds(), x.For.Seconds())
		}
		sum += counted(rate, x.To, x.For.Seconds(), x.For.Seconds())
		t, rate = t-x.For, x.To
	}
	return sum + float64(rate*t.Seconds())
}

// counted is the expected number of arrivals in the first s of the seconds in which
// the rate goes from one to another.
func counted(from, to, s, seconds float64) float64 {
	if seconds == 0 {
		return 0
	}
	return float64(s * (from + float64((to-from)*(s/seconds)/2)))
}

// inverse is the time in seconds after which counted is count.
func inverse(from, to, count, seconds float64) float64 {
	if count == 0 {
		return 0
	}
	slope := (to - from) / seconds
	root := math.Sqrt(max(0, float64(from*from)+float64(2*slope*count)))
	return 2 * count / (from + root) // the form that does not cancel
}

// instant is the inverse of count; false when it falls behind the phase.
func (a Arrivals) instant(count float64, length time.Duration) (time.Duration, bool) {
	if a.ramped() {
		return a.rampInstant(count, length)
	}
	at := nanoseconds(count / a.Rate)
	return at, length <= 0 || at < length
}

// rampInstant is instant with a ramp.
func (a Arrivals) rampInstant(count float64, length time.Duration) (time.Duration, bool) {
	if count >= a.count(length, length) {
		return 0, false
	}
	return min(nanoseconds(inverse(a.Rate, a.RateTo, count, length.Seconds())), length-1), true
}

func (a Arrivals) ramped() bool { return a.RateTo > 0 && a.RateTo != a.Rate }

// gaps is the law of the gaps, with mean unit.
func (a Arrivals) gaps() dist.Distribution {
	switch a.Spacing {
	case Poisson:
		return dist.Exponential{Mean: unit}
	case Gamma:
		return dist.Gamma{Mean: unit, CV: a.Burstiness}
	default:
		return dist.Constant{Value: unit}
	}
}

// Stream yields the arrivals of one phase in order. Not safe for concurrent
// use.
type Stream struct {
	arrivals Arrivals
	length   time.Duration
	gaps     dist.Distribution
	src      rand.Source
	count    float64 // expected arrivals up to the next one
	stages   position
}

// position is how far a stream has come in its stages.
type position struct {
	rest  Stages        // the stage in progress and those after it
	at    time.Duration // where it begins
	rate  float64       // with which it does
	count float64       // expected arrivals before it
}

// instant is the inverse of count in a phase that lasts length, for counts that do
// not fall; false when it falls behind the phase.
func (p *position) instant(count float64, length time.Duration) (time.Duration, bool) {
	for ; len(p.rest) > 0; p.rest = p.rest[1:] {
		x := p.rest[0]
		seconds := x.For.Seconds()
		whole := counted(p.rate, x.To, seconds, seconds)
		if rest := max(0, count-p.count); rest < whole {
			if at := nanoseconds(inverse(p.rate, x.To, rest, seconds)); at < x.For {
				return p.within(at, length)
			}
		}
		p.at, p.rate, p.count = later(p.at, x.For), x.To, p.count+whole
	}
	if p.rate == 0 {
		return 0, false
	}
	return p.within(nanoseconds(max(0, count-p.count)/p.rate), length)
}

// within is the offset of an instant of the stage in progress.
func (p *position) within(at, length time.Duration) (time.Duration, bool) {
	at = later(p.at, at)
	return at, length <= 0 || at < length
}

// Stream starts the arrivals of a phase that lasts length; 0 means without
// end, and then the rate is not ramped but by stages. Evenly spaced arrivals begin at 0 and
// draw nothing from src; the others begin in equilibrium, as if they had
// run before, so that the rate is right from the first instant.
func (a Arrivals) Stream(length time.Duration, src rand.Source) *Stream {
	s := &Stream{arrivals: a, length: length, gaps: a.gaps(), src: src, stages: position{rest: a.Stages, rate: a.Rate}}
	if a.Spacing != Even {
		_, residual := dist.Equilibrium(s.gaps, src)
		s.count = inUnits(residual)
	}
	return s
}

// Next is the next arrival, as an offset from the start of the phase; false
// when the phase is over. It allocates nothing.
func (s *Stream) Next() (time.Duration, bool) {
	at, ok := s.instant()
	s.count += inUnits(s.gaps.Sample(s.src))
	return at, ok
}

func (s *Stream) instant() (time.Duration, bool) {
	if s.arrivals.Stages != nil {
		return s.stages.instant(s.count, s.length)
	}
	return s.arrivals.instant(s.count, s.length)
}

// mostDrawn bounds the arrivals that Skip draws one by one: some tenths of a
// second.
const mostDrawn = 1 << 24

// Skip passes over the arrivals before offset t and returns how many they are.
// Those after it come as if all had been drawn with Next, with the same numbers,
// unless more than 16 million that are not evenly spaced are skipped at once:
// the rest of them is estimated from the rate.
func (s *Stream) Skip(t time.Duration) int64 {
	if s.length > 0 {
		t = min(t, s.length)
	}
	n, limit := int64(0), s.arrivals.count(t, s.length)
	if s.arrivals.Spacing != Even {
		for ; n < mostDrawn && s.count < limit; n++ {
			s.count += inUnits(s.gaps.Sample(s.src))
		}
	}
	rest := math.Ceil(max(0, limit-s.count))
	s.count += rest
	return n + int64(min(rest, 1<<62))
}

func inUnits(d time.Duration) float64 { return float64(d) / float64(unit) }

// nanoseconds rounds seconds to the nearest duration.
func nanoseconds(seconds float64) time.Duration {
	if ns := math.Round(seconds * 1e9); ns < float64(Forever) {
		return time.Duration(ns)
	}
	return Forever
}
