package loadgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// surfing is a Markov chain.
func surfing() scenario.Task {
	return scenario.Task{Name: "surfing", Weight: 2, Steps: steps("home", "search", "page"), Next: scenario.Chain{
		"home":   {"search": 6, "page": 3, scenario.End: 1},
		"search": {"page": 7, "search": 2, scenario.End: 1},
		"page":   {"home": 1, "search": 4, scenario.End: 5},
	}}
}

// pacesOfJourneys are all sorts.
var pacesOfJourneys = map[string]scenario.Pacer{
	"think": scenario.Between(time.Second, 3*time.Second), "on and off": bursty,
	"start to start": scenario.StartToStart{Gap: dist.Gamma{Mean: 2 * time.Second, CV: .5}},
}

// What users do is what the plan says, and the row of a journey has the time of its steps without that between them.
func TestJourneysAreThosePlanned(t *testing.T) {
	tasks := []scenario.Task{shopping(), looking(), surfing()}
	for name, pace := range pacesOfJourneys {
		d := &diary{}
		r := Runner{Seed: 3, NewUser: walkers(d, well, tasks...), Pace: pace, Schedule: phase.Schedule{{Name: "p", For: 10 * time.Minute, Users: 8}}}
		plan, err := r.Plan()
		require.NoError(t, err)
		sum := inBubble(t, r)
		balanced(t, sum)
		assert.Zero(t, sum.Total.Counters.Skipped)
		for user := 1; user <= 8; user++ {
			own, at, ends := d.of(user), time.Duration(0), 0
			require.Greater(t, len(own), 30)
			for i, turn := range plan.User(user, 0, len(own)) {
				at += turn.Gap
				task := tasks[turn.Task].Name
				if tasks[turn.Task].Steps != nil {
					task = tasks[turn.Task].Steps[turn.Step].Name
				}
				if task == "buy" {
					ends++
				}
				require.Equal(t, entry{user, task, at, at}, own[i], "%s, user %d, turn %d", name, user, i)
			}
		}
		buys := int64(len(slices.DeleteFunc(slices.Clone(d.entries), func(e entry) bool { return e.task != "buy" })))
		shop := row(t, sum.Total.Transactions, "shopping")
		assert.Equal(t, buys, shop.Requests, "those that were completed")
		assert.Zero(t, shop.Failures)
		assert.EqualValues(t, 0, shop.ResponseMS.Max, "without think time")
		assert.Positive(t, shop.CutOff, "those in progress at the end")
		assert.Equal(t, sum.Total.Counters.Finished, sum.Total.Aggregated().Requests)
		row(t, sum.Total.Transactions, "surfing")
		assert.Len(t, sum.Total.Transactions, 2)
	}
}

func TestTheRowOfAJourneyIsItsStepsTime(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 100 * time.Millisecond }}
	sum := inBubble(t, Runner{NewUser: walkers(d, well, shopping()), Pace: scenario.Between(time.Second, 3*time.Second), StopTimeout: time.Second, Schedule: phase.Schedule{
		{Name: "first", For: 5 * time.Minute, Users: 20, Settle: -1}, {Name: "second", For: 5 * time.Minute, Users: 20, Settle: -1}}})
	all := row(t, sum.Total.Transactions, "shopping")
	require.Greater(t, all.Requests, int64(200))
	assert.EqualValues(t, 300, all.ResponseMS.Min)
	assert.EqualValues(t, 300, all.ResponseMS.Max)
	assert.EqualValues(t, 300, all.ServiceMS.Max)
	assert.EqualValues(t, all.Requests, row(t, sum.Phases[0].Transactions, "shopping").Requests+row(t, sum.Phases[1].Transactions, "shopping").Requests)
	assert.Positive(t, row(t, sum.Phases[0].Transactions, "shopping").Straddlers, "a journey continues over a border")
	assert.Zero(t, row(t, sum.Phases[0].Transactions, "shopping").CutOff)
	assert.LessOrEqual(t, row(t, sum.Phases[1].Transactions, "shopping").CutOff, int64(20))
	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Contains(t, text.String(), "shopping")
}

