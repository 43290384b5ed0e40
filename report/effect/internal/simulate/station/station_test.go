package station

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The share of slow requests at the capacity that Erlang's formulae give is that of the claim.
func TestStationsAgainstErlang(t *testing.T) {
	seconds := 8000
	if testing.Short() {
		seconds = 2000
	}
	eight := Target{Servers: 8, Service: .04, Slower: .2, Share: .05}
	limited, users := eight, eight
	limited.Slots, users.Think = 24, 1
	for _, c := range []struct {
		name   string
		target Target
		load   float64
		slow   float64
	}{
		{"M/M/8", eight, 180.46, .05},
		{"with room for 24", limited, 191.73, .05},
		{"206 users", users, 206, .04675},
	} {
		got := c.target.New(rand.New(rand.NewPCG(1, 2))).Slow(c.load, seconds)
		assert.InDelta(t, c.slow, got, .012, c.name)
	}
}

func TestAStationThatIsFloodedDoesNotComeBack(t *testing.T) {
	crowded := Target{Servers: 8, Service: .04, Slower: .2, Share: .05, Crowded: .01}
	assert.Less(t, crowded.New(rand.New(rand.NewPCG(1, 2))).Slow(120, 500), .02)
	assert.Equal(t, 1.0, crowded.New(rand.New(rand.NewPCG(1, 2))).Slow(190, 500))
}

func TestUsersComeAndGo(t *testing.T) {
	s := Target{Servers: 8, Service: .04, Slower: .2, Think: 1}.New(rand.New(rand.NewPCG(1, 2)))
	for _, users := range []int{3, 50, 7, 0} {
		s.second(float64(users))
		assert.Len(t, s.users, users)
	}
}

// What collapses keeps a load the less likely the longer it has to.
func TestWhatCollapsesIsKeptForATimeOnly(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 20
	}
	crowded := Target{Servers: 8, Service: .04, Slower: .2, Share: .05, Crowded: .01}
	held := func(load float64, hold time.Duration) float64 {
		return crowded.Held(load, hold, n, rand.New(rand.NewPCG(1, 2)))
	}
	assert.Less(t, held(140, time.Minute), .02)
	assert.Less(t, held(165, 15*time.Second), .3)
	assert.Greater(t, held(165, 2*time.Minute), .4)
	assert.Greater(t, held(200, 15*time.Second), .9)
}
