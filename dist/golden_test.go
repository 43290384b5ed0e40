package dist

import (
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
