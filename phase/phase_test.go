package phase

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/scenario"
)

func TestBordersAreAbsolute(t *testing.T) {
	s := Schedule{{Name: "a", For: time.Minute}, {Name: "b", For: time.Second}, {Name: "c"}}
	assert.Equal(t, []time.Duration{0, time.Minute, 61 * time.Second},
		[]time.Duration{s.Start(0), s.Start(1), s.Start(2)})
	for at, want := range map[time.Duration]int{
		-1: -1, 0: 0, time.Minute - 1: 0, time.Minute: 1, 61*time.Second - 1: 1, 61 * time.Second: 2, 1000 * time.Hour: 2,
	} {
		assert.Equal(t, want, s.At(at), "%v", at)
	}
	assert.Zero(t, s.End(), "it has none")
	end := s[:2].End()
	assert.Equal(t, 61*time.Second, end)
	assert.Equal(t, 1, s[:2].At(end-1))
	assert.Equal(t, -1, s[:2].At(end))
}

func TestUsersAndStepsOfASchedule(t *testing.T) {
	for at, want := range map[time.Duration]int{
		-1: 0, 0: 1, 499 * time.Millisecond: 1, 500 * time.Millisecond: 2, 4499 * time.Millisecond: 9,
		4500 * time.Millisecond: 10, 30 * time.Second: 10, 300*time.Second - 1: 10, 300 * time.Second: 11,
		310 * time.Second: 31, 319*time.Second + 500*time.Millisecond - 1: 49, 319*time.Second + 500*time.Millisecond: 50,
		900*time.Second - 1: 50, 900 * time.Second: 0,
	} {
		assert.Equal(t, want, exampleSchedule.UsersAt(at), "%v", at)
	}
	steps := stepsOf(exampleSchedule)
	require.Len(t, steps, 50)
	for i, step := range steps {
		at := time.Duration(i) * 500 * time.Millisecond
		if i >= 10 {
			at = 5*time.Minute + time.Duration(i-10)*500*time.Millisecond
		}
		assert.Equal(t, levelStep{at: at, users: i + 1, delta: 1}, step)
	}
	assert.Equal(t, 4500*time.Millisecond, exampleSchedule.RampEnd(0))
	assert.Equal(t, 319500*time.Millisecond, exampleSchedule.RampEnd(1))
}

func TestLevelsUpDownAndAtOnce(t *testing.T) {
	s := Schedule{
		{Name: "up", For: 10 * time.Second, Users: 3, SpawnRate: 1},
		{Name: "down", For: 10 * time.Second, Users: 1, SpawnRate: .5},
		{Name: "jump", For: 10 * time.Second, Users: 4},
		{Name: "same", For: 10 * time.Second, Users: 4, SpawnRate: 7},
		{Name: "none", For: 10 * time.Second},
	}
	const second = time.Second
	assert.Equal(t, []levelStep{
		{0, 1, 1}, {second, 2, 1}, {2 * second, 3, 1},
		{10 * second, 2, -1}, {12 * second, 1, -1},
		{20 * second, 2, 1}, {20 * second, 3, 1}, {20 * second, 4, 1},
		{40 * second, 3, -1}, {40 * second, 2, -1}, {40 * second, 1, -1}, {40 * second, 0, -1},
	}, stepsOf(s))
	var ends []time.Duration
	for i := range s {
		ends = append(ends, s.RampEnd(i))
	}
	assert.Equal(t, []time.Duration{2 * second, 12 * second, 20 * second, 30 * second, 40 * second}, ends)
}

// TestRampCutShort continues from the level reached, and a step that falls on
// the border itself belongs to the phase that begins there.
func TestRampCutShort(t *testing.T) {
	s := Schedule{
		{Name: "long ramp", For: 5 * time.Second, Users: 100, SpawnRate: 1}, // 5 steps: at 0 to 4 s
		{Name: "back", For: 2 * time.Second, Users: 0, SpawnRate: 1},        // at 5 and 6 s
		{Name: "up again", Users: 5, SpawnRate: 2},                          // at 7 and 7.5 s
	}
	const second = time.Second
	assert.Equal(t, []levelStep{
		{0, 1, 1}, {second, 2, 1}, {2 * second, 3, 1}, {3 * second, 4, 1}, {4 * second, 5, 1},
		{5 * second, 4, -1}, {6 * second, 3, -1},
		{7 * second, 4, 1}, {7500 * time.Millisecond, 5, 1},
	}, stepsOf(s))
	assert.Equal(t, 5*second, s.RampEnd(0), "the end of the phase, not of the ramp")
	assert.Equal(t, Ramp{From: 5, To: 0, At: 5 * second, Rate: 1}, s[1].ramp(s.before(1), s.Start(1)))
	assert.Equal(t, 5, s.UsersAt(1000*time.Hour))
}