// A failing step changes nothing of what is planned: the same users would do the same at the same instants, and what
// they sit out is counted.
func TestFailingStepsMoveNothing(t *testing.T) {
	failing := func(user int, step string) error {
		switch {
		case step == "browse" && user%2 == 0, step == "search" && user%3 == 0:
			return errors.New("no luck")
		case step == "home" && user == 1:
			panic("bad luck")
		case step == "login" && user == 5:
			return strange("exit")
		}
		return nil
	}
	for name, pace := range pacesOfJourneys {
		if testing.Short() && name != "on and off" {
			continue
		}
		type arm struct {
			entries []entry
			sum     *report.Summary
		}
		run := func(what func(int, string) error) arm {
			d := &diary{}
			sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, what, shopping(), looking(), surfing()), Pace: pace, Schedule: phase.Schedule{
				{Name: "a", For: 5 * time.Minute, Users: 12, Arm: "A", Replay: 1},
				{Name: "b", For: 5 * time.Minute, Users: 12, Pace: scenario.Between(time.Second, 2*time.Second)},
				{Name: "c", For: 5 * time.Minute, Users: 7, SpawnRate: 1, Arm: "B", Replay: 1}}})
			balanced(t, sum)
			slices.SortFunc(d.entries, func(a, b entry) int {
				return cmp.Or(cmp.Compare(a.intended, b.intended), cmp.Compare(a.user, b.user))
			})
			return arm{d.entries, sum}
		}
		good, bad := run(well), run(failing)
		for i := range good.sum.Phases {
			assert.Equal(t, good.sum.Phases[i].Counters.Planned, bad.sum.Phases[i].Counters.Planned, name)
			assert.Zero(t, good.sum.Phases[i].Counters.Skipped)
		}
		skipped := bad.sum.Total.Counters.Skipped
		assert.EqualValues(t, len(good.entries)-len(bad.entries), skipped)
		assert.Greater(t, skipped, int64(100))
		n := 0
		for _, e := range bad.entries { // each is one of the others, at its instant
			for n < len(good.entries) && good.entries[n] != e {
				n++
			}
			require.Less(t, n, len(good.entries), "%s: %+v", name, e)
			n++
		}
		var reasons []string
		for _, f := range bad.sum.TransactionFailures {
			reasons = append(reasons, f.Name+": "+f.Reason)
		}
		assert.Subset(t, reasons, []string{"shopping: browse: no luck", "surfing: search: no luck", "surfing: home: panic"})
		assert.Contains(t, fmt.Sprint(bad.sum.Exceptions), "shopping/browse: no luck")
	}
}

// What ends more than itself does not count as a failure, and what was planned is sat out.
func TestJourneysSessionsAndUsersEndThemselves(t *testing.T) {
	on := func(step string, err error) func(int, string) error { return on(step, fmt.Errorf("enough: %w", err)) }
	run := func(pace scenario.Pacer, what func(int, string) error) (*report.Summary, *diary) {
		d := &diary{}
		sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, what, shopping(), looking()), Pace: pace, Schedule: phase.Schedule{{Name: "p", For: 10 * time.Minute, Users: 8}}})
		balanced(t, sum)
		assert.Empty(t, sum.Exceptions)
		assert.Empty(t, sum.TransactionFailures)
		return sum, d
	}
	whole, _ := run(bursty, well)

	sum, d := run(bursty, on("browse", scenario.EndJourney))
	assert.Equal(t, whole.Total.Counters.Planned, sum.Total.Counters.Planned)
	assert.NotContains(t, tasksOf(d.entries), "buy")
	assert.Positive(t, row(t, sum.Total.Transactions, "shopping").Requests)

	sum, d = run(bursty, on("look", scenario.EndSession))
	assert.Equal(t, whole.Total.Counters.Planned, sum.Total.Counters.Planned)
	assert.Greater(t, sum.Total.Counters.Skipped, int64(100))
	assert.Greater(t, len(d.of(1)), 3, "the next session comes")

	sum, _ = run(scenario.Between(time.Second, 3*time.Second), on("look", scenario.EndSession))
	assert.Zero(t, sum.Total.Counters.Skipped, "there are no sessions")

	sum, d = run(bursty, on("buy", scenario.Leave))
	assert.Positive(t, sum.Total.Counters.Left)
	assert.EqualValues(t, sum.Total.Counters.Left, row(t, sum.Total.Transactions, "shopping").Requests)
	for user := 1; user <= 8; user++ {
		if i := slices.Index(tasksOf(d.of(user)), "buy"); i >= 0 {
			assert.Len(t, d.of(user), i+1, "for good")
		}
	}
	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Contains(t, text.String(), "users left")
}

