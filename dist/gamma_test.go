package dist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/gensim/load-generator/dist/internal/exact"
	"github.com/gensim/load-generator/dist/stream"
)

// gammaMean is short, so that faults of fixed size (a floor of 50 ms, rounding
// to 10 ms) show at every CV.
const gammaMean = 100 * time.Millisecond

var gammaCVs = []float64{0.33, 0.5, 1, 2, 3}

// testedCVs leaves out under -short what takes the most samples.
func testedCVs() []float64 {
	if testing.Short() {
		return []float64{0.5}
	}
	return gammaCVs
}

func gammaOf(cv float64) Gamma { return Gamma{Mean: gammaMean, CV: cv} }

// gammaCDF is the regularised incomplete gamma function; it shares no code with
// the sampler.
func gammaCDF(g Gamma) cdf {
	k := 1 / (g.CV * g.CV)
	return func(x float64) float64 {
		if x <= 0 {
			return 0
		}
		return mathext.GammaIncReg(k, k*x/float64(g.Mean))
	}
}

// gammaMutant is a fault that a test of the gamma sampler must catch at the
// listed CVs. At the others it is either no fault (CV² is CV at 1, nothing of a
// narrow gamma lies above four means) or below what the test is for.
type gammaMutant struct {
	name string
	at   []float64
	n    int // samples that suffice to catch it; more make it only plainer
	draw func(g Gamma) sampler
}

func ksMutants() []gammaMutant {
	return []gammaMutant{
		{"shape and scale swapped", []float64{0.33, 0.5, 2, 3}, 20_000, func(g Gamma) sampler {
			return Gamma{g.Mean, 1 / g.CV}.Sample
		}},
		{"CV² for CV", []float64{0.33, 0.5, 2, 3}, 20_000, func(g Gamma) sampler {
			return Gamma{g.Mean, g.CV * g.CV}.Sample
		}},
		{"no boost below shape 1", []float64{2, 3}, 20_000, func(g Gamma) sampler {
			k := 1 / (g.CV * g.CV)
			return rawGamma(g, k+1, k)
		}},
		{"boost by U^k", []float64{2, 3}, 20_000, wrongBoost},
		{"clipped at 4 means", []float64{1, 2, 3}, 50_000, func(g Gamma) sampler {
			return changed(g, func(x time.Duration) time.Duration { return min(x, 4*g.Mean) })
		}},
		{"floor of 50 ms", gammaCVs, 20_000, func(g Gamma) sampler {
			return changed(g, func(x time.Duration) time.Duration { return max(x, 50*time.Millisecond) })
		}},
		{"lognormal instead", gammaCVs, 50_000, func(g Gamma) sampler { return Lognormal(g).Sample }},
	}
}

func adMutants() []gammaMutant {
	return []gammaMutant{
		{"rounded to 10 ms", gammaCVs, 20_000, func(g Gamma) sampler {
			return changed(g, func(x time.Duration) time.Duration { return x.Round(10 * time.Millisecond) })
		}},
		{"narrow CV off by 2 %", []float64{0.33, 0.5}, 200_000, wrongCV},
		{"wide CV off by 2 %", []float64{1, 2, 3}, 100_000, wrongCV},
		{"upper 0.5 % redrawn", []float64{0.5}, 200_000, func(g Gamma) sampler {
			limit := gammaQuantile(g, 0.995)
			return redrawn(g, func(x time.Duration) bool { return x > limit })
		}},
		{"lower 0.5 % redrawn", []float64{2}, 200_000, func(g Gamma) sampler {
			limit := gammaQuantile(g, 0.005)
			return redrawn(g, func(x time.Duration) bool { return x <= limit })
		}},
	}
}

func wrongCV(g Gamma) sampler { return Gamma{g.Mean, 1.02 * g.CV}.Sample }

func rawGamma(g Gamma, shape, rate float64) sampler {
	return func(src rand.Source) time.Duration {
		return toDuration(float64(g.Mean) * distuv.Gamma{Alpha: shape, Beta: rate, Src: src}.Rand())
	}
}

