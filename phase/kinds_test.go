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
