package capacity_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/internal/simulate/station"
)

// The capacity of targets whose own is known from Erlang's formulae is found without bias, and the interval holds
// it. docs/statistics.md has the table of many more runs.
func TestKnownCapacitiesAreFound(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes seconds of simulation")
	}
	const runs = 20
	eight := station.Target{Servers: 8, Service: .04, Slower: .2, Share: .05}
	limited, users := eight, eight
	limited.Slots, users.Think = 24, 1
	for _, c := range []struct {
		name     string
		target   station.Target
		from     float64
		capacity float64
		width    float64
	}{
		{"M/M/8", eight, 20, 180.46, .04},
		{"with a limit of 24 requests", limited, 20, 191.73, .03},
		{"users", users, 10, 206.7, .04},
	} {
		search := capacity.Search{Limit: .05, From: c.from, To: 2000, Users: c.target.Think > 0, Time: 15 * time.Minute}
		var bias, width float64
		held := 0
		for rep := range uint64(runs) {
			r := search.Estimate(c.target.New(rand.New(rand.NewPCG(rep, 17))).Search(search))
			assert.Equal(t, capacity.Found, r.Outcome, c.name)
			bias += (r.Capacity/c.capacity - 1) / runs
			width += (r.High - r.Low) / 2 / c.capacity / runs
			if r.Low <= c.capacity && c.capacity <= r.High {
				held++
			}
		}
		assert.Less(t, math.Abs(bias), .015, c.name)
		assert.GreaterOrEqual(t, held, 17, c.name)
		assert.Less(t, width, c.width, c.name)
	}
}

// A target that is slow while it has little to do gives no figure.
func TestATargetThatIsFastOnlyUnderLoadHasNoCapacity(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	cold := station.Target{Servers: 8, Service: .04, Slower: .2, Share: .05, Warm: 30}
	search := capacity.Search{Claim: "p95 < 200ms", Limit: .05, From: 20, To: 2000, Time: 15 * time.Minute}
	r := search.Estimate(cold.New(rand.New(rand.NewPCG(1, 17))).Search(search))
	assert.Equal(t, "No capacity: p95 < 200ms does not hold at 20/s and holds at 36.5/s, so that no load separates where it holds from where it does not.", r.Sentence())
}
