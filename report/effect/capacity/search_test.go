package capacity

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheStaircaseClimbsComesBackAndTurns(t *testing.T) {
	holds := walk(p95(), at(30))
	assert.Equal(t, []float64{10, 13.5, 18.23, 24.61, 33.22, 30.2, 27.45, 28.27, 29.12, 29.99, 30.89, 27.45, 28.27, 29.12}, loads(holds)[:14])
	assert.Len(t, holds, 60, "15 min of 15 s each")
}

func TestUsersAreWholeAndNeverStay(t *testing.T) {
	s := p95()
	s.Users, s.From, s.To = true, 1, 500
	holds := walk(s, at(7))
	assert.Equal(t, []float64{1, 2, 3, 4, 5, 7, 9, 8, 7, 8, 7}, loads(holds)[:11])
}

func TestAFloodEndsTheClimbAndCountsNoTimeThatItDidNotTake(t *testing.T) {
	holds := walk(p95(), func(l float64) float64 {
		if l > 30 {
			return 2
		}
		return .01
	})
	require.True(t, holds[4].Flooded)
	assert.Equal(t, 68*time.Second, holds[4].End)
}

// A hold that is far over the limit takes the search further back than one that is a little over it.
func TestTheWorseAHoldTheFurtherBack(t *testing.T) {
	for _, c := range []struct{ slow, next float64 }{{.06, 29.99}, {.1, 29.11}, {.15, 28.27}, {.9, 27.44}, {2, 27.44}} {
		holds := walk(p95(), func(l float64) float64 {
			if l > 30 {
				return c.slow
			}
			return .01
		})
		assert.InDelta(t, c.next, holds[11].Load, .02, "after %v at %v/s", c.slow, holds[10].Load)
	}
}

// Floods take their time to come, so where there are many of them holds last as long as they may.
func TestHoldsLastLongerWhereManyAreFloods(t *testing.T) {
	holds := walk(p95(), func(l float64) float64 {
		if l > 30 {
			return 2
		}
		return .01
	})
	step, _ := p95().Next(holds[:len(holds)-1])
	assert.Equal(t, time.Minute, step.For)
}

// A search that bad holds turn far below the capacity by chance comes to it all the same.
func TestASearchThatTurnedTooLowClimbsFaster(t *testing.T) {
	for _, users := range []bool{false, true} {
		s := p95()
		s.Users = users
		n := 0
		holds := walk(s, func(l float64) float64 {
			if n++; (n-1)/11 == 1 || (n-1)/11 == 3 { // asked once for the hold, and for each of its seconds
				return .2
			}
			return at(300)(l)
		})
		require.Equal(t, 4, s.turns(holds[:5]))
		require.Less(t, holds[4].Load, 15.)
		above := slices.IndexFunc(holds, func(h Hold) bool { return h.Load > 240 })
		require.Positive(t, above)
		assert.Less(t, above, 30, "steps of 3 % or of one user come no further than %v", 60)
	}
}

// A claim that does not hold at the lowest load is tried twice there and at two higher loads before the search gives up.
func TestTheLowestLoadMayBeASpecialCase(t *testing.T) {
	assert.Equal(t, []float64{10, 10, 13.5, 18.23}, loads(walk(p95(), at(5))))
	warm := walk(p95(), func(l float64) float64 {
		if l < 12 {
			return .5
		}
		return at(30)(l)
	})
	assert.Greater(t, len(warm), 15, "it holds above")
}

func TestASearchThatMayGoNoHigherEnds(t *testing.T) {
	s := p95()
	s.To = 20
	assert.Equal(t, []float64{10, 13.5, 18.23, 20, 20, 20}, loads(walk(s, at(1000))))
}

// Where the target is slow for half a minute and then fast for half a minute, holds get longer, as far as the time allows.
func TestHoldsLastLongerWhereAnswersAreCorrelated(t *testing.T) {
	n := 0
	holds := walk(p95(), func(float64) float64 {
		n++
		if n/33%2 == 0 { // three holds of 10 s that count, with one call more each
			return .2
		}
		return .01
	})
	longest := time.Duration(0)
	for i := 1; i < len(holds); i++ {
		longest = max(longest, holds[i].End-holds[i-1].End)
	}
	assert.Equal(t, 60*time.Second, longest)
}

func TestWhatIsAFlood(t *testing.T) {
	s := p95()
	kept := []Hold{{Load: 50, Busy: 5, Seconds: []Second{{Count: 50}}}}
	for _, c := range []struct {
		what     string
		holds    []Hold
		load     float64
		inFlight float64
		flooded  bool
	}{
		{"no load was kept before", nil, 10, 300, false},
		{"half a minute of arrivals", nil, 10, 301, true},
		{"a second of arrivals and four times what is usual", kept, 100, 140, false},
		{"more than that", kept, 100, 141, true},
	} {
		assert.Equal(t, c.flooded, s.Flooded(c.holds, c.load, c.inFlight), c.what)
	}
	s.Users = true
	assert.False(t, s.Flooded(kept, 100, 1e6), "users wait for their answers")
}

func TestSearchesThatAreRefused(t *testing.T) {
	require.NoError(t, p95().Validate())
	for _, c := range []struct {
		change func(*Search)
		says   string
	}{
		{func(s *Search) { s.Limit = 0 }, "capacity: Limit is 0; want a number above 0, as a claim that allows nothing is kept or broken by chance"},
		{func(s *Search) { s.Limit = math.NaN() }, "capacity: Limit is NaN; want a number above 0, as a claim that allows nothing is kept or broken by chance"},
		{func(s *Search) { s.From = 0 }, "capacity: from 0 to 1000; want 0 < From < To"},
		{func(s *Search) { s.To = 10 }, "capacity: from 10 to 10; want 0 < From < To"},
		{func(s *Search) { s.Users, s.From = true, 1.5 }, "capacity: from 1.5 to 1000; want whole numbers of users"},
		{func(s *Search) { s.Hold = time.Second }, "capacity: Hold is 1s; want 3 s or more, or 0 for 15 s"},
		{func(s *Search) { s.Time = time.Minute }, "capacity: Time is 1m0s; want at least 3m45s, for 15 holds of 15s"},
	} {
		s := p95()
		c.change(&s)
		assert.EqualError(t, s.Validate(), c.says)
	}
}

// loads are those of holds.
func loads(holds []Hold) (out []float64) {
	for _, h := range holds {
		out = append(out, h.Load)
	}
	return out
}

// However many steps the way down takes, it meets the loads of the way up: a table has one row for each.
func TestTheSameLoadsAreTriedAgain(t *testing.T) {
	s := Search{Limit: .05, From: 20, To: 1000, Time: 30 * time.Minute}
	var holds []Hold
	for i := 0; ; i++ {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		slow := 0.
		if step.Load > 170 {
			slow = []float64{0, 60, 90, 0, 160}[i%5] // one to four steps down
		}
		holds = append(holds, Hold{Load: step.Load, End: time.Duration(i+1) * step.For, Seconds: []Second{{Count: 1000, Sum: slow}}})
	}
	r := s.Estimate(holds)
	for i := range r.Curve[1:] {
		assert.Greater(t, r.Curve[i+1].Load/r.Curve[i].Load, 1.005, "%v", r.Curve[i].Load)
	}
	assert.Greater(t, len(holds), 100)
}
