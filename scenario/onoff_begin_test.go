package scenario

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/dist"
)

// crowd is how many users a start is judged by.
const crowd = 20_000

// Wrong starts. Each keeps the rest of OnOff and joins the user with a period
// that it chooses.

// join is Begin with a given state, age and rest of the period.
func (o OnOff) join(r *Rhythm, on bool, age, rest time.Duration) Turn {
	if r.On = on; !on {
		r.stage = resting
		return Turn{Wait: rest}
	}
	r.left = rest
	return o.After(r, o.replay(age, r))
}

// coin is ON with probability p.
func coin(r *Rhythm, p float64) bool { return uniform(r.Start.Uint64()) < p }

// onShare is the right probability of being ON.
func (o OnOff) onShare() float64 {
	on, _ := o.On.Moments()
	off, _ := o.Off.Moments()
	return float64(on) / float64(on+off)
}

func (o OnOff) period(on bool) dist.Distribution {
	if on {
		return o.On
	}
	return o.Off
}

type freshPeriod struct{ OnOff }

func (m freshPeriod) Begin(r *Rhythm) Turn {
	on := coin(r, m.onShare())
	return m.join(r, on, 0, m.period(on).Sample(&r.Start))
}

type partOfFreshPeriod struct{ OnOff }

func (m partOfFreshPeriod) Begin(r *Rhythm) Turn {
	on := coin(r, m.onShare())
	length := m.period(on).Sample(&r.Start)
	rest := time.Duration(uniform(r.Start.Uint64()) * float64(length))
	return m.join(r, on, length-rest, rest)
}

type wholeBiasedPeriod struct{ OnOff }

func (m wholeBiasedPeriod) Begin(r *Rhythm) Turn {
	on := coin(r, m.onShare())
	age, rest := dist.Equilibrium(m.period(on), &r.Start)
	return m.join(r, on, 0, age+rest)
}

type fairCoin struct{ OnOff }

func (m fairCoin) Begin(r *Rhythm) Turn {
	on := coin(r, .5)
	age, rest := dist.Equilibrium(m.period(on), &r.Start)
	return m.join(r, on, age, rest)
}

type allOn struct{ OnOff }

func (m allOn) Begin(r *Rhythm) Turn {
	age, rest := dist.Equilibrium(m.On, &r.Start)
	return m.join(r, true, age, rest)
}

// TestOnShareIsSteady counts the users that are ON at six instants after they
// all joined, with unequal means: with equal ones a fair coin looks right.
func TestOnShareIsSteady(t *testing.T) {
	users := func(cv float64) OnOff {
		return OnOff{On: gamma(15*time.Second, cv), Off: gamma(45*time.Second, cv), Think: gamma(2*time.Second, .3)}
	}
	for _, cv := range []float64{.5, 1, 2} {
		assert.Less(t, worstOnShare(users(cv)), float64(limitZ), "CV %v", cv)
	}
	if testing.Short() {
		return
	}
	for name, mutant := range map[string]Pacer{
		"fresh period, CV .5":         freshPeriod{users(.5)},
		"fresh period, CV 2":          freshPeriod{users(2)},
		"U x fresh period":            partOfFreshPeriod{users(1)},
		"length-biased period, whole": wholeBiasedPeriod{users(1)},
		"fair coin":                   fairCoin{users(1)},
		"all ON":                      allOn{users(1)},
	} {
		assert.Greater(t, worstOnShare(mutant), float64(limitZ), name)
	}
}

// worstOnShare is the largest absolute z score of the number of users that are
// ON, over the instants, against a share of 15/60.
func worstOnShare(p Pacer) float64 {
	instants := []time.Duration{0, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second}
	on := make([]float64, len(instants))
	for user := range uint64(crowd) {
		r := NewRhythm(1, user, 0)
		walk(p, &r, 81*time.Second, 0, func(s segment) {
			for i, at := range instants {
				if s.on && s.from <= at && at < s.to {
					on[i]++
				}
			}
		})
	}
	const share = 15.0 / 60
	var worst float64
	for _, n := range on {
		worst = max(worst, math.Abs(n-crowd*share)/math.Sqrt(crowd*share*(1-share)))
	}
	return worst
}

