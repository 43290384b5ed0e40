package loadgen

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// varied is v with something else in it, as little as its type allows; false
// for a type that the test does not know.
func varied(v reflect.Value) (reflect.Value, bool) {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	if v.Type() == reflect.TypeFor[phase.Hook]() {
		out.Set(reflect.ValueOf(phase.HookFunc(func(context.Context) error { return nil })))
		return out, true
	}
	switch x := v.Interface().(type) {
	case phase.Weights:
		out.Set(reflect.ValueOf(phase.Weights{"list": 1, "create": 2 + float64(len(x))}))
	case phase.Stages:
		out.Set(reflect.ValueOf(append(phase.Stages{{For: time.Second, To: 9}}, x...)))
	case *phase.Arrivals:
		out.Set(reflect.ValueOf(&phase.Arrivals{Rate: 17}))
	case phase.Shares:
		out.Set(reflect.ValueOf(phase.Shares{"a": 1, "b": 2 + float64(len(x))}))
	case phase.Paces:
		out.Set(reflect.ValueOf(phase.Paces{"b": scenario.Between(time.Second, time.Duration(2+len(x))*time.Second)}))
	case scenario.Pacer:
		out.Set(reflect.ValueOf(scenario.Between(time.Second, 2*time.Second)))
	case dist.Distribution:
		out.Set(reflect.ValueOf(dist.Constant{Value: 1234567}))
	default:
		return out, nudged(out)
	}
	return out, true
}

// nudged changes a plain value to the next one.
func nudged(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.Interface && v.IsNil() && v.Type() == reflect.TypeFor[scenario.Pacer]():
		v.Set(reflect.ValueOf(scenario.Between(time.Second, 2*time.Second)))
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	case v.CanUint():
		v.SetUint(v.Uint() + 1)
	case v.CanFloat():
		v.SetFloat(math.Nextafter(v.Float(), v.Float()+1))
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	default:
		return false
	}
	return true
}

// demandDigests changes each exported field of base by itself and demands
// another digest than that of base. It returns the fields with which there was
// a valid plan.
func demandDigests(t *testing.T, base any, plan func(any) (*Plan, error)) (fields []string) {
	t.Helper()
	was, err := plan(base)
	require.NoError(t, err)
	for i := range reflect.TypeOf(base).NumField() {
		field := reflect.TypeOf(base).Field(i)
		value := reflect.New(reflect.TypeOf(base)).Elem()
		value.Set(reflect.ValueOf(base))
		other, ok := varied(value.Field(i))
		require.True(t, ok, "%T.%s: teach this test to change a %s", base, field.Name, field.Type)
		value.Field(i).Set(other)
		if is, err := plan(value.Interface()); err == nil {
			fields = append(fields, field.Name)
			assert.NotEqual(t, was.Digest(), is.Digest(), "%T.%s: %v against %v", base, field.Name, value.Field(i), reflect.ValueOf(base).Field(i))
		}
	}
	return fields
}

func exported(v any) (names []string) {
	for i := range reflect.TypeOf(v).NumField() {
		if f := reflect.TypeOf(v).Field(i); f.IsExported() {
			names = append(names, f.Name)
		}
	}
	return names
}

func ofPhase(v any) (*Plan, error) {
	p := v.(phase.Phase)
	return Runner{
		NewUser: visitors(&diary{}), Pace: bursty, Seed: 5,
		Schedule: phase.Schedule{{Name: "first", For: time.Minute, Users: 3}, p, {Name: "last", For: time.Minute, Users: 1}},
	}.Plan()
}

// ofPhaseOfKinds is ofPhase with two kinds of users.
func ofPhaseOfKinds(v any) (*Plan, error) {
	return Runner{
		Pace: bursty, Seed: 5, Schedule: phase.Schedule{{Name: "first", For: time.Minute, Users: 3}, v.(phase.Phase)},
		Kinds: []scenario.Kind{{Name: "a", Weight: 1, NewUser: visitors(&diary{})}, {Name: "b", Weight: 1, NewUser: visitors(&diary{})}},
	}.Plan()
}