// TestStepsAndLevelsAgree checks on random schedules that the level changes by
// one user at a time, only at steps, and by the same amount as the steps say.
func TestStepsAndLevelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		s := randomSchedule(r)
		require.NoError(t, s.Validate())
		steps := stepsOf(s)
		level, last := 0, time.Duration(0)
		for i, step := range steps {
			require.Equal(t, level, s.UsersAt(step.at-1)+same(steps[:i], step.at), "before step %d of %+v", i, s)
			require.Equal(t, level+step.delta, step.users)
			require.GreaterOrEqual(t, step.at, last)
			level, last = step.users, step.at
		}
		for i := range s {
			end := s.RampEnd(i)
			require.True(t, s.Start(i) <= end && end <= s.endOf(i))
			if end < s.endOf(i) {
				require.Equal(t, s[i].Users, s.UsersAt(end), "ramp of phase %d of %+v", i, s)
			}
			require.True(t, end <= s.Settled(i) && s.Settled(i) <= s.endOf(i))
		}
	}
}

func TestSettled(t *testing.T) {
	const second, minute = time.Second, time.Minute
	for _, c := range []struct {
		name  string
		phase Phase
		want  time.Duration
	}{
		{"at least 15 s", Phase{For: minute, Users: 1}, 15 * second},
		{"a tenth", Phase{For: 10 * minute, Users: 1}, minute},
		{"after the ramp", Phase{For: 10 * minute, Users: 21, SpawnRate: 1}, 80 * second},
		{"half of what is left", Phase{For: 20 * second, Users: 11, SpawnRate: 1}, 15 * second},
		{"without end", Phase{Users: 1}, 15 * second},
		{"chosen", Phase{For: minute, Users: 1, Settle: 20 * second}, 20 * second},
		{"chosen too long", Phase{For: minute, Users: 1, Settle: 2 * minute}, minute},
		{"none", Phase{For: minute, Users: 11, SpawnRate: 1, Settle: -1}, 10 * second},
		{"the ramp is never over", Phase{For: minute, Users: 1000, SpawnRate: 1}, minute},
		{"a ramp of the arrival rate", Phase{For: minute, Arrivals: &Arrivals{Rate: 1, RateTo: 9}}, minute},
		{"a steady arrival rate", Phase{For: minute, Arrivals: &Arrivals{Rate: 1}}, 15 * second},
	} {
		assert.Equal(t, c.want, Schedule{c.phase}.Settled(0), c.name)
	}
}

