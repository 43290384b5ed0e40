package loadgen

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// passers are users who look around until they leave for good.
type passers struct {
	start error // of their start hook

	mu    sync.Mutex
	in    map[int]scenario.Env // by number
	lives map[int][]int        // of each number
	deeds []string             // "offset user life task draw"
	twice []string
}

type passer struct {
	env scenario.Env
	of  *passers
}

func (p *passer) Tasks() []scenario.Task {
	does := func(name string, err error) func(context.Context) error {
		return func(ctx context.Context) error {
			p.of.mu.Lock()
			defer p.of.mu.Unlock()
			p.of.deeds = append(p.of.deeds, fmt.Sprint(measure.FromContext(ctx).Task().Intended, " ", p.env.User, " ", p.env.Life, " ", name, " ", p.env.Rand.IntN(1000)))
			return err
		}
	}
	return []scenario.Task{{Name: "look", Weight: 5, Do: does("look", nil)}, {Name: "go", Weight: 1, Do: does("go", scenario.Leave)}}
}

func (p *passer) Start(context.Context) error {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if other, ok := p.of.in[p.env.User]; ok {
		p.of.twice = append(p.of.twice, fmt.Sprintf("%+v and %+v", other, p.env))
	}
	p.of.in[p.env.User] = p.env
	p.of.lives[p.env.User] = append(p.of.lives[p.env.User], p.env.Life)
	return p.of.start
}

func (p *passer) Stop(ctx context.Context) error {
	err := pause(ctx, 20*time.Millisecond)
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	delete(p.of.in, p.env.User)
	return err
}

// passing is a run of two kinds, of which the first one renews its places.
func passing(s phase.Schedule) (Runner, *passers) {
	of := &passers{in: map[int]scenario.Env{}, lives: map[int][]int{}}
	make := func(env scenario.Env) (scenario.User, error) { return &passer{env, of}, nil }
	still := func(scenario.Env) (scenario.User, error) { return &todoer{}, nil }
	return Runner{
		Kinds: []scenario.Kind{{Name: "guest", Weight: 3, NewUser: make, Renew: true}, {Name: "host", Weight: 1, NewUser: still}},
		Pace:  scenario.Between(time.Second, 3*time.Second), Seed: 7, Schedule: s, StopTimeout: time.Second,
	}, of
}

// todoer does nothing.
type todoer struct{}

func (*todoer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "wait", Weight: 1, Do: func(context.Context) error { return nil }}}
}

// A place whose user leaves for good is taken at once by another one, until the plan takes the place away.
func TestRenewedPlacesStayTaken(t *testing.T) {
	r, of := passing(phase.Schedule{{Name: "many", For: 10 * time.Minute, Users: 16}, {Name: "few", For: 10 * time.Minute, Users: 4, SpawnRate: 1}})
	sum := inBubble(t, r)
	balanced(t, sum)
	assert.Empty(t, sum.Exceptions)
	assert.Empty(t, of.twice, "the stop hook is over before the next one starts")
	renewed := 0
	for user, lives := range of.lives {
		renewed += len(lives) - 1
		for i, life := range lives {
			assert.Equal(t, i+1, life, "user %d", user)
		}
	}
	assert.Len(t, of.lives, 12)
	assert.Greater(t, renewed, 300)
	assert.InDelta(t, renewed, sum.Total.Counters.Left, 3, "but those whom the plan took away, or the end, in that instant")
	there := func(from, to, planned int) {
		away := 0
		for _, s := range sum.Timeline {
			if s.S >= from && s.S < to {
				away += planned - s.Users
			}
		}
		assert.Less(t, float64(away), .03*float64(planned*(to-from)), "seconds %d to %d", from, to)
	}
	there(1, 600, 16)
	there(620, 1200, 4)
	var text strings.Builder
	plan, err := r.Plan()
	require.NoError(t, err)
	require.NoError(t, plan.WriteText(&text))
	assert.Contains(t, text.String(), "who leaves for good is followed by a new one: guest")
	r.Kinds[0].Renew = false
	other, err := r.Plan()
	require.NoError(t, err)
	assert.NotEqual(t, plan.Digest(), other.Digest())
}

// Each has its own streams, which follow from the seed.
func TestRenewedUsersDiffer(t *testing.T) {
	r, of := passing(phase.Schedule{{Name: "p", For: 20 * time.Minute, Users: 4}})
	inBubble(t, r)
	draws := map[string]bool{}
	for _, d := range of.deeds {
		f := strings.Fields(d)
		draws[f[1]+" "+f[2]+" "+f[4]] = true
	}
	assert.Greater(t, len(draws), len(of.deeds)*9/10, "hardly any draw of a user comes twice")
	begins := map[string]int{} // the first draw of each life
	for user := range of.lives {
		for _, d := range of.deeds {
			f := strings.Fields(d)
			if key := fmt.Sprint(user, " ", f[2]); f[1] == fmt.Sprint(user) && begins[key] == 0 {
				var n int
				fmt.Sscan(f[4], &n)
				begins[key] = n + 1
			}
		}
	}
	first := map[int]bool{}
	for _, n := range begins {
		first[n] = true
	}
	assert.Greater(t, len(first), len(begins)*8/10)
}

