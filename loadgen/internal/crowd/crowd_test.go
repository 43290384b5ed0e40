package crowd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// TestPlacesAreTheirUsers through waves and new shares: numbers without a gap and never twice, a seat for
// one user at a time and none above the most there were, and each kind dealt out evenly.
func TestPlacesAreTheirUsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kinds []scenario.Kind
		for i := range rapid.IntRange(1, 5).Draw(t, "kinds") {
			kinds = append(kinds, scenario.Kind{Name: fmt.Sprint(i), Weight: float64(rapid.IntRange(1, 20).Draw(t, "weight"))})
		}
		c := New[Place](len(kinds), rand.New(rand.NewPCG(1, 2)), true)
		there, most, born := make([]map[int]bool, len(kinds)), make([]int, len(kinds)), make([]uint64, len(kinds))
		for k := range there {
			there[k] = map[int]bool{}
		}
		machines := uint64(rapid.SampledFrom([]int{1, 2, 3, 5, 8, 64}).Draw(t, "machines"))
		dealt := make([][]int, len(kinds))
		for k := range dealt {
			dealt[k] = make([]int, machines)
		}
		user := uint64(0)
		come := func(p Place) {
			user++
			born[p.Kind]++
			require.Equal(t, user, p.User)
			require.Equal(t, born[p.Kind], p.Index)
			dealt[p.Kind][p.Deal()%machines]++
		}
		join := func(p Place) {
			come(p)
			require.False(t, there[p.Kind][p.Seat], "a seat is lent to one user at a time")
			there[p.Kind][p.Seat] = true
			most[p.Kind] = max(most[p.Kind], len(there[p.Kind]))
			require.LessOrEqual(t, p.Seat, most[p.Kind])
			c.Put(p, p)
		}
		leave := func(p Place) {
			require.True(t, there[p.Kind][p.Seat])
			delete(there[p.Kind], p.Seat)
		}
		for range rapid.IntRange(1, 8).Draw(t, "phases") {
			shares := phase.Shares{}
			for _, k := range kinds {
				shares[k.Name] = float64(rapid.IntRange(1, 20).Draw(t, "share"))
			}
			o, err := phase.NewOrder(kinds, shares)
			require.NoError(t, err)
			c.Follow(o)
			for to := rapid.IntRange(0, 40).Draw(t, "level"); c.Users() != to; {
				if c.Users() < to {
					join(c.Join())
				} else {
					leave(c.Leave())
				}
			}
			for c.Pending() > 0 && rapid.IntRange(0, 9).Draw(t, "border") > 0 {
				left, p := c.Swap()
				leave(left)
				join(p)
			}
			if rapid.Bool().Draw(t, "arrival") {
				come(c.Arrive(0))
			}
		}
		n := 0
		c.All(func(p Place, who *Place) {
			n++
			require.Equal(t, *who, p)
		})
		require.Equal(t, c.Users(), n)
		for k := range dealt {
			for _, d := range dealt[k] {
				require.InDelta(t, float64(born[k])/float64(machines), d, 1, "each machine has its part of each kind")
			}
		}
	})
}

// TestKindsThatTakeTurnsAreNotOneKindAMachine: every machine has users of each, and as many as the other at every level.
func TestKindsThatTakeTurnsAreNotOneKindAMachine(t *testing.T) {
	o, err := phase.NewOrder([]scenario.Kind{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}, nil)
	require.NoError(t, err)
	c := New[bool](2, rand.New(rand.NewPCG(1, 2)), false)
	c.Follow(o)
	var on [2]int
	kinds := map[[2]int]int{}
	for range 100 {
		p := c.Join()
		machine := int(p.Deal() % 2)
		on[machine]++
		kinds[[2]int{machine, p.Kind}]++
		require.InDelta(t, on[0], on[1], 1)
	}
	require.Equal(t, map[[2]int]int{{0, 0}: 25, {0, 1}: 25, {1, 0}: 25, {1, 1}: 25}, kinds)
}

func Example() {
	c := New[string](1, rand.New(rand.NewPCG(1, 2)), false)
	for _, name := range []string{"ada", "bob"} {
		c.Put(c.Join(), name)
	}
	c.Leave()
	fmt.Printf("%+v", c.Join())
	// Output: {User:3 Index:3 Kind:0 Seat:1}
}
