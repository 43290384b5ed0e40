package capacity_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/internal/simulate/station"
)

// The capacity of targets that is known from Erlang's formulae, or from long runs of them, is found without bias, and the interval
// holds it. docs/statistics.md has the table of many more runs.
func TestKnownCapacitiesAreFound(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("takes seconds of simulation")
	}
	const runs = 20
	eight := station.Target{Servers: 8, Service: .04, Slower: .2, Share: .05}
	limited, users, slow, collapsing := eight, eight, eight, eight
	limited.Slots, users.Think, collapsing.Crowded = 24, 1, .01
	slow.CV, slow.SlowTau, slow.SlowSD = 1.5, 5, .1
	for _, c := range []struct {
		name     string
		target   station.Target
		from     float64
		capacity float64
		bias     float64
		width    float64 // half of it, the median
	}{
		{"M/M/8", eight, 20, 180.46, .015, .03},
		{"with a limit of 24 requests", limited, 20, 191.73, .015, .025},
		{"users", users, 10, 206.7, .015, .025},
		{"slow noise", slow, 20, 155.07, .03, .15},
		{"collapses, kept for a minute", collapsing, 20, 155.2, .03, .3},
	} {
		search := capacity.Search{Limit: .05, From: c.from, To: 2000, Users: c.target.Think > 0, Time: 15 * time.Minute}
		var bias float64
		var widths []float64
		held := 0
		for rep := range uint64(runs) {
			r := search.Estimate(c.target.New(rand.New(rand.NewPCG(rep, 17))).Search(search))
			assert.Equal(t, capacity.Found, r.Outcome, c.name)
			bias += (r.Capacity/c.capacity - 1) / runs
			widths = append(widths, (r.High-r.Low)/2/c.capacity)
			if r.Low <= c.capacity && c.capacity <= r.High {
				held++
			}
		}
		slices.Sort(widths)
		assert.Less(t, math.Abs(bias), c.bias, c.name)
		assert.GreaterOrEqual(t, held, 16, c.name)
		assert.Less(t, widths[runs/2], c.width, c.name)
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
