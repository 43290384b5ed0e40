package loadgen

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// startTeam starts the shares of a run, whose offset 0 is a second away.
func startTeam(t *testing.T, r Runner, n int) *team {
	c := &team{deeds: &deeds{all: map[string]map[int][]deed{}}}
	r.NewUser = func(env scenario.Env) (scenario.User, error) { return &doer{env, c.deeds}, nil }
	for i := range n {
		m, err := r.Member(Share{Index: i, Of: n})
		require.NoError(t, err)
		c.members = append(c.members, m)
		c.over.Go(func() { assert.NoError(t, m.Run(t.Context(), Line{Since: time.Now(), At: -time.Second})) })
	}
	synctest.Wait()
	return c
}

// shaped has stages that rise, jump, stay and fall, of users and of sessions, and a matched curve.
var shaped = phase.Schedule{
	{Name: "wave", Stages: phase.Stages{{For: 20 * time.Second, To: 30}, {For: 10 * time.Second, To: 30}, {To: 44}, {For: 5 * time.Second, To: 44}, {For: 25 * time.Second, To: 3.5}}},
	{Name: "sine", Stages: phase.Sine(12, 9, 17*time.Second, time.Minute), Arm: "A", Replay: 1},
	{Name: "sessions", Arrivals: &phase.Arrivals{Spacing: phase.Poisson, Session: true, Stages: phase.Stages{{For: 30 * time.Second, To: 3}, {For: 30 * time.Second, To: 0}}}},
	{Name: "again", For: 50 * time.Second, Stages: phase.Sine(12, 9, 17*time.Second, time.Minute), Arm: "B", Replay: 1},
}

// Whatever the number of processes, the same users do the same at the same instants.
func TestSharesTogetherAreTheRun(t *testing.T) {
	onOneProcessor(t)
	runs := map[string]phase.Schedule{
		"up and down": upAndDown,
		"stages":      shaped,
		"pairs":       phase.Matched(phase.Pairs(2, 1, quarter, phase.Phase{For: 5 * time.Minute, Users: 13})),
		"sessions": {
			{Name: "a", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 2, Session: true}},
			{Name: "level", For: time.Minute, Users: 5},
			{Name: "b", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1, RateTo: 5, Session: true}, Arm: "x", Replay: 1},
		},
	}
	for name, schedule := range runs {
		if testing.Short() && (name == "up and down" || name == "pairs") {
			continue
		}
		r := Runner{Pace: bursty, Schedule: schedule, Seed: 3}
		whole := deedsOf(t, r.Pace, r.Schedule)
		require.NotEmpty(t, whole.all)
		for _, n := range unlessShort(unlessRaced([]int{1, 2, 3, 5, 8, 64}, []int{1, 3, 64}), []int{3}) {
			synctest.Test(t, func(t *testing.T) {
				c := startTeam(t, r, n)
				c.over.Wait()
				assert.Equal(t, whole.all, c.all, "%s, %d shares", name, n)
				for _, m := range c.members {
					assert.Equal(t, c.members[0].Plan().Digest(), m.Plan().Digest())
				}
			})
		}
	}
}

// Single tasks that arrive have the same instants and are the same, in any share.
func TestSharesOfArrivalsAreTheRun(t *testing.T) {
	onOneProcessor(t)
	r := Runner{Seed: 3, Schedule: phase.Schedule{
		{Name: "steady", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 30}},
		{Name: "rising", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 10, RateTo: 60, Spacing: phase.Even}},
		{Name: "staged", Arrivals: &phase.Arrivals{Spacing: phase.Poisson, Stages: phase.Stages{{For: 30 * time.Second, To: 40}, {For: 10 * time.Second, To: 0}, {To: 20}, {For: 20 * time.Second, To: 20}}}},
	}}
	whole := deedsOf(t, r.Pace, r.Schedule)
	require.NotEmpty(t, whole.byTime("rising"))
	for _, n := range unlessShort(unlessRaced([]int{1, 2, 3, 5, 8, 64}, []int{1, 3, 64}), []int{3}) {
		synctest.Test(t, func(t *testing.T) {
			c := startTeam(t, r, n)
			c.over.Wait()
			for _, name := range []string{"steady", "rising", "staged"} {
				assert.Equal(t, whole.byTime(name), c.byTime(name), "%s, %d shares", name, n)
			}
		})
	}
}

// The level is exact over all shares, by plan and by hand.
func TestLevelOverShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Runner{Pace: bursty, Schedule: upAndDown, Seed: 3}
		c := startTeam(t, r, 3)
		c.until(0)
		for at := time.Duration(0); at < 100*time.Second; at += 77 * time.Millisecond {
			c.until(at)
			synctest.Wait()
			require.Equal(t, r.Schedule.UsersAt(at), c.users(), "at %v", at)
		}
		for _, m := range c.members {
			assert.Zero(t, m.Scale(101*time.Second, 12, 1))
		}
		c.until(101*time.Second - 1)
		synctest.Wait()
		before := c.users()
		require.Equal(t, r.Schedule.UsersAt(101*time.Second-1), before)
		for k := range before - 12 {
			c.until(101*time.Second + time.Duration(k)*time.Second)
			synctest.Wait()
			require.Equal(t, before-k-1, c.users())
		}
		for _, m := range c.members {
			m.Stop(150 * time.Second)
		}
		c.over.Wait()
		assert.Equal(t, 150*time.Second, c.members[0].Now())
	})
}

