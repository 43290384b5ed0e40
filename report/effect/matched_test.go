package effect

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// common makes two phases whose requests per second have a part of their noise in common.
func common(seed uint64, share int) (a, b func(int) handmade.Second) {
	r := rand.New(rand.NewPCG(seed, 17))
	noise := func(n int) (out []int) {
		for range 130 {
			sum := 0
			for range n {
				sum += r.IntN(9)
			}
			out = append(out, sum)
		}
		return out
	}
	both, x, y := noise(share), noise(8-share), noise(8-share)
	one := func(own []int) func(int) handmade.Second {
		return func(s int) handmade.Second { return handmade.Second{OK: handmade.Same(both[s]+own[s], 100*ms)} }
	}
	return one(x), one(y)
}

// matched makes a run whose two phases replay the same scripts.
func matched(a, b func(int) handmade.Second) *Report {
	run := handmade.Run(handmade.NewPhase("A", 130, a, 0), handmade.NewPhase("B", 129, b, 0))
	run.Phases[0].Replay, run.Phases[1].Replay = 1, 1
	r, err := Between(Phase{run, "A"}, Phase{run, "B"}, Options{Primary: Throughput})
	if err != nil {
		panic(err)
	}
	return r
}

// The variance that replays saved is the part of the noise that the phases have in common.
func TestReplaysSaveWhatIsCommon(t *testing.T) {
	for share, want := range map[int]float64{0: 0, 4: .5, 8: 1} {
		mean, seeds, slack := 0.0, 60, 1.
		if testing.Short() {
			seeds, slack = 6, 3
		} else if Raced {
			seeds, slack = 12, 2
		}
		for seed := range seeds {
			r := matched(common(uint64(seed), share))
			mean += r.Saved / float64(seeds)
			checkReport(t, r)
		}
		assert.InDelta(t, want, mean, slack*.09, "%d of 8", share) // sd of one: .29, .2 and 0
	}
	r := matched(common(1, 8))
	assert.Greater(t, r.Saved, .95, "except for a second at the end")
	assert.Contains(t, strings.Join(r.Sentences(), "\n"), "Replaying the same scripts took away ")
	for saved, doubted := range map[float64]bool{.54: true, .57: false} { // .553 by the tables for 11 degrees of freedom
		r.Saved = saved
		assert.Equal(t, doubted, strings.Contains(strings.Join(r.Sentences(), "\n"), "which one run cannot tell from chance"))
	}
}

func TestNothingIsSavedWithoutReplays(t *testing.T) {
	a, b := common(1, 8)
	run := handmade.Run(handmade.NewPhase("A", 130, a, 0), handmade.NewPhase("B", 130, b, 0))
	r := ab(t, run, Options{Primary: Throughput})
	assert.Zero(t, r.Saved)
	assert.NotContains(t, strings.Join(r.Sentences(), "\n"), "Replaying")
	for _, c := range []func(int) handmade.Second{handmade.Always(nil, 0), handmade.Always(handmade.Same(9, ms), 0)} { // nothing, and nothing that moves
		assert.Zero(t, matched(c, c).Saved)
	}
	run.Phases[0].Replay, run.Phases[1].Replay = 1, 2
	assert.Zero(t, ab(t, run, Options{Primary: Throughput}).Saved, "different scripts")
}
