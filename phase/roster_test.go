package phase

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRostersFollowTheirOrder through waves and new shares.
func TestRostersFollowTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := drawMix(t)
		o := orderOf(t, kinds, nil)
		var r Roster
		r.Follow(o)
		for range rapid.IntRange(1, 6).Draw(t, "phases") {
			if rapid.Bool().Draw(t, "new shares") {
				shares := Shares{}
				for _, k := range kinds {
					if k.Count == 0 && (k.Name == "A" || rapid.Bool().Draw(t, "named")) {
						shares[k.Name] = drawWeight(t)
					}
				}
				if len(shares) > 0 {
					o = orderOf(t, kinds, shares)
					r.Follow(o)
				}
			}
			to := rapid.IntRange(0, 60).Draw(t, "level")
			will := r.After(to)
			settled := r.Pending() == 0
			for r.Users() != to {
				before := r.Pending()
				if r.Users() < to {
					r.Join()
				} else {
					r.Leave()
				}
				require.LessOrEqual(t, r.Pending(), before+1)
				if settled {
					require.Zero(t, r.Pending())
					exact(t, kinds, o, r.have)
				}
			}
			require.Equal(t, will, r.Pending())
			if rapid.Bool().Draw(t, "cut short") {
				continue
			}
			for left := r.Pending(); left > 0; left-- {
				leaves, joins := r.Swap()
				require.NotEqual(t, leaves, joins)
				require.Equal(t, left-1, r.Pending())
			}
			exact(t, kinds, o, r.have)
		}
	})
}

func BenchmarkRoster(b *testing.B) {
	for _, n := range []int{3, 64} {
		b.Run(fmt.Sprint(n, " kinds"), func(b *testing.B) {
			weights := make([]float64, n)
			for i := range weights {
				weights[i] = float64(i + 1)
			}
			o := orderOf(b, kindsOf(weights...), nil)
			var r Roster
			r.Follow(o)
			b.ReportAllocs()
			for b.Loop() {
				if r.Join(); r.Users() == 100_000 {
					for r.Users() > 0 {
						r.Leave()
					}
				}
			}
		})
	}
}
