package phase

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

// limitKS and limitZ are thresholds near p = 1e-6.
const (
	limitKS = 2.6
	limitZ  = 5
)

// TestEvenArrivalsAreExact compares arrival k with k/rate to the nanosecond.
func TestEvenArrivalsAreExact(t *testing.T) {
	length := 10 * time.Minute
	if testing.Short() {
		length = time.Minute
	}
	at := arrivalTimes(Arrivals{Rate: 3000}, length, 0)
	require.Len(t, at, 3000*int(length/time.Second))
	worst := func(instant func(k int) time.Duration) (worst time.Duration) {
		for k := range at {
			worst = max(worst, (instant(k) - (time.Duration(k)*time.Second+1500)/3000).Abs())
		}
		return worst
	}
	assert.Zero(t, worst(func(k int) time.Duration { return at[k] }))
	assert.NotZero(t, worst(func(k int) time.Duration { return time.Duration(k) * (time.Second / 3000) }), "a mutant that adds up rounded gaps")
}

func TestEvenArrivalsFillThePhase(t *testing.T) {
	for _, c := range []struct {
		arrivals Arrivals
		length   time.Duration
		want     []time.Duration
	}{
		{Arrivals{Rate: 2}, 2 * time.Second, []time.Duration{0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}},
		{Arrivals{Rate: .1}, 10 * time.Second, []time.Duration{0}},
		{Arrivals{Rate: .1}, 10*time.Second + 1, []time.Duration{0, 10 * time.Second}},
		// rate t/2 per second: count t²/4, arrival k at 2 sqrt k seconds
		{Arrivals{RateTo: 2}, 4 * time.Second, []time.Duration{0, 2 * time.Second, 2_828_427_125, 3_464_101_615}},
		// rate 2-t/4 per second: count 2t - t²/8, arrival k at 8 - sqrt(64 - 8k) seconds
		{Arrivals{Rate: 2, RateTo: 1}, 4 * time.Second, []time.Duration{0, 516_685_226, 1_071_796_770, 1_675_444_680, 2_343_145_751, 3_101_020_514}},
	} {
		assert.Equal(t, c.want, arrivalTimes(c.arrivals, c.length, 0), "%v over %v", c.arrivals, c.length)
	}
}

func TestArrivalsWithoutEnd(t *testing.T) {
	s := Arrivals{Rate: 1e-6, Spacing: Poisson}.Stream(0, arrivalSource(0))
	last := time.Duration(-1)
	for range 20 {
		at, ok := s.Next()
		require.True(t, ok)
		require.Greater(t, at, last)
		last = at
	}
}

func TestArrivalsBeyondTheClock(t *testing.T) {
	for _, a := range []Arrivals{{Rate: 1e-12}, {Rate: 1e-12, Spacing: Poisson}} {
		s := a.Stream(0, arrivalSource(0))
		s.Next()
		at, ok := s.Next()
		assert.True(t, ok)
		assert.Equal(t, Forever, at)
	}
}

// What is skipped is what would have come, and after it the arrivals continue as
// if it had been drawn: the number of an arrival does not depend on who was late.
func TestSkip(t *testing.T) {
	const length, until = 100 * time.Second, 60 * time.Second
	for _, a := range []Arrivals{{Rate: 30}, {Rate: 7, RateTo: 70}, {Rate: 30, Spacing: Poisson}, {Rate: 30, Spacing: Gamma, Burstiness: 3}, {Stages: daily}, {Rate: 9, Stages: daily, Spacing: Poisson}} {
		s, before := a.Stream(length, arrivalSource(1)), int64(0)
		all := arrivalTimes(a, length, 1)
		for _, at := range all {
			if at < until {
				before++
			}
		}
		skipped := s.Skip(until)
		next, ok := s.Next()
		require.True(t, ok)
		assert.GreaterOrEqual(t, next, until)
		assert.Zero(t, s.Skip(until), "nothing twice")
		assert.Equal(t, before, skipped, "%+v", a)
		assert.Equal(t, all[before], next, "%+v", a)
		s.Skip(2 * length)
		_, ok = s.Next()
		assert.False(t, ok, "no more than the phase has")
	}
}