// A start hook may say so, too.
func TestStartHooksEndSessionsAndUsers(t *testing.T) {
	run := func(err error, p phase.Phase) (*report.Summary, *diary) {
		d := &diary{}
		sum := inBubble(t, Runner{Seed: 3, Pace: bursty, Schedule: phase.Schedule{p}, NewUser: func(env scenario.Env) (scenario.User, error) {
			return &walker{env: env, diary: d, what: well, start: err, tasks: []scenario.Task{shopping(), looking()}}, nil
		}})
		balanced(t, sum)
		assert.Empty(t, sum.Exceptions)
		return sum, d
	}
	users := phase.Phase{Name: "p", For: 5 * time.Minute, Users: 8}
	sum, d := run(scenario.Leave, users)
	assert.Empty(t, d.entries)
	assert.EqualValues(t, 8, sum.Total.Counters.Left)

	whole, _ := run(nil, users)
	sum, d = run(scenario.EndSession, users)
	assert.Equal(t, whole.Total.Counters.Planned, sum.Total.Counters.Planned)
	assert.Positive(t, sum.Total.Counters.Skipped)
	assert.NotEmpty(t, d.entries)

	arrive := phase.Phase{Name: "p", For: 5 * time.Minute, Arrivals: &phase.Arrivals{Rate: 1, Session: true}}
	sum, d = run(scenario.EndSession, arrive)
	assert.Empty(t, d.entries)
	assert.Zero(t, sum.Total.Counters.Left)

	arrive.Arrivals = &phase.Arrivals{Rate: 1}
	sum, d = run(scenario.Leave, arrive)
	assert.Empty(t, d.entries)
	assert.Positive(t, sum.Total.Counters.Missed)
}

// A user who must go, a matched arm and the end of the run cut journeys off; none is lost.
func TestJourneysAreCutOff(t *testing.T) {
	d := &diary{took: func(int) time.Duration { return 100 * time.Millisecond }}
	long := scenario.Task{Name: "long", Weight: 1, Steps: steps("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")}
	sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, long), Pace: scenario.Between(20*time.Second, 40*time.Second), StopTimeout: time.Second, Schedule: phase.Schedule{
		{Name: "full", For: 20 * time.Minute, Users: 40}, {Name: "few", For: time.Minute, Users: 10},
		{Name: "arm", For: time.Minute, Users: 10, Arm: "A", Replay: 1}}})
	balanced(t, sum)
	begun := int64(len(slices.DeleteFunc(slices.Clone(d.entries), func(e entry) bool { return e.task != "a" })))
	rows := row(t, sum.Total.Transactions, "long")
	assert.Equal(t, begun, rows.Requests+rows.CutOff, "each journey that has begun is in the row")
	assert.GreaterOrEqual(t, rows.CutOff, int64(40), "30 who left, 10 at the border, and those at the end")
	assert.Zero(t, rows.Failures)
	assert.EqualValues(t, 1000, rows.ResponseMS.Min)
}

// The end of a session cuts the journey off: people leave carts.
func TestSessionsLeaveJourneys(t *testing.T) {
	d := &diary{}
	sum := inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, shopping()), Pace: bursty, Schedule: phase.Schedule{
		{Name: "p", For: 10 * time.Minute, Arrivals: &phase.Arrivals{Rate: 1, Session: true}}}})
	balanced(t, sum)
	begun := int64(len(slices.DeleteFunc(slices.Clone(d.entries), func(e entry) bool { return e.task != "login" })))
	shop := row(t, sum.Total.Transactions, "shopping")
	assert.Equal(t, begun, shop.Requests+shop.CutOff)
	assert.Greater(t, shop.Requests, int64(100))
	assert.Greater(t, shop.CutOff, int64(100))
}