// Several machines renew the same places by the same users at the same instants.
func TestRenewedPlacesInAnyShares(t *testing.T) {
	onOneProcessor(t)
	s := phase.Schedule{
		{Name: "up", For: 2 * time.Minute, Users: 20, SpawnRate: 1}, {Name: "down", For: time.Minute, Users: 3, SpawnRate: .5},
		{Name: "A", For: time.Minute, Users: 9, Arm: "A", Replay: 1}, {Name: "B", For: time.Minute, Users: 9, Arm: "B", Replay: 1},
	}
	run := func(n int, renew bool) (deeds []string) {
		synctest.Test(t, func(t *testing.T) {
			r, of := passing(s)
			r.Kinds[0].Renew = renew
			var over sync.WaitGroup
			for i := range n {
				m, err := r.Member(Share{Index: i, Of: n})
				require.NoError(t, err)
				over.Go(func() { assert.NoError(t, m.Run(t.Context(), Line{Since: time.Now(), At: -time.Second})) })
			}
			over.Wait()
			deeds = of.deeds
		})
		slices.Sort(deeds)
		return deeds
	}
	for _, renew := range []bool{true, false} { // else they come back in the arms
		whole := run(1, renew)
		assert.Greater(t, len(whole), 150)
		for _, n := range unlessShort([]int{2, 5}, []int{3}) {
			assert.Equal(t, whole, run(n, renew), "%d shares", n)
		}
	}
}

// In matched arms the same users do and leave alike, however many had their places before.
func TestRenewedPlacesInMatchedArms(t *testing.T) {
	r, of := passing(phase.Schedule{
		{Name: "A", For: 5 * time.Minute, Users: 9, Arm: "A", Replay: 1}, {Name: "pause", For: time.Minute, Users: 9, Pace: scenario.Between(2*time.Second, 4*time.Second)},
		{Name: "B", For: 5 * time.Minute, Users: 9, Arm: "B", Replay: 1},
	})
	inBubble(t, r)
	arm := func(from time.Duration) (deeds []string) {
		for _, d := range of.deeds {
			f := strings.Fields(d)
			at, err := time.ParseDuration(f[0])
			require.NoError(t, err)
			if at -= from; at < 10*time.Second || at > 290*time.Second { // whose steps at the border are their start hooks'
				continue
			}
			deeds = append(deeds, fmt.Sprint(at, " ", f[1], " ", f[3]))
		}
		slices.Sort(deeds)
		return deeds
	}
	a, b := arm(0), arm(6*time.Minute)
	assert.Greater(t, len(a), 500)
	assert.Equal(t, a, b)
}

// A place that is left before anything is done neither spins nor is hidden.
func TestRenewedPlacesDoNotSpin(t *testing.T) {
	r, of := passing(phase.Schedule{{Name: "p", For: time.Minute, Users: 1}})
	of.start = scenario.Leave
	sum := inBubble(t, r)
	assert.Empty(t, of.deeds)
	assert.InDelta(t, 59, len(of.lives[1]), 1, "a second and the stop hook each")
	require.Len(t, sum.Exceptions, 1)
	assert.Equal(t, "guest/Start: "+errEarly.Error(), sum.Exceptions[0].Message)

	of.start = nil
	r.Pace = scenario.NoWait{}
	r.Kinds[0].NewUser = func(env scenario.Env) (scenario.User, error) { return &deserter{}, nil }
	r.Schedule[0].For = 100 * time.Millisecond
	sum = inBubble(t, r)
	assert.EqualValues(t, 100, sum.Total.Counters.Left, "one a millisecond")
}

// deserter leaves at once.
type deserter struct{}

func (*deserter) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "quit", Weight: 1, Do: func(context.Context) error { return scenario.Leave }}}
}

// Those who follow one another in a place share its iterations, so that the phase has an end.
func TestRenewedPlacesShareIterations(t *testing.T) {
	r, of := passing(phase.Schedule{{Name: "p", Users: 3, UserIterations: 12}})
	r.Kinds = r.Kinds[:1]
	inBubble(t, r)
	n := map[string]int{}
	for _, d := range of.deeds {
		n[strings.Fields(d)[1]]++
	}
	assert.Equal(t, map[string]int{"1": 12, "2": 12, "3": 12}, n)
	assert.Greater(t, len(slices.Concat(of.lives[1], of.lives[2], of.lives[3])), 3)
}