// The users of a lost share are taken over at a border, and do there what the plan says.
func TestTakenOverUsersFollowThePlan(t *testing.T) {
	r := Runner{Pace: bursty, Seed: 3, Schedule: phase.Matched(phase.Pairs(2, 1, quarter, phase.Phase{For: 5 * time.Minute, Users: 13}))}
	whole := deedsOf(t, r.Pace, r.Schedule)
	border := r.Schedule.Start(2)
	synctest.Test(t, func(t *testing.T) {
		c := startTeam(t, r, 4)
		c.until(400 * time.Second)
		for _, lost := range []int{1, 3} {
			c.members[lost].Stop(c.members[lost].Now())
		}
		for _, left := range []int{0, 2} {
			assert.Zero(t, c.members[left].Reassign(border, []int{1, 3}))
		}
		c.over.Wait()
		for i := range r.Schedule {
			name := r.Schedule[i].Name
			if i == 1 {
				assert.NotEqual(t, whole.all[name], c.all[name])
			} else {
				assert.Equal(t, whole.all[name], c.all[name], name)
			}
		}
	})
}

// No user has two holders, and a loss moves no user between those that are left.
func TestHolders(t *testing.T) {
	for of := 1; of <= unlessShort(9, 5); of++ {
		for lost := range 1 << of {
			var gone []int
			for i := range of {
				if lost>>i&1 == 1 {
					gone = append(gone, i)
				}
			}
			if len(gone) == of {
				assert.Error(t, Share{Of: of, Lost: gone}.validate())
				continue
			}
			counts := make([]uint64, of)
			for n := uint64(1); n <= 500; n++ {
				holder := Share{Of: of, Lost: gone}.holder(n)
				counts[holder]++
				first := int((n - 1) % uint64(of))
				if slices.Contains(gone, holder) || holder != first && !slices.Contains(gone, first) {
					require.Failf(t, "wrong holder", "%d of user %d: %d of %d without %v", holder, n, first, of, gone)
				}
			}
			for i := range of {
				assert.Equal(t, counts[i], Share{Index: i, Of: of, Lost: gone}.count(1, 500), "%d of %d without %v", i, of, gone)
			}
			if len(gone) == 1 && of > 2 {
				assert.Less(t, slices.Max(counts), 2*500/uint64(of)+2, "what is lost is spread: %d of %d without %v", counts, of, gone)
			}
		}
	}
}

// A limit for all is dealt out without rest.
func TestPartsOfALimit(t *testing.T) {
	for _, limit := range []int{0, 1, 7, 64, 1000} {
		sum := 0
		for i := range 8 {
			sum += Share{Index: i, Of: 8}.part(limit)
		}
		assert.Equal(t, limit, sum)
	}
}

// What a share is planned to do is what it does.
func TestPlannedOfAShare(t *testing.T) {
	for _, s := range []phase.Schedule{upAndDown, append(slices.Clone(shaped[:2]), upAndDown[1:3]...)} {
		checkPlannedOfAShare(t, s)
	}
}

func checkPlannedOfAShare(t *testing.T, s phase.Schedule) {
	r := Runner{Pace: bursty, Schedule: s, Seed: 3, NewUser: visitors(nil, scenario.Share{Name: "list", Share: 1}, scenario.Share{Name: "add", Share: 1})}
	plan, err := r.Plan()
	require.NoError(t, err)
	var all float64
	for i := range 3 {
		own, arrivals := plan.Planned(Share{Index: i, Of: 3}, 20*time.Second, 200*time.Second)
		all += own
		assert.Zero(t, arrivals)
	}
	whole, _ := plan.Planned(Share{}, 20*time.Second, 200*time.Second)
	assert.InDelta(t, whole, all, 1e-6)
	var integral float64
	step := unlessShort(10*time.Millisecond, 250*time.Millisecond)
	for at := 20 * time.Second; at < 200*time.Second; at += step {
		integral += float64(r.Schedule.UsersAt(at)) * step.Seconds()
	}
	assert.InDelta(t, integral, whole, max(2, 40*step.Seconds()))
}

