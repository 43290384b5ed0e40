package phase

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRampSteps(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name string
		ramp Ramp
		want []time.Duration
		end  time.Duration
	}{
		{"nothing to do", Ramp{From: 3, To: 3, At: 5 * s, Rate: 2}, nil, 5 * s},
		{"first step at the border", Ramp{To: 3, At: 5 * s, Rate: 2}, []time.Duration{5 * s, 5500 * ms, 6 * s}, 6 * s},
		{"down", Ramp{From: 3, To: 1, At: 5 * s, Rate: 2}, []time.Duration{5 * s, 5500 * ms}, 5500 * ms},
		{"at once", Ramp{To: 3, At: s}, []time.Duration{s, s, s}, s},
		{"at an infinite rate", Ramp{To: 2, At: s, Rate: math.Inf(1)}, []time.Duration{s, s}, s},
		{"thirds are rounded, not added up", Ramp{To: 4, Rate: 3},
			[]time.Duration{0, 333_333_333, 666_666_667, 1_000_000_000}, s},
		{"slow", Ramp{To: 3, Rate: .1}, []time.Duration{0, 10 * s, 20 * s}, 20 * s},
		{"half a nanosecond rounds up", Ramp{To: 3, Rate: 2e9}, []time.Duration{0, 1, 1}, 1},
		{"faster than the clock", Ramp{To: 3, At: s, Rate: 1e18}, []time.Duration{s, s, s}, s},
		{"too slow for the clock", Ramp{To: 2, Rate: 1e-300}, []time.Duration{0, Forever}, Forever},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, len(c.want), c.ramp.Len())
			for k, want := range c.want {
				assert.Equal(t, want, c.ramp.StepAt(k), "step %d", k)
			}
			assert.Equal(t, c.end, c.ramp.End())
		})
	}
}

func TestRampLevel(t *testing.T) {
	up := Ramp{From: 2, To: 5, At: time.Second, Rate: 2}
	down := Ramp{From: 5, To: 2, At: time.Second, Rate: 2}
	for _, c := range []struct {
		at       time.Duration
		up, down int
	}{
		{-time.Hour, 2, 5},
		{time.Second - 1, 2, 5},
		{time.Second, 3, 4},
		{1500*time.Millisecond - 1, 3, 4},
		{1500 * time.Millisecond, 4, 3},
		{2*time.Second - 1, 4, 3},
		{2 * time.Second, 5, 2},
		{Forever, 5, 2},
	} {
		assert.Equal(t, c.up, up.Level(c.at), "up at %v", c.at)
		assert.Equal(t, c.down, down.Level(c.at), "down at %v", c.at)
	}
	assert.Zero(t, Ramp{}.Level(time.Hour))
}

// TestRampNeverDrifts compares the millionth step with the exact instant, and
// a mutant that adds rounded gaps.
func TestRampNeverDrifts(t *testing.T) {
	ramp := Ramp{To: 1_000_001, Rate: 3}
	want := 1_000_000 * time.Second / 3
	assert.Equal(t, want, ramp.StepAt(1_000_000))
	assert.Equal(t, 1_000_001, ramp.Level(want))
	assert.Equal(t, 1_000_000, ramp.Level(want-1))

	gap := time.Second / 3
	assert.NotEqual(t, want, 1_000_000*gap, "a mutant that adds up rounded gaps")
}

// exactInterval is the oracle: k/rate in nanoseconds, half up, by fractions.
func exactInterval(k uint64, rate float64) *big.Int {
	ns := new(big.Rat).SetInt(new(big.Int).Mul(new(big.Int).SetUint64(k), big.NewInt(1e9)))
	ns.Quo(ns, new(big.Rat).SetFloat64(rate))
	ns.Add(ns, big.NewRat(1, 2))
	return new(big.Int).Quo(ns.Num(), ns.Denom())
}

func checkInterval(t *testing.T, k uint64, rate float64) {
	t.Helper()
	want := exactInterval(k, rate)
	if !want.IsInt64() {
		want.SetInt64(math.MaxInt64)
	}
	require.Equal(t, want.Int64(), int64(intervals(k, rate)), "%d intervals at %v/s", k, rate)
}

func TestIntervalsAreExact(t *testing.T) {
	for _, rate := range []float64{1, 2, 3, 10, 1024, .1, .5, 1.5, 1e-9, 1e9, 3e9, 1 << 53, 1<<53 + 2, 1 << 62,
		math.Nextafter(1<<63, 0), math.SmallestNonzeroFloat64, math.Nextafter(1, 0), math.Nextafter(1, 2), math.Pi} {
		for _, k := range []uint64{0, 1, 2, 3, 7, 1e6, 1e9 + 7, 20e9, 1 << 40, math.MaxInt64} {
			checkInterval(t, k, rate)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	draws := 20_000
	if testing.Short() {
		draws = 2000
	}
	for range draws {
		checkInterval(t, r.Uint64()>>(1+r.IntN(63)), min(math.Exp(20*r.NormFloat64()), 1<<62))
	}
}

func FuzzIntervals(f *testing.F) {
	f.Add(uint64(10), 2.0)
	f.Add(uint64(1), 1e-300)
	f.Fuzz(func(t *testing.T, k uint64, rate float64) {
		if rate > 0 && rate < 1<<63 && k <= math.MaxInt64 {
			checkInterval(t, k, rate)
		}
	})
}

// TestRampsAreFrozen hashes the instants at which users come and go.
func TestRampsAreFrozen(t *testing.T) {
	sum := sha256.New()
	for _, rate := range []float64{0, 0.1, 1. / 3, 7.7, 1e-7, 99999.9, 3e9} {
		ramp := Ramp{From: 3, To: 1003, At: time.Second / 3, Rate: rate}
		for k := range 1001 {
			at := ramp.StepAt(k)
			fmt.Fprintln(sum, int64(at), ramp.Level(at), ramp.Level(at-1))
		}
	}
	require.Equal(t, "18433ef284bc6084", fmt.Sprintf("%x", sum.Sum(nil)[:8]))
}
