package phase

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/scenario"
)

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

func orderOf(t require.TestingT, kinds []scenario.Kind, shares Shares) *Order {
	o, err := NewOrder(kinds, shares)
	require.NoError(t, err)
	return o
}

func joins(o *Order, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte(byte('A' + o.Kind(i+1)))
	}
	return b.String()
}

func TestOrdersAreFrozen(t *testing.T) {
	for _, tc := range []struct {
		kinds  []scenario.Kind
		shares Shares
		want   string
	}{
		{kindsOf(8, 2), nil, "AABAAAABAAAABAA"},
		{kindsOf(.8, .2), nil, "AABAAAABAA"},
		{kindsOf(5, 3, 2), nil, "ABACABACBAABACABACBA"},
		{kindsOf(80, 20, -2), nil, "CCAABAAAABAA"},
		{kindsOf(80, 20, -2), Shares{"A": 95, "B": 5}, "CCAAAAAAAAAABAAAAAAAAA"},
		{kindsOf(-1, 3, -2), nil, "CACBBB"},
		{kindsOf(1, 0, 1), nil, "ACAC"},
		{kindsOf(1, 0, 1), Shares{"B": 1}, "BBBB"},
		{kindsOf(-1, -2), nil, "BABBAB"}, // more than the counts, by hand
	} {
		assert.Equal(t, tc.want, joins(orderOf(t, tc.kinds, tc.shares), len(tc.want)), "%v %v", tc.kinds, tc.shares)
	}
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

func TestEveryLevelHasItsShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := drawMix(t)
		o := orderOf(t, kinds, nil)
		have := make([]int, len(kinds))
		for n := range rapid.IntRange(1, 400).Draw(t, "level") {
			have[o.Kind(n+1)]++
			exact(t, kinds, o, have)
		}
		for k, kind := range kinds {
			if kind.Weight > 0 {
				require.Greater(t, o.Share(k), 0.0)
			}
		}
	})
}

func TestArrivalsOfKinds(t *testing.T) {
	o := orderOf(t, kindsOf(8, 2, -3), nil)
	var got strings.Builder
	for range 10 {
		fmt.Fprintf(&got, "%c", 'A'+o.Arrival())
	}
	assert.Equal(t, "AABAAAABAA", got.String())
}

func TestOrdersRefuse(t *testing.T) {
	for _, tc := range []struct {
		kinds  []scenario.Kind
		shares Shares
		want   string
	}{
		{kindsOf(1, 1), Shares{}, "the mix of kinds is empty: want at least one"},
		{kindsOf(1, 1), Shares{"D": 1}, `unknown kind "D": want one of A, B`},
		{kindsOf(1, 1, -2), Shares{"C": 1}, `kind "C" has a fixed count: want one of A, B`},
		{kindsOf(1, 1), Shares{"A": 0}, "all weights are zero: want at least one of A, B above 0"},
		{kindsOf(1, 1), Shares{"A": math.NaN()}, `the share of "A" is NaN: want a finite number of at least 0`},
		{make([]scenario.Kind, 257), nil, "there are 257 kinds: want at most 256"},
		{kindsOf(0, 0), nil, "all weights are zero: want at least one of A, B above 0"},
	} {
		_, err := NewOrder(tc.kinds, tc.shares)
		assert.EqualError(t, err, tc.want)
	}
}
