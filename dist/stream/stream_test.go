package stream

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// The golden values were computed by a program in another language from the
// published rules (SHA-256, PCG-DXSM), not by this code. A change here is a
// change of Version.
func TestKeyStreamsAreFrozen(t *testing.T) {
	require.Equal(t, 1, Version)
	const most = math.MaxUint64
	golden := []struct {
		key  Key
		want [3]uint64
	}{
		{Key{}, [3]uint64{0x491f801bc17da2de, 0x5800ef8877203b70, 0x49c1922418090c21}},
		{Key{Seed: 1, Purpose: Start, User: 1}, [3]uint64{0x4bf74459368078ec, 0xa97f889318eeff83, 0x968aab7bb52eeb8d}},
		{Key{Seed: 1, Purpose: Think, User: 1}, [3]uint64{0x47c0465e68fca00f, 0xcbff349dfcf2c6ce, 0xc344f4e09f9b47e6}},
		{Key{Seed: 1, Purpose: Think, User: 2}, [3]uint64{0x8473cabe696cc679, 0xfa40bd0578674e09, 0x47f399053338c1fe}},
		{Key{Seed: 2, Purpose: Think, User: 1}, [3]uint64{0x55249d855c38a76d, 0xa4c7536383fe45a0, 0xfb67a4f66b81a784}},
		{Key{Seed: 1, Purpose: Think, User: 1, Replicate: 1}, [3]uint64{0xf784eddb7e851826, 0x3845825e164306f, 0x5d9fceda6a62340}},
		{Key{Seed: most, Purpose: Backend, User: most, Replicate: most}, [3]uint64{0x8a737ee0a6ae207f, 0xb5346cd8d652110e, 0xa178b47ba4cf201a}},
	}
	for _, g := range golden {
		src := g.key.Source()
		require.Equal(t, g.want, [3]uint64{src.Uint64(), src.Uint64(), src.Uint64()}, "%+v", g.key)
	}
}

func TestPurposesAreFrozen(t *testing.T) {
	for i, p := range []Purpose{Start, OnOff, Think, Choice, Script, Arrival, Bootstrap, Order, Backend} {
		require.EqualValues(t, i+1, p)
	}
}

func TestRandIsTheStreamOfSource(t *testing.T) {
	k := Key{Seed: 1, Purpose: Script, User: 7}
	src, r := k.Source(), k.Rand()
	require.Equal(t, src.Uint64(), r.Uint64())
	require.Equal(t, rand.New(&src).Float64(), r.Float64())
}

// keyed opens the stream number i of a family of streams.
type keyed func(i uint64) *rand.PCG

func fromKey(key func(i uint64) Key) keyed {
	return func(i uint64) *rand.PCG { src := key(i).Source(); return &src }
}

// nthDraws takes draw number n (from 1) of each of the first 100 000 streams.
func nthDraws(streams keyed, n int) []float64 {
	u := make([]float64, 100_000)
	for i := range u {
		src := streams(uint64(i + 1))
		for range n - 1 {
			src.Uint64()
		}
		u[i] = exact.Uniform(src)
	}
	return u
}

func TestStreamsAreIndependent(t *testing.T) {
	families := map[string]keyed{
		"users":                  fromKey(func(i uint64) Key { return Key{Seed: 42, Purpose: Think, User: i} }),
		"users in the high bits": fromKey(func(i uint64) Key { return Key{Seed: 42, Purpose: Think, User: i << 44} }),
		"seeds":                  fromKey(func(i uint64) Key { return Key{Seed: i, Purpose: Think, User: 1} }),
		"replicates":             fromKey(func(i uint64) Key { return Key{Seed: 42, Purpose: Think, User: 1, Replicate: i} }),
		"purposes in turn":       fromKey(func(i uint64) Key { return Key{Seed: 42, Purpose: Start + Purpose(i%9), User: i / 9} }),
	}
	for name, streams := range families {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 10} {
				u := nthDraws(streams, n)
				assert.Less(t, chi2Uniform(u), chi2Of63Limit)
				assert.Less(t, math.Abs(lagZ(u)), zLimit)
			}
		})
	}
}

// What streams would be without hashing, or when users share one. How visible
// ids in the high bits are depends on the seed: with 16 bits left, some seeds
// pass one statistic or the other; with 8 bits none passes.
func TestIndependenceTestSeesItsMutants(t *testing.T) {
	highBits := func(shift int) keyed {
		return func(i uint64) *rand.PCG { return rand.NewPCG(i<<shift, 42) }
	}
	shared := fromKey(func(uint64) Key { return Key{Seed: 42, Purpose: Think} })
	for _, n := range []int{1, 10} {
		u16, u8, same := nthDraws(highBits(48), n), nthDraws(highBits(56), n), nthDraws(shared, n)
		assert.Equal(t, n == 1, chi2Uniform(u16) > chi2Of63Limit)
		assert.Greater(t, math.Abs(lagZ(u16)), zLimit)
		assert.Greater(t, chi2Uniform(u8), chi2Of63Limit)
		assert.Greater(t, math.Abs(lagZ(u8)), zLimit)
		assert.Greater(t, chi2Uniform(same), chi2Of63Limit)
		assert.Greater(t, math.Abs(lagZ(same)), zLimit)
	}
}

// Two purposes of one user are independent: 8 by 8 classes of the pair are
// equally likely. Mutant: both drawn from one stream.
func TestPurposesOfOneUserAreIndependent(t *testing.T) {
	pairs := func(a, b Purpose) []float64 {
		u := nthDraws(fromKey(func(i uint64) Key { return Key{Seed: 1, Purpose: a, User: i} }), 1)
		v := nthDraws(fromKey(func(i uint64) Key { return Key{Seed: 1, Purpose: b, User: i} }), 1)
		for i := range u {
			u[i] = (math.Floor(8*u[i]) + v[i]) / 8
		}
		return u
	}
	assert.Less(t, chi2Uniform(pairs(OnOff, Think)), chi2Of63Limit)
	assert.Less(t, chi2Uniform(pairs(Think, Choice)), chi2Of63Limit)
	assert.Less(t, chi2Uniform(pairs(Start, OnOff)), chi2Of63Limit)
	assert.Greater(t, chi2Uniform(pairs(Think, Think)), chi2Of63Limit)
}

func TestStreamFitsInSixteenBytes(t *testing.T) {
	require.EqualValues(t, 16, reflect.TypeFor[rand.PCG]().Size())
}

// Limits of the statistics. One correct stream in a million exceeds each, so that
// another seed does not fail a test, and each test shows that named faults do.
const (
	zLimit        = 5.0   // of |z|
	chi2Of63Limit = 145.0 // of chi² with 63 degrees of freedom
)

// chi2Uniform counts numbers from [0, 1) in 64 classes.
func chi2Uniform(u []float64) float64 {
	var counts [64]float64
	for _, x := range u {
		counts[int(64*x)]++
	}
	expected, sum := float64(len(u))/64, 0.0
	for _, c := range counts {
		sum += (c - expected) * (c - expected) / expected
	}
	return sum
}

// lagZ is the lag-1 correlation of numbers from [0, 1) in standard errors. It
// uses the known mean and variance, so a constant series is caught as well.
func lagZ(u []float64) float64 {
	sum := 0.0
	for i := 1; i < len(u); i++ {
		sum += (u[i-1] - 0.5) * (u[i] - 0.5)
	}
	return 12 * sum / math.Sqrt(float64(len(u)-1))
}
