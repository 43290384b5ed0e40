package phase

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
)

func shape(s Schedule) (names, arms string) {
	var n []string
	for _, p := range s {
		n, arms = append(n, p.Name), arms+p.Arm
	}
	return strings.Join(n, " "), arms
}

func TestDesigns(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 3}, Phase{Name: "stress", For: time.Minute, Users: 5}
	for _, c := range []struct {
		s           Schedule
		names, arms string
	}{
		{AB(a, b), "baseline stress", "AB"},
		{ABA(a, b), "baseline stress baseline-2", "ABA"},
		{AA(3, a), "baseline-1 baseline-2 baseline-3", "AAA"},
	} {
		names, arms := shape(c.s)
		assert.Equal(t, c.names, names)
		assert.Equal(t, c.arms, arms)
		require.NoError(t, c.s.Validate())
	}
	assert.Equal(t, 5, ABA(a, b)[1].Users)
	assert.Equal(t, 3, ABA(a, b)[2].Users)
	assert.Empty(t, Pairs(0, 1, a, b))
}

// The order inside the pairs is a fair coin's, and the seed's.
func TestPairsAreInRandomOrder(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 1}, Phase{For: time.Minute, Users: 1}
	s := Pairs(10, 1, a, b)
	require.NoError(t, s.Validate())
	_, arms := shape(s)
	_, again := shape(Pairs(10, 1, a, b))
	_, other := shape(Pairs(10, 2, a, b))
	assert.Equal(t, arms, again)
	assert.NotEqual(t, arms, other)
	aFirst := 0
	for seed := range uint64(1000) {
		_, arms := shape(Pairs(4, seed, a, b))
		require.Len(t, arms, 8)
		for i := 0; i < 8; i += 2 {
			require.NotEqual(t, arms[i], arms[i+1])
			if arms[i] == 'A' {
				aFirst++
			}
		}
	}
	assert.InDelta(t, 2000, aFirst, 160, "five standard deviations") // sd 31.6
}

// The plan as text names arms and replays.
func TestTimelineNamesArmsAndReplays(t *testing.T) {
	a := Phase{For: time.Minute, Users: 1}
	var b strings.Builder
	d := Defaults{Pace: scenario.Between(1, 3), Tasks: []scenario.Task{{Name: "x", Weight: 1}}}
	require.NoError(t, Matched(AB(a, a)).Timeline(&b, d))
	assert.Contains(t, b.String(), "replay (all phases): the same user scripts, number 1\n")
	assert.Contains(t, b.String(), "\nbaseline (A) ")
	assert.Contains(t, b.String(), "\nintervention (B) ")
}

func TestMatchedNumbersItsReplays(t *testing.T) {
	a, b := Phase{For: time.Minute, Users: 1}, Phase{For: time.Minute, Users: 1}
	replays := func(s Schedule) (out []uint64) {
		for _, p := range Matched(s) {
			out = append(out, p.Replay)
		}
		return out
	}
	assert.Equal(t, []uint64{1, 1}, replays(AB(a, b)))
	assert.Equal(t, []uint64{1, 1, 1}, replays(ABA(a, b)))
	assert.Equal(t, []uint64{1, 1}, replays(AA(2, a)))
	assert.Equal(t, []uint64{0, 1, 1}, replays(append(Schedule{{Name: "warm-up", For: 1, Users: 1}}, AB(a, b)...)))
	pairs := Matched(Pairs(3, 7, a, b))
	for i, p := range pairs {
		assert.EqualValues(t, i/2+1, p.Replay, p.Name)
	}
	assert.Zero(t, AB(a, b)[0].Replay, "the schedule given is left as it is")
}