func TestExpected(t *testing.T) {
	const second = time.Second
	ramp := Arrivals{Rate: 10, RateTo: 30}
	for _, c := range []struct {
		arrivals         Arrivals
		from, to, length time.Duration
		want             float64
	}{
		{Arrivals{Rate: 10}, 2 * second, 5 * second, 0, 30},
		{Arrivals{Rate: 10}, 2 * second, 5 * second, 4 * second, 20},
		{Arrivals{Rate: 10}, -second, second, 4 * second, 10},
		{Arrivals{Rate: 10}, 5 * second, 2 * second, 0, 0},
		{Arrivals{Rate: 10}, 5 * second, 6 * second, 4 * second, 0},
		{ramp, 0, 10 * second, 10 * second, 200},
		{ramp, 0, 5 * second, 10 * second, 75},
		{ramp, 5 * second, 20 * second, 10 * second, 125},
		{Arrivals{RateTo: 30}, 0, 5 * second, 10 * second, 37.5},
		{Arrivals{Stages: Stages{{10 * second, 30}}}, 0, 5 * second, 10 * second, 37.5},
		{Arrivals{Stages: Stages{{10 * second, 30}}}, 5 * second, 30 * second, 20 * second, 112.5 + 300},
		{Arrivals{Rate: 5, Stages: Stages{{4 * second, 5}, {0, 9}, {second, 0}, {second, 0}, {second, 2}}}, second, 7 * second, 0, 15 + 4.5 + 1},
	} {
		assert.InDelta(t, c.want, c.arrivals.Expected(c.from, c.to, c.length), 1e-9, "%v [%v, %v)", c.arrivals, c.from, c.to)
	}
}

// daily rises, falls, pauses, jumps and stays, in 100 s.
var daily = Stages{{20 * time.Second, 2000}, {10 * time.Second, 100}, {10 * time.Second, 0}, {10 * time.Second, 0}, {0, 900}, {20 * time.Second, 900}, {30 * time.Second, 400}}

// TestEvenRampFollowsExpected counts arrivals up to any instant of ramps up and
// down: their number is the expected one, rounded up, wherever it is not whole.
func TestEvenRampFollowsExpected(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		a := Arrivals{Rate: math.Exp(2 + 2*r.NormFloat64()), RateTo: math.Exp(2 + 2*r.NormFloat64())}
		length := time.Duration(1 + r.Int64N(int64(time.Minute)))
		if r.IntN(2) == 0 {
			a.RateTo, a.Stages = 0, randomStages(r)
		}
		at := arrivalTimes(a, length, 0)
		for range 20 {
			to := time.Duration(r.Int64N(int64(length)))
			n, _ := slices.BinarySearch(at, to)
			want := a.Expected(0, to, length)
			require.InDelta(t, want+.5, float64(n), .5+1e-5, "%v up to %v of %v", a, to, length)
		}
	}
}

func TestArrivalsStayInThePhase(t *testing.T) {
	for replicate := range uint64(100) {
		for _, a := range []Arrivals{
			{Rate: 1e9, RateTo: 2e9, Spacing: Poisson},
			{Rate: 2e9, RateTo: 1e-3, Spacing: Poisson},
			{Rate: 2e9, Spacing: Poisson},
			{Rate: 1e9, Stages: Stages{{3, 2e9}, {2, 1e9}, {1, 1e-3}, {5, 3e9}, {7, 1e9}, {1, 1e9}}, Spacing: Poisson},
		} {
			at := arrivalTimes(a, 20, replicate) // 20 ns, where rounding hurts
			require.NotEmpty(t, at)
			require.True(t, slices.IsSorted(at) && at[0] >= 0 && at[len(at)-1] < 20, "%v: %v", a, at)
		}
	}
}

// rescaledGaps are the gaps of a phase in units of expected arrivals: if and
// only if the ramp is followed exactly they have the law of the spacing.
func rescaledGaps(at []time.Duration, a Arrivals, length time.Duration) []float64 {
	gaps := make([]float64, 0, len(at))
	for k := range at[1:] {
		gaps = append(gaps, a.Expected(at[k], at[k+1], length))
	}
	return gaps
}