// TestResidualIsInEquilibrium compares what is left of the ON period at the
// start with its closed form.
func TestResidualIsInEquilibrium(t *testing.T) {
	users := func(cv float64) OnOff {
		return OnOff{On: gamma(15*time.Second, cv), Off: gamma(45*time.Second, cv), Think: gamma(2*time.Second, .3)}
	}
	for _, cv := range []float64{.5, 1, 2} {
		assert.Less(t, residualKS(users(cv), cv), limitKS, "CV %v", cv)
	}
	assert.Greater(t, residualKS(freshPeriod{users(.5)}, .5), limitKS, "fresh period")
	assert.Greater(t, residualKS(partOfFreshPeriod{users(2)}, 2), limitKS, "U x fresh period")
	assert.Greater(t, residualKS(wholeBiasedPeriod{users(1)}, 1), limitKS, "length-biased period, whole")
}

// residualKS is the Kolmogorov distance of the rest of the ON period of those
// users that are ON at the start, some 5,000.
func residualKS(p Pacer, cv float64) float64 {
	var rests []float64
	for user := range uint64(crowd) {
		r := NewRhythm(1, user, 0)
		if turn := p.Begin(&r); r.On {
			rests = append(rests, (turn.Wait + r.left).Seconds())
		}
	}
	return ks(rests, residualCDF(gamma(15*time.Second, cv)))
}

// Wrong inner phases: the periods are right, the gap in progress is not.

type freshThink struct{ OnOff }

func (m freshThink) Begin(r *Rhythm) Turn { return m.first(r, m.Think.Sample(&r.Think)) }

type partOfThink struct{ OnOff }

func (m partOfThink) Begin(r *Rhythm) Turn {
	gap := uniform(r.Start.Uint64()) * float64(m.Think.Sample(&r.Think))
	return m.first(r, time.Duration(gap))
}

type taskAtOnce struct{ OnOff }

func (m taskAtOnce) Begin(r *Rhythm) Turn { return m.first(r, 0) }

// first joins in equilibrium, but with a gap of the mutant's own.
func (o OnOff) first(r *Rhythm, gap time.Duration) Turn {
	on := coin(r, o.onShare())
	_, rest := dist.Equilibrium(o.period(on), &r.Start)
	if r.On = on; !on {
		r.stage = resting
		return Turn{Wait: rest}
	}
	r.left = rest
	return o.After(r, gap)
}

// TestRateIsFlatFromTheFirstHalfSecond counts tasks per half second over the
// first ten seconds after all users joined.
func TestRateIsFlatFromTheFirstHalfSecond(t *testing.T) {
	assert.Less(t, worstRate(bursty, bursty.Load(0).Rate), float64(limitZ), "default rhythm")
	mixed := OnOff{On: gamma(15*time.Second, 1), Off: gamma(45*time.Second, 1), Think: gamma(2*time.Second, .3)}
	assert.Less(t, worstRate(mixed, mixed.Load(0).Rate), float64(limitZ), "unequal means")
	steady := Think{Time: gamma(2*time.Second, .3)}
	assert.Less(t, worstRate(steady, .5), float64(limitZ), "think time only")
	metronome := StartToStart{Gap: dist.Constant{Value: 2 * time.Second}}
	assert.Less(t, worstRate(metronome, .5), float64(limitZ), "start to start")

	for name, mutant := range map[string]Pacer{
		"fresh think":  freshThink{bursty},
		"U x think":    partOfThink{bursty},
		"task at once": taskAtOnce{bursty},
	} {
		assert.Greater(t, worstRate(mutant, bursty.Load(0).Rate), float64(limitZ), name)
	}
}

// worstRate is the largest absolute z score of the number of tasks in a half
// second, with the variance between users taken from the counts themselves.
func worstRate(p Pacer, rate float64) float64 {
	const bins, width = 20, 500 * time.Millisecond
	var sum, squares [bins]float64
	for user := range uint64(crowd) {
		r := NewRhythm(1, user, 0)
		for i, n := range counts(p, &r, bins, width, 0) {
			sum[i] += n
			squares[i] += n * n
		}
	}
	var worst float64
	for i := range sum {
		want := crowd * rate * width.Seconds()
		variance := max(squares[i]-square(sum[i])/crowd, 1)
		worst = max(worst, math.Abs(sum[i]-want)/math.Sqrt(variance))
	}
	return worst
}

// limitZ bounds an absolute z score, limitKS sqrt(n) times the largest
// distance between two distribution functions.
const (
	limitZ  = 5
	limitKS = 2.6
)

// ks is the scaled Kolmogorov distance of a sample from a distribution.
func ks(sample []float64, cdf func(float64) float64) float64 {
	slices.Sort(sample)
	n := float64(len(sample))
	var distance float64
	for i, x := range sample {
		f := cdf(x)
		distance = max(distance, f-float64(i)/n, float64(i+1)/n-f)
	}
	return distance * math.Sqrt(n)
}