// Starts that are given up take the journey with them; only an optional step may fail or be missed.
func TestMissedAndOptionalSteps(t *testing.T) {
	d := &diary{took: func(n int) time.Duration {
		if n == 5 {
			return 3 * time.Minute
		}
		return 0
	}}
	three := scenario.Task{Name: "three", Weight: 1, Steps: steps("a", "b", "c")}
	r := Runner{Seed: 3, NewUser: walkers(d, well, three), Schedule: every(10*time.Minute, 1)}
	sum := inBubble(t, r)
	balanced(t, sum)
	c := sum.Total.Counters
	assert.Positive(t, c.Missed)
	assert.Positive(t, c.Skipped)
	assert.EqualValues(t, 60, c.Planned)
	rows := row(t, sum.Total.Transactions, "three")
	assert.LessOrEqual(t, rows.CutOff, int64(2), "the one that lost a step, and the one at the end")
	for i, e := range d.entries {
		if e.task != "a" {
			assert.NotEqual(t, e.task, d.entries[i-1].task, "no step without the one before")
		}
	}

	three.Steps[1].Optional = true
	d = &diary{}
	r.NewUser = walkers(d, on("b", errors.New("no luck")), three)
	sum = inBubble(t, r)
	assert.Zero(t, sum.Total.Counters.Skipped)
	assert.Zero(t, row(t, sum.Total.Transactions, "three").Failures)
	assert.Contains(t, tasksOf(d.entries), "c")
}

// An arrival that draws a journey stays until its end, by its own streams, in any share of the run.
func TestArrivalsMakeJourneys(t *testing.T) {
	length := unlessShort(10*time.Minute, 3*time.Minute)
	schedule := phase.Schedule{{Name: "p", For: length, Arrivals: &phase.Arrivals{Rate: .5, Spacing: phase.Poisson}}}
	arrivals := .5 * length.Seconds()
	failing := on("browse", errors.New("no luck"))
	type visit struct {
		task string
		at   time.Duration
	}
	visits := func(d *diary) (all []visit) {
		for _, e := range d.entries {
			all = append(all, visit{e.task, e.intended})
		}
		slices.SortFunc(all, func(a, b visit) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.task, b.task)) })
		return all
	}
	for name, pace := range pacesOfJourneys {
		if testing.Short() && name != "think" {
			continue
		}
		d := &diary{}
		r := Runner{Seed: 3, NewUser: walkers(d, well, shopping(), looking(), surfing()), Pace: pace, Schedule: schedule}
		sum := inBubble(t, r)
		balanced(t, sum)
		assert.InDelta(t, arrivals, row(t, sum.Total.Transactions, "shopping").Requests+row(t, sum.Total.Transactions, "surfing").Requests+
			row(t, sum.Total.Operations, "look").Requests, arrivals/3)

		bad := &diary{}
		r.NewUser = walkers(bad, failing, shopping(), looking(), surfing())
		worse := inBubble(t, r)
		balanced(t, worse)
		assert.Equal(t, sum.Total.Counters.Planned, worse.Total.Counters.Planned, name)
		assert.Positive(t, worse.Total.Counters.Skipped)
		assert.Subset(t, visits(d), visits(bad), "at the same instants")

		r.NewUser = walkers(&diary{}, on("browse", scenario.EndSession), shopping(), looking())
		short := inBubble(t, r)
		balanced(t, short)
		assert.Zero(t, short.Total.Counters.Skipped, "it departs, and sits nothing out")

		shared := &diary{}
		r.NewUser = walkers(shared, well, shopping(), looking(), surfing())
		journeysIn(t, r, 3)
		assert.Equal(t, visits(d), visits(shared), name)

		r.Schedule = phase.Schedule{{Name: "p", For: length, Arrivals: &phase.Arrivals{Rate: 1, MaxInFlight: 5}}}
		capped := inBubble(t, r)
		balanced(t, capped)
		assert.Positive(t, capped.Total.Counters.Dropped, "who is on a journey is in flight")
	}
}