func wrongBoost(g Gamma) sampler {
	k := 1 / (g.CV * g.CV)
	boosted := rawGamma(g, k+1, k)
	return func(src rand.Source) time.Duration {
		return toDuration(float64(boosted(src)) * math.Pow(exact.Uniform(src), k))
	}
}

func changed(d Distribution, change func(time.Duration) time.Duration) sampler {
	return func(src rand.Source) time.Duration { return change(d.Sample(src)) }
}

func redrawn(d Distribution, refused func(time.Duration) bool) sampler {
	return func(src rand.Source) time.Duration {
		for {
			if x := d.Sample(src); !refused(x) {
				return x
			}
		}
	}
}

func gammaQuantile(g Gamma, p float64) time.Duration {
	k := 1 / (g.CV * g.CV)
	return toDuration(float64(g.Mean) / k * mathext.GammaIncRegInv(k, p))
}

// forEachCV compares a statistic with its limit: the real sampler stays below,
// each mutant exceeds it at the CVs where it must be caught.
func forEachCV(t *testing.T, mutants []gammaMutant, statistic func(u []float64) float64, limit float64) {
	for _, cv := range testedCVs() {
		t.Run(fmt.Sprintf("CV %v", cv), func(t *testing.T) {
			t.Parallel()
			g := gammaOf(cv)
			judge := func(t *testing.T, n int, s sampler, caught bool) {
				within(t, statistic(transform(draw(n, s), gammaCDF(g))), limit, caught)
			}
			t.Run("sampler", func(t *testing.T) { judge(t, 200_000, g.Sample, false) })
			for _, m := range mutants {
				if slices.Contains(m.at, cv) {
					t.Run("mutant "+m.name, func(t *testing.T) { judge(t, m.n, m.draw(g), true) })
				}
			}
		})
	}
}

func TestGammaKolmogorovSmirnov(t *testing.T) {
	forEachCV(t, ksMutants(), kolmogorov, ksLimit)
}

func TestGammaAndersonDarling(t *testing.T) {
	forEachCV(t, adMutants(), andersonDarling, adLimit)
}

// The mean needs (10 CV / 0.02)² samples to show that it is off by 2 %; half of
// them show a CV that is off by 5 %.
func TestGammaMeanAndVariance(t *testing.T) {
	for _, cv := range testedCVs() {
		t.Run(fmt.Sprintf("CV %v", cv), func(t *testing.T) {
			t.Parallel()
			g, n := gammaOf(cv), int(math.Ceil(250_000*cv*cv))
			samples := draw(n, g.Sample)
			within(t, gammaMeanZ(samples, g), zLimit, false)
			within(t, gammaVarianceZ(samples, g), zLimit, false)

			wrongMean := Gamma{g.Mean * 102 / 100, cv}
			within(t, gammaMeanZ(draw(n, wrongMean.Sample), g), zLimit, true)
			widened := Gamma{g.Mean, 1.05 * cv}
			within(t, gammaVarianceZ(draw(n/2, widened.Sample), g), zLimit, true)
		})
	}
}

func gammaMeanZ(samples []time.Duration, g Gamma) float64 {
	return math.Abs(meanZ(samples, float64(g.Mean), g.CV))
}

func gammaVarianceZ(samples []time.Duration, g Gamma) float64 {
	return math.Abs(varianceZ(samples, float64(g.Mean), g.CV, 3+6*g.CV*g.CV))
}

// A think time "between 1 and 3 s" is a gamma of mean 2 s and CV 0.3.
func TestGammaThinkTimeLiesBetweenOneAndThreeSeconds(t *testing.T) {
	inside := 0
	for _, x := range draw(200_000, Gamma{Mean: 2 * time.Second, CV: 0.3}.Sample) {
		if x >= time.Second && x <= 3*time.Second {
			inside++
		}
	}
	require.InDelta(t, 0.914, float64(inside)/200_000, 0.004)
}

func TestGammaWithoutSpreadIsConstant(t *testing.T) {
	for _, cv := range []float64{0, 1e-12, -1, math.NaN()} {
		src := stream.Key{}.Source()
		before := src
		require.Equal(t, time.Second, Gamma{time.Second, cv}.Sample(&src))
		require.Equal(t, before, src, "nothing is drawn")
	}
}

const adLimit = 13 // of A²