// A user who has left for good comes back in a matched arm, so that arms begin alike and can be compared.
func TestLeaversComeBackInMatchedArms(t *testing.T) {
	arm := phase.Phase{For: 5 * time.Minute, Users: 9}
	r, of := passing(append(phase.Schedule{{Name: "before", For: time.Minute, Users: 9}}, phase.Matched(phase.AB(arm, arm))...))
	r.Kinds[0].Renew = false
	sum := inBubble(t, r)
	balanced(t, sum)
	assert.Empty(t, of.twice)
	assert.Positive(t, sum.Phases[0].Counters.Left)
	assert.Greater(t, sum.Phases[1].Counters.Left, int64(3))
	assert.Equal(t, sum.Phases[1].Counters.Left, sum.Phases[2].Counters.Left)
	came := 0
	for _, lives := range of.lives {
		came += len(lives)
		assert.Equal(t, 1, slices.Max(lives))
	}
	assert.EqualValues(t, int64(len(of.lives))+sum.Phases[0].Counters.Left+sum.Phases[1].Counters.Left, came, "all who left came back at the next arm, once")
	did := func(from time.Duration) (deeds []string) {
		for _, d := range of.deeds {
			f := strings.Fields(d)
			at, err := time.ParseDuration(f[0])
			require.NoError(t, err)
			if at -= from; at >= 0 && at < arm.For {
				deeds = append(deeds, fmt.Sprint(at, f[1:]))
			}
		}
		slices.Sort(deeds)
		return deeds
	}
	assert.Greater(t, len(did(time.Minute)), 30)
	assert.Equal(t, did(time.Minute), did(6*time.Minute), "the same, by the same lives")
}

// native is a user who draws who it is when it is made, and pauses in its start hook.
type native struct {
	env scenario.Env
	of  *natives
	who string
}

// natives notes what they draw, in the order of the run.
type natives struct {
	mu  sync.Mutex
	who map[int][]string            // by number, each time that it was made
	did map[string]map[int][]string // by phase and number
}

func (n *native) Start(ctx context.Context) error {
	began := time.Now()
	err := measure.Pause(ctx, dist.Gamma{Mean: 100 * time.Millisecond, CV: 1})
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	n.of.who[n.env.User] = append(n.of.who[n.env.User], fmt.Sprint(n.who, n.env.Rand.Uint64(), time.Since(began)))
	return err
}

func (n *native) Tasks() []scenario.Task {
	does := func(name string, err error) scenario.Task {
		return scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			n.of.mu.Lock()
			defer n.of.mu.Unlock()
			did := n.of.did[measure.FromContext(ctx).Phase().Name]
			did[n.env.User] = append(did[n.env.User], fmt.Sprint(name, n.env.Rand.Uint64()))
			return err
		}}
	}
	look, leave := does("look", nil), does("go", scenario.Leave)
	look.Weight = 50
	return []scenario.Task{look, leave}
}

// A user who comes back in a matched arm is who it was, and its tasks draw what those of one who stayed would; so do those of
// a user who was made in the first of two arms, and was there in the second.
func TestWhoComesBackInAMatchedArmIsTheSame(t *testing.T) {
	arm := phase.Phase{For: 2 * time.Minute, Users: 20}
	for _, renew := range []bool{false, true} {
		of := &natives{who: map[int][]string{}, did: map[string]map[int][]string{"baseline": {}, "intervention": {}}}
		inBubble(t, Runner{
			Kinds: []scenario.Kind{{Name: "native", Weight: 1, Renew: renew, NewUser: func(env scenario.Env) (scenario.User, error) {
				return &native{env, of, fmt.Sprint(env.Rand.Uint64())}, nil
			}}},
			Pace: scenario.Between(time.Second, 3*time.Second), Seed: 7, Schedule: phase.Matched(phase.AB(arm, arm)),
		})
		assert.Len(t, of.who, 20)
		back, stayed := 0, 0
		for user, who := range of.who {
			if stayed += 1 - min(1, len(who)-1); !renew {
				back += len(who) - 1
				assert.Equal(t, slices.Repeat(who[:1], len(who)), who, "user %d", user)
			} else {
				slices.Sort(who)
				back += len(who) - len(slices.Compact(slices.Clone(who)))
			}
			a, b := of.did["baseline"][user], of.did["intervention"][user]
			n := min(len(a), len(b)) // the pause of a start hook may move the last one across the border
			assert.InDelta(t, len(a), len(b), 2, "user %d", user)
			assert.Equal(t, a[:n], b[:n], "user %d, renewed %v", user, renew)
		}
		assert.Greater(t, back, 5, "renewed %v", renew)
		assert.Greater(t, stayed, 1, "renewed %v", renew)
	}
}