// journeysIn runs r in several shares, in a bubble.
func journeysIn(t *testing.T, r Runner, shares int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &team{}
		for i := range shares {
			m, err := r.Member(Share{Index: i, Of: shares})
			require.NoError(t, err)
			c.members = append(c.members, m)
			c.over.Go(func() { assert.NoError(t, m.Run(t.Context(), Line{Since: time.Now(), At: -time.Second})) })
		}
		c.over.Wait()
	})
}

// Whatever the number of processes, the same users make the same journeys.
func TestSharesOfJourneysAreTheRun(t *testing.T) {
	onOneProcessor(t)
	r := Runner{Seed: 3, Schedule: upAndDown, Pace: bursty}
	r.Schedule = slices.Clone(r.Schedule)
	r.Schedule[1].Weights = phase.Weights{"surfing": 1}
	sorted := func(d *diary) []entry {
		slices.SortFunc(d.entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.intended, b.intended)) })
		return d.entries
	}
	whole := &diary{}
	r.NewUser = walkers(whole, well, shopping(), surfing())
	inBubble(t, r)
	for _, n := range unlessShort([]int{1, 2, 7, 64}, []int{3}) {
		d := &diary{}
		r.NewUser = walkers(d, well, shopping(), surfing())
		journeysIn(t, r, n)
		assert.Equal(t, sorted(whole), sorted(d), "%d shares", n)
	}
}

// Two kinds may have journeys of one name; each has a row.
func TestKindsMakeJourneys(t *testing.T) {
	d := &diary{}
	kind := func(name string) scenario.Kind {
		return scenario.Kind{Name: name, Weight: 1, NewUser: walkers(d, well, shopping()), Pace: scenario.Between(time.Second, 3*time.Second)}
	}
	sum := inBubble(t, Runner{Seed: 3, Kinds: []scenario.Kind{kind("a"), kind("b")}, Schedule: phase.Schedule{{Name: "p", For: 10 * time.Minute, Users: 8}}})
	balanced(t, sum)
	assert.Positive(t, row(t, sum.Total.Transactions, "a shopping").Requests)
	assert.Positive(t, row(t, sum.Total.Transactions, "b shopping").Requests)
	assert.Len(t, sum.Total.Transactions, 2)
}

// A claim may name a journey, before any was completed.
func TestClaimsNameJourneys(t *testing.T) {
	r := Runner{Seed: 3, NewUser: walkers(&diary{}, on("browse", errors.New("no luck")), shopping()), Pace: bursty, Schedule: phase.Schedule{{Name: "p", For: time.Hour, Users: 8}}}
	plan, err := r.Plan()
	require.NoError(t, err)
	good, err := claim.ParseAll("shopping failures < 1%", "shopping p95 < 3s")
	require.NoError(t, err)
	require.NoError(t, good.Check(plan))
	for _, c := range good.Judge(inBubble(t, r)) {
		assert.Equal(t, claim.Broken, c.Outcome, "%+v", c)
		assert.Greater(t, c.Requests, int64(100))
	}
}

// stubborn is a pacer that takes no gap from a step.
type stubborn struct{ scenario.Pacer }

