package dist

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

// A published seed must always give the same workload. If a sampler changes this
// test fails: raise stream.Version, say so in the change log, and only then take the
// new values over.
func TestSamplesAreFrozen(t *testing.T) {
	require.Equal(t, 1, stream.Version)
	for i, d := range families(t) {
		src := stream.Key{Seed: 1, Purpose: stream.Think, User: 1}.Source()
		var got frozen
		for j := range got.samples {
			got.samples[j] = d.Sample(&src)
		}
		got.age, got.residual = Equilibrium(d, &src)
		require.Equal(t, golden[i], got, "%v", d)
	}
}

type frozen struct {
	samples       [4]time.Duration
	age, residual time.Duration
}

// golden is in nanoseconds, in the order of families.
var golden = []frozen{
	{[4]time.Duration{2000000000, 2000000000, 2000000000, 2000000000}, 1982820120, 17179880},         // constant(2s)
	{[4]time.Duration{1017179880, 2950345982, 1309784530, 2372873009}, 185641044, 1578744666},        // between 1s and 3s
	{[4]time.Duration{1044482908, 4083101501, 4499444652, 1440031670}, 671552945, 1034030326},        // exponential(mean 2s)
	{[4]time.Duration{3071862916, 1171288084, 2337588075, 657893362}, 114376451, 2369777357},         // gamma(mean 2s, CV 0.3)
	{[4]time.Duration{15667243622, 61246522519, 67491669787, 21600475051}, 30971696247, 47688977333}, // gamma(mean 30s, CV 1)
	{[4]time.Duration{583, 44331338233, 830628080, 1225348918}, 628142869, 2663942399},               // gamma(mean 30s, CV 2)
	{[4]time.Duration{3679877627, 651, 2814600480, 85586013}, 17177717255, 355906876101},             // gamma(mean 30s, CV 3)
	{[4]time.Duration{5496381724, 1385141385, 397393053, 598198470}, 503438414, 4281384613},          // lognormal(mean 2s, CV 1)
	{[4]time.Duration{1777823, 10225223542, 123888257, 1952575229}, 3202342547, 4930838787},          // weibull(mean 2s, shape 0.7)
	{[4]time.Duration{944306825, 2600148934, 2987239677, 1077394308}, 211579085, 1799329204},         // pareto(mean 2s, alpha 1.5)
	{[4]time.Duration{3000000000, 2000000000, 2000000000, 1000000000}, 210431362, 1789568638},        // empirical(4 values, mean 2s, CV 0.354)
}

// TestManySamplesAreFrozen hashes thousands of samples of each family, so that a
// platform that rounds one of them elsewhere, or rejects one that others accept,
// is found out. .ci/run runs it on several.
func TestManySamplesAreFrozen(t *testing.T) {
	for _, g := range []struct{ distribution, want string }{
		{"between 0.1s and 3.3s", "b8090242cccd652d"},
		{"exponential 2s", "bb2792858eb22543"},
		{"gamma 2s cv 0.3", "cc6aa34c8796c272"},
		{"gamma 30s cv 1", "a5d015f83b7dbf30"},
		{"gamma 30s cv 2", "ccd3fe5faf2ab180"},
		{"gamma 30s cv 3", "19dde5c04c43bb0b"},
		{"gamma 876000h cv 0.7", "19603c5cfe85dec2"},
		{"lognormal 2s cv 0.4", "6f01882a65e8d993"},
		{"lognormal 876000h cv 3", "2c4026502edad8a4"},
		{"weibull 2s shape 0.3", "5e69eb22a29a2432"},
		{"weibull 2s shape 0.7", "ecb5f2bba24f7eff"},
		{"weibull 2s shape 3.7", "6c6414259f41a90e"},
		{"pareto 2s alpha 1.5", "890f7a35a340e45c"},
		{"pareto 2s alpha 3.1", "0a5b319cdf16fcef"},
	} {
		d, err := Parse(g.distribution)
		require.NoError(t, err)
		require.Equal(t, g.want, hashOf(d), g.distribution)
	}
	odd, err := NewEmpirical([]time.Duration{1, 3333333333, 7777777777, time.Hour + 1})
	require.NoError(t, err)
	require.Equal(t, "f6d5de87f325540d", hashOf(odd), odd)
}

// hashOf is that of many samples and equilibria.
func hashOf(d Distribution) string {
	sum, src := sha256.New(), stream.Key{Seed: 1, Purpose: stream.Think, User: 2}.Source()
	for range 20_000 {
		age, residual := Equilibrium(d, &src)
		write(sum, d.Sample(&src), age, residual)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

func write(sum hash.Hash, durations ...time.Duration) {
	for _, d := range durations {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(d))
		sum.Write(b[:])
	}
}