// distance is sqrt(n) times the largest distance between the distribution of a
// sample and that of a gamma with mean 1 and the given CV.
func distance(sample []float64, cv float64) float64 {
	slices.Sort(sample)
	n, shape := float64(len(sample)), 1/(cv*cv)
	var d float64
	for i, x := range sample {
		f := mathext.GammaIncReg(shape, x*shape)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	return d * math.Sqrt(n)
}

func TestGapsKeepTheirLawOnARamp(t *testing.T) {
	const length = 100 * time.Second
	for i, c := range []struct {
		arrivals Arrivals
		cv       float64
	}{
		{Arrivals{Rate: 500, Spacing: Poisson}, 1},
		{Arrivals{Rate: 10, RateTo: 1000, Spacing: Poisson}, 1},
		{Arrivals{Rate: 1000, RateTo: 10, Spacing: Gamma, Burstiness: 1.5}, 1.5},
		{Arrivals{RateTo: 1000, Spacing: Gamma, Burstiness: .5}, .5},
		{Arrivals{Stages: daily, Spacing: Poisson}, 1},
		{Arrivals{Rate: 700, Stages: daily, Spacing: Gamma, Burstiness: 1.5}, 1.5},
	} {
		if testing.Short() && i%3 != 2 {
			continue
		}
		at := arrivalTimes(c.arrivals, length, 0)
		require.Greater(t, len(at), 40_000)
		gaps := rescaledGaps(at, c.arrivals, length)
		assert.Less(t, distance(gaps, c.cv), float64(limitKS), "%v", c.arrivals)
		assert.Greater(t, distance(gaps, c.cv*1.05), float64(limitKS), "%v: CV off by 5 %%", c.arrivals)
	}
}

// TestInverseOfStages: the instant of a count is where as many are expected.
func TestInverseOfStages(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 2000 {
		a := Arrivals{Rate: float64(r.IntN(3)), Stages: randomStages(r)}
		length := a.Stages.Length()
		p := position{rest: a.Stages, rate: a.Rate}
		whole := a.Expected(0, length, length)
		for count := 0.; count < whole; count += whole * r.Float64() / 10 {
			at, ok := p.instant(count, length)
			require.True(t, ok, "%v of %v", count, whole)
			require.InDelta(t, count, a.Expected(0, at, length), 1e-6, "%v: arrival %v of %v at %v", a, count, whole, at)
		}
		_, ok := p.instant(whole*(1+1e-9)+1e-9, length)
		require.False(t, ok)
	}
}

// TestLocalRateIsNotARamp is the mutant of the above: gaps drawn at the rate
// of the previous arrival lag behind a steep ramp.
func TestLocalRateIsNotARamp(t *testing.T) {
	const length = 100 * time.Second
	a := Arrivals{Rate: .02, RateTo: 50, Spacing: Poisson}
	first := func(next func(src rand.Source) time.Duration) (early float64) {
		for replicate := range uint64(2000) {
			if next(arrivalSource(replicate)) < 5*time.Second {
				early++
			}
		}
		return early / 2000
	}
	want := 1 - math.Exp(-a.Expected(0, 5*time.Second, length))
	limit := limitZ * math.Sqrt(want*(1-want)/2000)
	assert.InDelta(t, want, first(func(src rand.Source) time.Duration {
		at, _ := a.Stream(length, src).Next()
		return at
	}), limit)
	assert.Greater(t, math.Abs(want-first(func(src rand.Source) time.Duration {
		return dist.Exponential{Mean: nanoseconds(1 / a.Rate)}.Sample(src)
	})), limit)
}

// TestArrivalsBeginInEquilibrium counts the arrivals of the first tenth of a
// second over many phases: bursts are in progress when a phase begins.
func TestArrivalsBeginInEquilibrium(t *testing.T) {
	const phases, length = 20_000, 100 * time.Millisecond
	z := func(a Arrivals, skip int) float64 {
		var sum, squares float64
		for replicate := range uint64(phases) {
			n := float64(len(arrivalTimes(a, length, replicate)) - skip)
			sum, squares = sum+n, squares+n*n
		}
		want := phases * a.Expected(0, length, length)
		return math.Abs(sum-want) / math.Sqrt(squares-sum*sum/phases)
	}
	bursts := Arrivals{Rate: 10, Spacing: Gamma, Burstiness: 3}
	assert.Less(t, z(bursts, 0), float64(limitZ))
	assert.Less(t, z(Arrivals{Rate: 10, Spacing: Gamma, Burstiness: .3}, 0), float64(limitZ))
	assert.Less(t, z(Arrivals{Rate: 10, Spacing: Poisson}, 0), float64(limitZ))
	assert.Less(t, z(Arrivals{Rate: 5, RateTo: 15, Spacing: Poisson}, 0), float64(limitZ))

	// Mutants: a fresh gap before the first arrival, and an arrival at 0.
	fresh := func(a Arrivals, first bool) float64 {
		var sum, squares float64
		for replicate := range uint64(phases) {
			s := &Stream{arrivals: a, length: length, gaps: a.gaps(), src: arrivalSource(replicate)}
			if !first {
				s.Next()
			}
			n := 0.0
			for _, ok := s.Next(); ok; _, ok = s.Next() {
				n++
			}
			sum, squares = sum+n, squares+n*n
		}
		return math.Abs(sum-phases) / math.Sqrt(squares-sum*sum/phases)
	}
	assert.Greater(t, fresh(bursts, false), float64(limitZ), "fresh gap")
	assert.Greater(t, fresh(bursts, true), float64(limitZ), "arrival at 0")
}

// TestDispersionOfArrivals measures the IDC that the plan prints.
func TestDispersionOfArrivals(t *testing.T) {
	for _, a := range []Arrivals{
		{Rate: 1000, Spacing: Poisson},
		{Rate: 1000, Spacing: Gamma, Burstiness: 2},
		{Rate: 1000, Spacing: Gamma, Burstiness: .5},
	} {
		windows := 2000
		if testing.Short() {
			windows = 500
		}
		counts := make([]float64, windows)
		for _, at := range arrivalTimes(a, time.Duration(windows)*200*time.Millisecond, 0) {
			counts[at/(200*time.Millisecond)]++
		}
		var squares float64
		for _, n := range counts {
			squares += (n - 200) * (n - 200)
		}
		_, _, idc := a.load(0)
		assert.InEpsilon(t, idc, squares/float64(windows)/200, limitZ*math.Sqrt(2/float64(windows)), "%v", a)
	}
}

// TestArrivalsGolden freezes the first arrivals of a seed.
func TestArrivalsGolden(t *testing.T) {
	first := func(a Arrivals) []time.Duration { return arrivalTimes(a, time.Minute, 0)[:4] }
	assert.Equal(t, []time.Duration{55122623, 197289286, 231873410, 270391917},
		first(Arrivals{Rate: 10, Spacing: Poisson}))
	assert.Equal(t, []time.Duration{3770813330, 4733956388, 4794420532, 4794501040},
		first(Arrivals{Rate: 1, RateTo: 9, Spacing: Gamma, Burstiness: 2}))
}

func TestArrivalsDoNotAllocate(t *testing.T) {
	s := Arrivals{Rate: 1, RateTo: 9, Spacing: Gamma, Burstiness: 2}.Stream(1000*time.Hour, arrivalSource(0))
	assert.Zero(t, testing.AllocsPerRun(1000, func() { s.Next() }))
	s = Arrivals{Stages: daily, Spacing: Poisson}.Stream(0, arrivalSource(0))
	assert.Zero(t, testing.AllocsPerRun(100_000, func() { s.Next() }))
}

func BenchmarkArrivals(b *testing.B) {
	for _, c := range []struct {
		name     string
		arrivals Arrivals
	}{
		{"even", Arrivals{Rate: 1000}},
		{"poisson", Arrivals{Rate: 1000, Spacing: Poisson}},
		{"poisson-stages", Arrivals{Stages: Curve(900*time.Hour, time.Minute, func(t time.Duration) float64 { return 100 + math.Mod(t.Minutes(), 60) }), Spacing: Poisson}},
		{"gamma-ramp", Arrivals{Rate: 1, RateTo: 1000, Spacing: Gamma, Burstiness: 2}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := c.arrivals.Stream(1000*time.Hour, arrivalSource(0))
			b.ReportAllocs()
			for b.Loop() {
				s.Next()
			}
		})
	}
}