// A field of a phase that is added later is in the digest as well, or this
// fails.
func TestDigestKnowsEveryFieldOfAPhase(t *testing.T) {
	level := phase.Phase{Name: "p", For: time.Minute, Users: 3, SpawnRate: 2}
	full := phase.Phase{
		Name: "p", For: time.Hour, Users: 3, SpawnRate: 2, Weights: phase.Weights{"list": 1, "delete": 1}, Pace: scenario.NoWait{},
		HookTimeout: time.Second, Settle: time.Second, Arm: "A", Replay: 3, AbortOnHook: true,
	}
	open := phase.Phase{Name: "p", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 3}}
	assert.ElementsMatch(t, exported(level), append(demandDigests(t, level, ofPhase), "Arrivals", "Stages", "Kinds", "Paces", "Load"), "a level has no arrivals and no stages, and one kind of users no kinds; one phase does not make a design of loads")
	demandDigests(t, full, ofPhase)
	moves := demandDigests(t, phase.Phase{Name: "p", For: time.Minute, Stages: phase.Stages{{For: time.Minute, To: 5}}}, ofPhase)
	assert.Contains(t, moves, "Stages")
	for _, stages := range []phase.Stages{{{For: time.Minute, To: math.Nextafter(5, 6)}}, {{For: time.Minute - 1, To: 5}}} {
		assert.NotEqual(t, mustDigest(t, ofPhase, phase.Phase{Name: "p", For: time.Minute, Stages: stages}), mustDigest(t, ofPhase, phase.Phase{Name: "p", For: time.Minute, Stages: phase.Stages{{For: time.Minute, To: 5}}}))
	}
	assert.ElementsMatch(t, exported(open), append(demandDigests(t, open, ofPhase), "Users", "Stages", "Kinds", "Paces", "UserIterations", "Load"))
	assert.ElementsMatch(t, exported(level), append(demandDigests(t, level, ofPhaseOfKinds), "Arrivals", "Stages", "Weights", "Load"), "its weights would name no kind")
	assert.Contains(t, demandDigests(t, open, ofPhaseOfKinds), "Kinds")
	demandDigests(t, phase.Phase{Name: "p", For: time.Minute}, ofPhase)
	ofLoads := func(v any) (*Plan, error) {
		return Runner{NewUser: visitors(&diary{}), Pace: bursty, Seed: 5, Schedule: v.(phase.Schedule)}.Plan()
	}
	loads := phase.Factorial(1, level, phase.Phase{For: time.Minute, Users: 9})
	digest := mustDigest(t, ofLoads, loads)
	for i := range loads {
		loads[i].Load = ""
	}
	assert.NotEqual(t, digest, mustDigest(t, ofLoads, loads))
}

func TestDigestKnowsEveryFieldOfArrivals(t *testing.T) {
	of := func(v any) (*Plan, error) {
		a := v.(phase.Arrivals)
		return ofPhase(phase.Phase{Name: "p", For: time.Minute, Arrivals: &a})
	}
	demandDigests(t, phase.Arrivals{Rate: 100.2}, of)
	demandDigests(t, phase.Arrivals{Rate: 100.2, Spacing: phase.Even, Session: true}, of)
	fields := demandDigests(t, phase.Arrivals{Rate: 100.2, RateTo: 3, Spacing: phase.Gamma, Burstiness: 2, MaxInFlight: 7}, of)
	assert.ElementsMatch(t, exported(phase.Arrivals{}), append(fields, "Spacing", "Stages"), "there is none after gamma, and no stages with RateTo")
	assert.Contains(t, demandDigests(t, phase.Arrivals{Rate: 100.2, Stages: phase.Stages{{For: time.Minute, To: 5}}}, of), "Stages")
	assert.NotEqual(t, mustDigest(t, of, phase.Arrivals{Rate: 100.2}), mustDigest(t, of, phase.Arrivals{Rate: 100.4}))
	assert.NotEqual(t, mustDigest(t, of, phase.Arrivals{Rate: 1, Spacing: phase.Poisson}), mustDigest(t, of, phase.Arrivals{Rate: 1}))
}

func mustDigest(t *testing.T, of func(any) (*Plan, error), v any) string {
	t.Helper()
	p, err := of(v)
	require.NoError(t, err)
	return p.Digest()
}