// A clock that is corrected never goes back, and what waits for an offset that has come
// suddenly, after a pause of the machine, waits no longer.
func TestCorrectedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Runner{Pace: scenario.StartToStart{}, Seed: 3, Schedule: phase.Schedule{{Name: "one", For: time.Hour, Users: 3}}}
		r.Pace = scenario.Between(20*time.Second, 20*time.Second)
		c := startTeam(t, r, 1)
		m := c.members[0]
		c.until(60 * time.Second)
		m.Correct(Line{Since: time.Now(), At: 59 * time.Second, Slew: 1e-4})
		last := m.Now()
		for range 400 {
			time.Sleep(10 * time.Millisecond)
			require.GreaterOrEqual(t, m.Now(), last)
			last = m.Now()
		}
		assert.InDelta(t, (63 * time.Second).Seconds(), last.Seconds(), .01)
		m.Correct(Line{Since: time.Now(), At: time.Hour - 10*time.Second})
		began := time.Now()
		c.over.Wait()
		assert.InDelta(t, 10, time.Since(began).Seconds(), .1)
	})
}

// A Member whose context ends stops at once and says why.
func TestMemberWithoutItsCoordinator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deeds{all: map[string]map[int][]deed{}}
		r := Runner{Pace: bursty, Schedule: upAndDown, Seed: 3, NewUser: func(env scenario.Env) (scenario.User, error) { return &doer{env, d}, nil }}
		m, err := r.Member(Share{Index: 1, Of: 2})
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(30*time.Second, func() { cancel(fmt.Errorf("no word for 10s")) })
		err = m.Run(ctx, Line{Since: time.Now(), At: -time.Second})
		require.ErrorIs(t, err, ErrStopped)
		assert.ErrorContains(t, err, "no word for 10s")
		assert.Zero(t, m.State().Users)
	})
}

// A process that stands still past its lease starts nothing when it continues, and continues from there
// once it is given a later one.
func TestNothingStartsPastTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startTeam(t, Runner{Pace: scenario.StartToStart{Gap: bursty.Think}, Seed: 3, Schedule: phase.Schedule{{Name: "one", For: time.Minute, Users: 9}}}, 1)
		m := c.members[0]
		m.Until(20 * time.Second)
		c.until(30 * time.Second)
		synctest.Wait()
		latest := func() (last time.Duration) {
			for _, own := range c.all["one"] {
				for _, x := range own {
					last = max(last, x.after)
				}
			}
			return last
		}
		assert.LessOrEqual(t, latest(), 20*time.Second)
		assert.Greater(t, latest(), 15*time.Second)
		m.Until(time.Hour)
		c.over.Wait()
		assert.Greater(t, latest(), 55*time.Second)
	})
}

// Of several processes each makes its part of a number of iterations, and all say when no work is left.
func TestIterationsOverShares(t *testing.T) {
	onOneProcessor(t)
	r := Runner{Seed: 3, Pace: bursty, Schedule: phase.Schedule{
		{Name: "some", For: 5 * time.Minute, Users: 20, Iterations: 77},
		{Name: "open", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 5}, Iterations: 31},
		{Name: "each", Users: 17, SpawnRate: 2, UserIterations: 3},
	}}
	whole := deedsOf(t, r.Pace, r.Schedule)
	require.Len(t, whole.all["each"], 17)
	for _, n := range unlessShort([]int{2, 3, 7}, []int{3}) {
		synctest.Test(t, func(t *testing.T) {
			c := startTeam(t, r, n)
			rested := make([]float64, 3)
			isDone := func(m *Member) bool { return m.State().Done }
			for at := time.Duration(0); !slices.ContainsFunc(c.members, isDone); at += 100 * time.Millisecond {
				c.until(at)
			}
			for at := c.members[0].Now(); slices.ContainsFunc(c.members, func(m *Member) bool { return !isDone(m) }); at += 100 * time.Millisecond {
				c.until(at)
				require.Less(t, at, time.Hour)
			}
			end := c.members[0].Now()
			require.Greater(t, end, 6*time.Minute)
			for _, m := range c.members {
				m.Stop(end)
			}
			c.over.Wait()
			assert.Equal(t, whole.all["each"], c.all["each"], "%d shares", n)
			assert.Equal(t, whole.byTime("open"), c.byTime("open"))
			tasks := 0
			for _, own := range c.all["some"] {
				tasks += len(own)
			}
			assert.Equal(t, 77, tasks)
			all := record.New(record.Config{Phases: c.members[0].Plan().Phases(), Shards: 1})
			for i, m := range c.members {
				require.NoError(t, all.Merge(i, m.Take()))
			}
			for i, p := range all.Summary(record.Meta{End: end}).Phases {
				rested[i] = p.RestedS
			}
			assert.Greater(t, rested[0], 20*100.)
			assert.Zero(t, rested[1])
			assert.Positive(t, rested[2])
		})
	}
	few := Runner{NewUser: func(env scenario.Env) (scenario.User, error) { return &doer{env, whole}, nil }, Schedule: phase.Schedule{{Name: "p", Users: 3, Iterations: 10}}}
	_, err := few.Member(Share{Index: 1, Of: 5})
	require.EqualError(t, err, `loadgen: phase "p": 10 Iterations cannot be divided among 5 processes: process 4 has no user in it; give more users, fewer processes or UserIterations`)
	few.Schedule[0].Iterations = 3
	_, err = few.Member(Share{Index: 1, Of: 5})
	require.NoError(t, err, "the first three have one each")
}
