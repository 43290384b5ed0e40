package phase

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/scenario"
)

// exampleSchedule is a baseline and an intervention with more users, each ramped.
var exampleSchedule = Schedule{
	{Name: "baseline", For: 5 * time.Minute, Users: 10, SpawnRate: 2},
	{Name: "intervention", For: 10 * time.Minute, Users: 50, SpawnRate: 2},
}

// arrivalSource is the random stream of the arrivals of a replicate.
func arrivalSource(replicate uint64) *rand.PCG {
	src := stream.Key{Seed: 1, Purpose: stream.Arrival, Replicate: replicate}.Source()
	return &src
}

// arrivalTimes are the arrivals of a whole phase.
func arrivalTimes(a Arrivals, length time.Duration, replicate uint64) (at []time.Duration) {
	s := a.Stream(length, arrivalSource(replicate))
	for t, ok := s.Next(); ok; t, ok = s.Next() {
		at = append(at, t)
	}
	return at
}

// levelStep is one change of the number of users.
type levelStep struct {
	at    time.Duration // offset from the start of the run
	users int           // level after the step
	delta int           // +1 or -1
}

// kindsOf returns kinds A, B, C... with these weights; a negative one is a fixed count.
func kindsOf(weights ...float64) (kinds []scenario.Kind) {
	for i, w := range weights {
		k := scenario.Kind{Name: string(rune('A' + i)), Weight: max(0, w)}
		if w < 0 {
			k.Count = int(-w)
		}
		kinds = append(kinds, k)
	}
	return kinds
}

// orderOf is the order of users of these kinds.
func orderOf(t require.TestingT, kinds []scenario.Kind, shares Shares) *Order {
	o, err := NewOrder(kinds, shares)
	require.NoError(t, err)
	return o
}

// drawMix draws 1 to 6 kinds, some of them with a fixed count, some without a share.
func drawMix(t *rapid.T) []scenario.Kind {
	var weights []float64
	for i := range rapid.IntRange(1, 6).Draw(t, "kinds") {
		switch {
		case i > 0 && rapid.IntRange(0, 3).Draw(t, "what") == 0:
			weights = append(weights, float64(-rapid.IntRange(1, 9).Draw(t, "count")))
		case i > 0 && rapid.IntRange(0, 5).Draw(t, "what") == 0:
			weights = append(weights, 0)
		default:
			weights = append(weights, drawWeight(t))
		}
	}
	return kindsOf(weights...)
}

// drawWeight draws a weight, also a tiny or a huge one.
func drawWeight(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Map(rapid.IntRange(1, 100), func(n int) float64 { return float64(n) }),
		rapid.Float64Range(1e-9, 1), rapid.Float64Range(1, 1e12)).Draw(t, "weight")
}

// exact checks that users of some level are those of the order, each kind within its share.
func exact(t require.TestingT, kinds []scenario.Kind, o *Order, have []int) {
	n, with := 0, 0
	for k := range kinds {
		n += have[k]
		if o.shares.weights[k] > 0 {
			with++
		}
	}
	require.Equal(t, o.Counts(n), have, "a function of the level")
	above := max(0, n-o.Fixed())
	for k, kind := range kinds {
		if kind.Count > 0 {
			require.LessOrEqual(t, have[k], kind.Count)
			if above > 0 {
				require.Equal(t, kind.Count, have[k], "fixed counts first")
			}
			continue
		}
		off := math.Abs(float64(have[k]) - o.Share(k)*float64(above))
		bound := 1 - 1/float64(max(1, 2*with-2))
		require.LessOrEqual(t, off, bound+1e-6, "kind %s: %d of %d above %d, its share is %v", kind.Name, have[k], n, o.Fixed(), o.Share(k))
	}
}

// randomStages rise, fall, stay and jump, between whole and between broken levels.
func randomStages(r *rand.Rand) Stages {
	s := make(Stages, 1+r.IntN(7))
	for i := range s {
		s[i].To = float64(r.IntN(60)) / float64([]int{1, 2, 7, 1000}[r.IntN(4)])
		if r.IntN(4) > 0 {
			s[i].For = time.Duration(r.Int64N(int64(20 * time.Second)))
		}
		if i > 0 && r.IntN(4) == 0 {
			s[i].To = s[i-1].To
		}
	}
	s[r.IntN(len(s))] = Stage{For: time.Minute, To: 9}
	return s
}