// Of pacers and distributions the least bit counts.
func TestDigestKnowsEveryParameterOfAPacer(t *testing.T) {
	ofPace := func(p scenario.Pacer) (*Plan, error) {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		return Runner{NewUser: visitors(&diary{}), Pace: p, Seed: 5, Schedule: phase.Schedule{{Name: "p", For: time.Hour, Users: 1}}}.Plan()
	}
	s := time.Second
	for _, pace := range []any{
		scenario.Think{Time: dist.Constant{Value: s}}, scenario.StartToStart{Gap: dist.Constant{Value: s}}, bursty,
	} {
		fields := demandDigests(t, pace, func(v any) (*Plan, error) { return ofPace(v.(scenario.Pacer)) })
		assert.ElementsMatch(t, exported(pace), fields, "%T", pace)
	}
	for _, law := range []any{
		dist.Constant{Value: s}, dist.Uniform{Min: s, Max: 2 * s}, dist.Exponential{Mean: s}, dist.Gamma{Mean: s, CV: .3}, dist.Lognormal{Mean: s, CV: 2},
		dist.Weibull{Mean: s, Shape: .7}, dist.Pareto{Mean: s, Alpha: 1.5},
	} {
		fields := demandDigests(t, law, func(v any) (*Plan, error) { return ofPace(scenario.Think{Time: v.(dist.Distribution)}) })
		assert.ElementsMatch(t, exported(law), fields, "%T", law)
	}
	think := func(d dist.Distribution) scenario.Pacer { return scenario.Think{Time: d} }
	measured := func(values ...time.Duration) dist.Distribution {
		d, err := dist.NewEmpirical(values)
		require.NoError(t, err)
		return d
	}
	seen := map[string]string{}
	for name, pace := range map[string]scenario.Pacer{
		"no wait": scenario.NoWait{}, "think": think(dist.Constant{Value: s}), "start to start": scenario.StartToStart{Gap: dist.Constant{Value: s}},
		"gamma": think(dist.Gamma{Mean: s, CV: 1}), "exponential": think(dist.Exponential{Mean: s}), "weibull": think(dist.Weibull{Mean: s, Shape: 1}),
		"measured": think(measured(s, 2*s, 3*s)), "measured a hair else": think(measured(s, 2*s, 3*s+1)),
		"own": own{every: s}, "own, its secret": own{every: s, secret: map[string][]int{"x": {1}}}, "own, its secret a hair else": own{every: s, secret: map[string][]int{"x": {2}}},
		"own pointer": &own{every: s}, "own, its note": own{every: s, note: func() string { return "n" }},
	} {
		p, err := ofPace(pace)
		require.NoError(t, err)
		require.Empty(t, seen[p.Digest()], name)
		seen[p.Digest()] = name
	}
}

// own is a pacer of the script, with what the engine cannot see.
type own struct {
	every  time.Duration
	secret map[string][]int
	note   func() string
	lock   *sync.Mutex
	log    *slog.Logger
	self   *own
}

func (o own) Begin(r *scenario.Rhythm) scenario.Turn    { return scenario.Turn{Wait: o.every, Act: true} }
func (o own) Next(r *scenario.Rhythm) scenario.Turn     { return o.Begin(r) }
func (o own) Validate() error                           { return nil }
func (o own) Load(response time.Duration) scenario.Load { return scenario.Load{} }
func (o own) String() string                            { return "own" }

// What a plan does not plan is in no digest, and there is no third kind of
// field.
func TestDigestOfARunner(t *testing.T) {
	r := Runner{NewUser: visitors(&diary{}), Pace: bursty, Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 3}}}
	planned, aside := []string{"Pace", "Schedule", "Seed", "Kinds"}, []string{"Name", "NewUser", "StopTimeout", "Slack", "Logger", "Watch", "BeginPhase", "Guard", "Looks", "Decide", "Observer", "Fleet", "SetUp", "TearDown", "Figures"}
	assert.ElementsMatch(t, exported(r), append(planned, aside...), "is the new field planned?")
	was := digestOf(t, r)
	other := r
	other.Name, other.StopTimeout, other.Slack, other.Logger = "x", time.Second, time.Millisecond, slog.Default()
	assert.Equal(t, was, digestOf(t, other))
	other = r
	other.Seed++
	assert.NotEqual(t, was, digestOf(t, other))
	other = r
	other.Pace = scenario.NoWait{}
	assert.NotEqual(t, was, digestOf(t, other))
	for i := range todoMix { // each task's name and weight
		for _, change := range []func(*scenario.Share){func(s *scenario.Share) { s.Name += "x" }, func(s *scenario.Share) { s.Share++ }} {
			mix := append([]scenario.Share{}, todoMix...)
			change(&mix[i])
			other = r
			other.NewUser = visitors(&diary{}, mix...)
			assert.NotEqual(t, was, digestOf(t, other), "%v", mix[i])
		}
	}
}