// TestArrivalsAreFrozen hashes the instants of open arrivals: a published seed must
// give them on every platform. .ci/run runs it on several.
func TestArrivalsAreFrozen(t *testing.T) {
	for _, g := range []struct {
		arrivals Arrivals
		want     string
	}{
		{Arrivals{Rate: 33.3}, "0b0fffcdf28e42c9"},
		{Arrivals{Rate: 7.7, RateTo: 91.3}, "e1ed4121a7d8f20d"},
		{Arrivals{Rate: 91.3, RateTo: 7.7, Spacing: Poisson}, "6af58ba787b121a6"},
		{Arrivals{Rate: 33.3, Spacing: Poisson}, "f2049c5ce5f212e7"},
		{Arrivals{Rate: 3.3, RateTo: 77.7, Spacing: Gamma, Burstiness: 0.7}, "bc1159c4abe921f6"},
		{Arrivals{Rate: 33.3, Spacing: Gamma, Burstiness: 2.7}, "e612074f3d9552c2"},
	} {
		sum, length := sha256.New(), 7*time.Minute+time.Nanosecond
		src := stream.Key{Seed: 1, Purpose: stream.Arrival}.Source()
		stream := g.arrivals.Stream(length, &src)
		for at, ok := stream.Next(); ok; at, ok = stream.Next() {
			fmt.Fprintln(sum, int64(at), g.arrivals.Expected(at/3, at, length))
			if int64(at)%7 == 0 {
				fmt.Fprintln(sum, stream.Skip(at+at/1000))
			}
		}
		require.Equal(t, g.want, fmt.Sprintf("%x", sum.Sum(nil)[:8]), "%v", g.arrivals)
	}
}