func TestWrongJourneysAreRefused(t *testing.T) {
	twice := shopping()
	twice.Steps[1].Name = "login"
	called := func(journey, step string) scenario.Task {
		task := shopping()
		task.Name, task.Steps[0].Name = journey, step
		return task
	}
	for want, r := range map[string]Runner{
		`task 1, "shopping": step "login" is given twice`: {NewUser: walkers(&diary{}, well, twice)},
		`journey "Aggregated" has the name of a metric, a method of HTTP or another word that claims are made of; give it another one`: {
			NewUser: walkers(&diary{}, well, called("Aggregated", "login"))},
		`journey "p" has the name of a phase; give it another one`:                     {NewUser: walkers(&diary{}, well, called("p", "login"))},
		`journey "a\nb" has a control character in its name; give one without`:         {NewUser: walkers(&diary{}, well, called("a\nb", "login"))},
		`journey "shopping": step "log, in" has a comma in its name; give one without`: {NewUser: walkers(&diary{}, well, called("shopping", "log, in"))},
		`phase "p": step "buy" of task "shopping" has its own think time, which the pace no wait does not take`: {
			NewUser: walkers(&diary{}, well, shopping()), Pace: stubborn{scenario.NoWait{}}},
		`Runner.Figures: transaction "shopping" is also the name of a journey`: {
			NewUser: walkers(&diary{}, well, shopping()), Figures: []measure.Figure{measure.Transaction("shopping")}},
	} {
		r.Schedule = phase.Schedule{{Name: "p", For: time.Second, Users: 1}}
		_, err := r.Plan()
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "\n")
	}
	made := 0
	_, err := Runner{Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}}, NewUser: func(env scenario.Env) (scenario.User, error) {
		task := shopping()
		if made++; made > 1 {
			task.Steps = task.Steps[:2]
		}
		return (&walker{env: env, what: well, tasks: []scenario.Task{task}}), nil
	}}.Plan()
	require.NoError(t, err, "there is one user")
}

// A journey is declared with the kinds of users that have it.
func TestJourneysOfKinds(t *testing.T) {
	d := &diary{}
	p, err := Runner{Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 3}}, Figures: []measure.Figure{wins}, Kinds: []scenario.Kind{
		{Name: "buyer", Weight: 1, NewUser: walkers(d, well, shopping(), surfing())},
		{Name: "browser", Weight: 1, NewUser: walkers(d, well, surfing())},
		{Name: "admin", Weight: 1, NewUser: walkers(d, well, looking())},
	}}.Plan()
	require.NoError(t, err)
	assert.Equal(t, []report.Declared{
		{Sort: report.SortCounter, Name: "wins"}, {Sort: report.SortTransaction, Name: "shopping", Kinds: []string{"buyer"}},
		{Sort: report.SortTransaction, Name: "surfing", Kinds: []string{"buyer", "browser"}},
	}, p.Declared())
	for text, want := range map[string]string{
		"admin shopping failures < 1%": `claim "admin shopping failures < 1%": admin has no journey "shopping"; it belongs to "buyer"`,
		"admin surfing p95 < 1s":       `claim "admin surfing p95 < 1s": admin has no journey "surfing"; it belongs to "buyer", "browser"`,
	} {
		list, err := claim.ParseAll(text)
		require.NoError(t, err)
		assert.EqualError(t, list.Check(p), want)
	}
}

// Steps, their order and their think times are part of the plan; without them the digest is what it was.
func TestDigestHasJourneys(t *testing.T) {
	r := func(tasks ...scenario.Task) Runner {
		return Runner{Seed: 3, NewUser: walkers(&diary{}, well, tasks...), Pace: bursty, Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 3}}}
	}
	think, optional, chain, name := shopping(), shopping(), surfing(), shopping()
	think.Steps[2].Think = dist.Gamma{Mean: 31 * time.Second, CV: .5}
	optional.Steps[0].Optional = true
	chain.Next["home"] = map[string]float64{"search": 6, "page": 3, scenario.End: 1.001}
	name.Steps[0].Name = "log in"
	seen := map[string]int{}
	for i, tasks := range [][]scenario.Task{{shopping(), surfing()}, {think, surfing()}, {optional, surfing()}, {shopping(), chain}, {name, surfing()}} {
		digest := digestOf(t, r(tasks...))
		assert.NotContains(t, seen, digest)
		seen[digest] = i
	}
	assert.Equal(t, "14d3467f7f27d2fe", digestOf(t, r(shopping(), surfing())), "golden")
	plan, err := r(shopping(), surfing()).Plan()
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	assert.Contains(t, text.String(), "steps of shopping (all phases): login, then browse, then buy\n")
	assert.Contains(t, text.String(), "steps of surfing (all phases): home 27.4 %, search 37.9 %, page 34.7 %; 4.19\n  steps a journey\n")
	assert.Contains(t, text.String(), "IDC are rough")
	assert.Equal(t, []report.Declared{{Sort: report.SortTransaction, Name: "shopping"}, {Sort: report.SortTransaction, Name: "surfing"}}, plan.Declared())
}