// broad is a plan with everything in it.
func broad() Runner {
	weights := phase.Weights{}
	var mix []scenario.Share
	for i := range 30 {
		mix = append(mix, scenario.Share{Name: fmt.Sprint("task ", i), Share: float64(i)})
		weights[mix[i].Name] = 1 / float64(1+i)
	}
	secret := map[string][]int{}
	for i := range 50 {
		secret[fmt.Sprint(i)] = []int{i, i * i}
	}
	loop := &own{every: time.Second, secret: secret, lock: new(sync.Mutex), log: slog.Default()}
	loop.self = loop
	s := time.Second
	return Runner{
		NewUser: visitors(&diary{}, mix...), Pace: bursty, Seed: 11,
		Schedule: phase.Schedule{
			{Name: "bursty", For: time.Minute, Users: 3, SpawnRate: .3, Weights: weights},
			{Name: "poisson", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 10.1, RateTo: 333.3, Spacing: phase.Poisson, MaxInFlight: 5}},
			{Name: "sessions", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1e5, Spacing: phase.Gamma, Burstiness: 2.5, Session: true}, Replay: 2},
			{Name: "uniform", For: time.Minute, Users: 2, Pace: scenario.Between(s, 3*s)},
			{Name: "lognormal", For: time.Minute, Users: 2, Pace: scenario.StartToStart{Gap: dist.Lognormal{Mean: s, CV: 1}}},
			{Name: "weibull", For: time.Minute, Users: 2, Pace: scenario.Think{Time: dist.Weibull{Mean: s, Shape: .7}}},
			{Name: "own", For: time.Minute, Users: 2, Pace: loop, Arm: "B", Settle: -1},
			{Name: "pareto", Users: 2, Pace: scenario.Think{Time: dist.Pareto{Mean: s, Alpha: 1.5}}},
		},
	}
}

// Equal plans have equal digests: in every order of a map, wherever a pointer
// points, and, as this value shows, on every machine. Where it changes because
// the plan is digested in another way, raise digestFormat.
func TestDigestIsFrozen(t *testing.T) {
	for range 20 {
		require.Equal(t, "917356b031e20d56", digestOf(t, broad()))
	}
	require.Equal(t, 2, digestFormat)
}

// The digest of stages is the same on every machine, of a sine too.
func TestDigestOfStagesIsFrozen(t *testing.T) {
	r := broad()
	r.Schedule = append(slices.Clone(r.Schedule[:len(r.Schedule)-1]),
		phase.Phase{Name: "wave", Stages: phase.Sine(30, 20.5, 7*time.Minute, time.Hour)},
		phase.Phase{Name: "spike", Arrivals: &phase.Arrivals{Rate: 3, Spacing: phase.Poisson, Stages: phase.Stages{{For: time.Minute, To: 50.3}, {To: 7}, {For: time.Minute, To: 7}}}})
	require.Equal(t, "c7c9c3faf33e89e5", digestOf(t, r))
}

// A plan is digested while a run of the same pacer continues.
func TestDigestOfAPacerInUse(t *testing.T) {
	pace := &own{every: time.Second, lock: new(sync.Mutex)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			pace.lock.Lock()
			pace.lock.Unlock() //lint:ignore SA2001 the lock is what is in use
		}
	}()
	for range 10 {
		r := Runner{NewUser: visitors(&diary{}), Pace: pace, Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}}}
		digestOf(t, r)
	}
	<-done
}

// Arrivals have their own draws beyond 2^32, and their users numbers that
// no one else has.
func TestArrivalNumbersDoNotWrap(t *testing.T) {
	p, err := open(phase.Arrivals{Rate: 1}, time.Minute, &diary{}).Plan()
	require.NoError(t, err)
	const wrap = 1 << 32
	for _, n := range []uint64{0, 1, 7, wrap - 1, wrap, 3 * wrap} {
		e := event{n: n + wrap, kind: evArrive}
		assert.NotEqual(t, p.arrival(0, n), p.arrival(0, e.n), "%d", n)
	}
	r := rand.New(rand.NewPCG(1, 1))
	last := uint64(0)
	for n := uint64(1); n < 1<<52; n += 1 + r.Uint64N(n) {
		number := plannedNumber(n)
		assert.Greater(t, number, last)
		assert.False(t, number >= firstGuest && number < firstGuest+guestNumbers, "%d is a guest's", number)
		last = number
	}
	assert.EqualValues(t, firstGuest-1, plannedNumber(firstGuest-1))
	assert.Equal(t, uint64(firstGuest+guestNumbers), plannedNumber(firstGuest))
}