func TestArrivalsSendUsersHome(t *testing.T) {
	s := Schedule{
		{Name: "users", For: 10 * time.Second, Users: 2},
		{Name: "open", For: 10 * time.Second, SpawnRate: 1, Arrivals: &Arrivals{Rate: 5}},
	}
	require.NoError(t, s.Validate())
	assert.Equal(t, 1, s.UsersAt(10*time.Second))
	assert.Equal(t, 0, s.UsersAt(11*time.Second))
}

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ok := Phase{Name: "a", For: time.Minute, Users: 1}
	with := func(change func(*Phase)) Schedule {
		p := ok
		change(&p)
		return Schedule{p}
	}
	open := func(a Arrivals) Schedule {
		return with(func(p *Phase) { p.Users, p.Arrivals = 0, &a })
	}
	for _, c := range []struct {
		schedule Schedule
		want     string
	}{
		{Schedule{ok}, ""},
		{with(func(p *Phase) { p.For, p.SpawnRate, p.Weights = 0, .5, Weights{"x": 0} }), ""},
		{open(Arrivals{Rate: 1, RateTo: 5, Spacing: Gamma, Burstiness: 2, MaxInFlight: 3}), ""},
		{open(Arrivals{RateTo: 5}), ""},
		{Schedule{}, "the schedule has no phase: want at least one"},
		{with(func(p *Phase) { p.Users = 0 }), "the schedule has no load: want users or arrivals in some phase"},
		{with(func(p *Phase) { p.Name = "" }), "phase 1: Name is empty: want a unique name"},
		{Schedule{ok, ok}, `phase "a": Name is a: want a unique name, another phase has this one`},
		{with(func(p *Phase) { p.For = -time.Second }), `phase "a": For is -1s: want above zero, or zero for no end`},
		{Schedule{{Name: "b", Users: 1}, ok}, `phase "b": For is 0s: want above zero, only the last phase may have no end`},
		{with(func(p *Phase) { p.Users = -3 }), `phase "a": Users is -3: want at least 0`},
		{with(func(p *Phase) { p.SpawnRate = -1 }),
			`phase "a": SpawnRate is -1: want a finite number of users per second, or 0 for at once`},
		{with(func(p *Phase) { p.SpawnRate = nan }),
			`phase "a": SpawnRate is NaN: want a finite number of users per second, or 0 for at once`},
		{with(func(p *Phase) { p.SpawnRate = inf }),
			`phase "a": SpawnRate is +Inf: want a finite number of users per second, or 0 for at once`},
		{with(func(p *Phase) { p.Weights = Weights{"y": -1, "x": nan} }),
			`phase "a": Weights: the weight of "x" is NaN: want a finite number of at least 0`},
		{with(func(p *Phase) { p.Weights = Weights{"": 1} }), `phase "a": Weights: a task name is empty`},
		{with(func(p *Phase) { p.Pace = scenario.Think{Time: dist.Constant{}} }),
			`phase "a": Pace: think time: mean is 0s: want above zero`},
		{with(func(p *Phase) { p.Exit = misspelt{} }), `phase "a": Exit: no scheme`},
		{with(func(p *Phase) { p.HookTimeout = -time.Second }), `phase "a": HookTimeout is -1s: want above zero, or zero for 30 s`},
		{with(func(p *Phase) { p.Arrivals = &Arrivals{Rate: 1} }), `phase "a": Users is 1: want 0 in a phase of arrivals`},
		{open(Arrivals{}), `phase "a": Arrivals.Rate is 0: want above 0 when the rate is not ramped`},
		{open(Arrivals{Rate: 1e9}), ""},
		{open(Arrivals{Rate: 1.1e9}), `phase "a": Arrivals.Rate is 1.1e+09: want 0 to 1e9 arrivals per second`},
		{open(Arrivals{Rate: nan}), `phase "a": Arrivals.Rate is NaN: want 0 to 1e9 arrivals per second`},
		{open(Arrivals{Rate: 1, RateTo: inf}),
			`phase "a": Arrivals.RateTo is +Inf: want above 0 and up to 1e9 arrivals per second, or 0 to keep Rate`},
		{with(func(p *Phase) { p.Users, p.For, p.Arrivals = 0, 0, &Arrivals{Rate: 1, RateTo: 2} }),
			`phase "a": For is 0s: want above zero when the arrival rate is ramped`},
		{open(Arrivals{Rate: 1, Spacing: 9}), `phase "a": Arrivals.Spacing is Spacing(9): want even, poisson or gamma`},
		{open(Arrivals{Rate: 1, MaxInFlight: -1}), `phase "a": Arrivals.MaxInFlight is -1: want at least 1, or 0 for no cap`},
		{open(Arrivals{Rate: 1, Burstiness: 2}), `phase "a": Arrivals.Burstiness is 2: want 0 unless the spacing is gamma`},
		{open(Arrivals{Rate: 1, Spacing: Gamma}), `phase "a": Arrivals.Burstiness is 0: want above 0 when the spacing is gamma`},
		{Schedule{{Name: "b", For: Forever - 1, Users: 1}, ok}, "the schedule is too long: want at most 292 years in all"},
	} {
		if err := c.schedule.Validate(); c.want == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, c.want)
		}
	}
	assert.ErrorContains(t, open(Arrivals{Rate: 1, Spacing: Gamma, Burstiness: -1}).Validate(),
		`phase "a": Arrivals.Burstiness: gamma`)
}

// misspelt is a hook that knows that it cannot work.
type misspelt struct{}

func (misspelt) Call(context.Context) error { return nil }
func (misspelt) Validate() error            { return errors.New("no scheme") }

// randomSchedule is valid; its phases are as short as its ramps are long.
func randomSchedule(r *rand.Rand) Schedule {
	s := make(Schedule, 1+r.IntN(6))
	for i := range s {
		s[i] = Phase{
			Name:  string(rune('a' + i)),
			For:   time.Duration(1 + r.Int64N(int64(10*time.Second))),
			Users: r.IntN(40),
		}
		if r.IntN(4) > 0 {
			s[i].SpawnRate = math.Exp(2 * r.NormFloat64())
		}
	}
	s[0].Users++
	if r.IntN(3) == 0 {
		s[len(s)-1].For = 0
	}
	return s
}

// same adds up the steps that were taken at one instant already.
func same(steps []levelStep, at time.Duration) (sum int) {
	for _, s := range steps {
		if s.at == at {
			sum += s.delta
		}
	}
	return sum
}

// stepsOf are the changes of the level in the order of time, as the engine makes
// them: those of each ramp that fall before the end of its phase.
func stepsOf(s Schedule) (steps []levelStep) {
	for i := range s {
		level := s.before(i)
		way := s.Steps(i, level)
		for at, delta := way.Next(); at < s.endOf(i); at, delta = way.Next() {
			level += delta
			steps = append(steps, levelStep{at, level, delta})
		}
	}
	return steps
}