// Where the pace leaves no time between steps, those that are sat out take as long as the last one that was made: a
// first step that fails is asked for as often as one that succeeds, and no pacer is blamed for long journeys.
func TestAFailingStepIsNoStormWithoutWait(t *testing.T) {
	long := scenario.Task{Name: "long", Weight: 1, Steps: steps("login", "page"), Next: scenario.Chain{"login": {"page": 1}, "page": {"page": 1500, scenario.End: 1}}}
	var pace scenario.Pacer
	run := func(what func(int, string) error, task scenario.Task, length time.Duration) (logins int, sum *report.Summary) {
		d := &diary{took: func(int) time.Duration { return 10 * time.Millisecond }}
		sum = inBubble(t, Runner{Seed: 3, NewUser: walkers(d, what, task), Pace: pace, Schedule: phase.Schedule{{Name: "p", For: length, Users: 2}}})
		balanced(t, sum)
		for _, x := range sum.Exceptions {
			assert.NotContains(t, x.Message, "pace", "the pacer is not to blame")
		}
		for _, e := range d.entries {
			if e.task == "login" {
				logins++
			}
		}
		return logins, sum
	}
	failing := on("login", errors.New("503"))
	chain := long
	chain.Next = scenario.Chain{"login": {"page": 1}, "page": {"page": 9, scenario.End: 1}}
	good, fine := run(well, chain, 30*time.Second)
	bad, worse := run(failing, chain, 30*time.Second)
	assert.InDelta(t, 550, good, 60)
	assert.InDelta(t, good, bad, 5)
	assert.InDelta(t, fine.Total.Counters.Planned, worse.Total.Counters.Planned, 5)

	pace = scenario.Between(time.Millisecond, 3*time.Millisecond)
	good, _ = run(well, chain, 30*time.Second)
	bad, _ = run(failing, chain, 30*time.Second)
	assert.Greater(t, bad, good)
	assert.Less(t, float64(bad), 1.4*float64(good), "next to no think time is left out where a step is skipped, and no more")

	pace = nil
	bad, worse = run(failing, long, 2*time.Minute)
	assert.InDelta(t, 16, bad, 12)
	assert.InDelta(t, 24000, worse.Total.Counters.Planned, 5)
}

// What a step may draw, such as whether it is traced, is another draw in each step, though nothing is drawn between them.
func TestStepsHaveDifferentDraws(t *testing.T) {
	seen := map[uint64]bool{}
	inBubble(t, Runner{Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 1}}, Pace: scenario.Between(time.Second, 2*time.Second),
		NewUser: func(scenario.Env) (scenario.User, error) {
			s := steps("login", "browse", "buy")
			for i := range s {
				s[i].Do = func(ctx context.Context) error {
					draws := measure.FromContext(ctx).Task().Draws
					assert.False(t, seen[draws])
					seen[draws] = true
					return nil
				}
			}
			return tasklist{{Name: "shopping", Weight: 1, Steps: s}}, nil
		}})
	assert.Greater(t, len(seen), 30)
}

// A step that ends in a phase of another pace is followed when that pace begins, and not after the next step's own think
// time.
func TestAStepOverABorderIsFollowedByTheNewPace(t *testing.T) {
	follow := func(think dist.Distribution) map[int]time.Duration {
		d := &diary{took: func(int) time.Duration { return 2 * time.Minute }}
		s := steps("a", "b")
		s[1].Think = think
		inBubble(t, Runner{Seed: 3, NewUser: walkers(d, well, scenario.Task{Name: "long", Weight: 1, Steps: s}), Pace: scenario.NoWait{}, Schedule: phase.Schedule{
			{Name: "first", For: time.Minute, Users: 30}, {Name: "second", For: 20 * time.Minute, Users: 30, Pace: bursty}}})
		first := map[int]time.Duration{}
		for _, e := range d.entries {
			if e.task == "b" && first[e.user] == 0 {
				first[e.user] = e.intended
			}
		}
		return first
	}
	own := follow(dist.Constant{Value: 7 * time.Second})
	assert.Len(t, own, 30)
	assert.Equal(t, follow(nil), own)
}
