package loadgen

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// At every level each kind has its share, whatever came before; new shares come one exchange after the other.
func TestKindsKeepTheirShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &lobby{}
		r := shopRunner(in)
		plan, err := r.Plan()
		require.NoError(t, err)
		start := time.Now()
		done := make(chan *report.Summary)
		go func() {
			sum, err := r.Run(t.Context())
			assert.NoError(t, err)
			done <- sum
		}()
		usual, err := phase.NewOrder(r.Kinds, nil)
		require.NoError(t, err)
		sale, err := phase.NewOrder(r.Kinds, r.Schedule[3].Kinds)
		require.NoError(t, err)
		halves, err := phase.NewOrder(r.Kinds, r.Schedule[5].Kinds)
		require.NoError(t, err)
		for at := 100 * time.Millisecond; at < r.Schedule.End(); at += 500 * time.Millisecond {
			time.Sleep(at - time.Since(start))
			synctest.Wait()
			level, have := r.Schedule.UsersAt(at), in.counts(r.Kinds)
			switch i := r.Schedule.At(at); {
			case i == 5: // exchanged at once, where they begin
				require.Equal(t, halves.Counts(level), have, "at %v", at)
			case i != 3:
				require.Equal(t, usual.Counts(level), have, "at %v", at)
			case at >= plan.Phases()[i].RampEnd:
				require.Equal(t, sale.Counts(level), have, "at %v", at)
			default: // 80 and 20 become 95 and 5
				swaps := 1 + int((at-r.Schedule.Start(i))/time.Second)
				require.Equal(t, []int{80 + swaps, 20 - swaps, 2}, have, "at %v", at)
			}
		}
		sum := <-done
		assert.Equal(t, 14*time.Second, plan.Phases()[3].RampEnd-plan.Phases()[3].Start, "15 exchanges, one a second")
		assert.Empty(t, in.trouble)

		// Each user knows who it is, and the plan knew how many there would be.
		seen, users := map[string]int{}, map[int]bool{}
		for _, env := range in.all {
			seen[env.Kind]++
			assert.False(t, users[env.User])
			users[env.User] = true
			assert.LessOrEqual(t, env.Seat, env.Most)
			assert.LessOrEqual(t, env.Index, env.Users)
			assert.Positive(t, env.Seat)
		}
		for k, kind := range r.Kinds {
			assert.Equal(t, plan.course.Made[k], seen[kind.Name])
			for _, env := range in.all {
				if env.Kind == kind.Name {
					assert.Equal(t, k, plan.kindOf(env.User))
				}
			}
		}

		// The rows are those of the kinds, and together those of all.
		var total int64
		for _, o := range sum.Total.Overall() {
			if o.Name == "list" {
				total = o.Requests
			}
		}
		list := sum.Total.Row(report.Op{Name: "list"})
		buyers, browsers := sum.Total.Row(report.Op{Kind: "buyer", Name: "list"}), sum.Total.Row(report.Op{Kind: "browser", Name: "list"})
		require.NotNil(t, list)
		assert.Equal(t, list.Requests, buyers.Requests+browsers.Requests)
		assert.Equal(t, list.Requests, total)
		assert.Nil(t, sum.Total.Row(report.Op{Kind: "admin", Name: "list"}))
		assert.Equal(t, sum.Total.Row(report.Op{Kind: "buyer"}).Requests, buyers.Requests+sum.Total.Row(report.Op{Kind: "buyer", Name: "buy"}).Requests)
		assert.Equal(t, []report.KindInfo{
			{Name: "buyer", Users: 95, Share: .95, Pace: r.Kinds[0].Pace.String()}, {Name: "browser", Users: 5, Share: .05, Pace: r.Schedule[3].Paces["browser"].String()},
			{Name: "admin", Users: 2, Count: 2, Pace: r.Kinds[2].Pace.String()},
		}, sum.Phases[3].Kinds)
		// The mix of buyers is the phase's where it names one of their tasks.
		for i, want := range []float64{.75, .75, .25, .75, .75, .75} {
			p := &sum.Phases[i]
			n, of := float64(p.Row(report.Op{Kind: "buyer", Name: "list"}).Requests), float64(p.Row(report.Op{Kind: "buyer"}).Requests)
			chi := (n-of*want)*(n-of*want)/(of*want) + (n-of*want)*(n-of*want)/(of*(1-want))
			assert.Less(t, chi, 30., "%s: %v of %v", p.Name, n, of)
		}
	})
}

// Whatever the number of processes, the same users of the same kinds do the same at the same instants, and no share
// has more than its part of a kind.
func TestKindsAreTheSameInAnyShares(t *testing.T) {
	onOneProcessor(t)
	run := func(n int, r func(*lobby) Runner) (doings []string, digest string) {
		synctest.Test(t, func(t *testing.T) {
			in := &lobby{}
			var over sync.WaitGroup
			for i := range n {
				m, err := r(in).Member(Share{Index: i, Of: n})
				require.NoError(t, err)
				digest = m.Plan().Digest()
				over.Go(func() { assert.NoError(t, m.Run(t.Context(), Line{Since: time.Now(), At: -time.Second})) })
			}
			over.Wait()
			assert.Empty(t, in.trouble)
			doings = in.doings
		})
		slices.Sort(doings)
		return doings, digest
	}
	arrivals := func(in *lobby) Runner {
		r := shopRunner(in)
		for i := range r.Kinds {
			r.Kinds[i].Pace = nil
		}
		r.Pace = bursty
		r.Schedule = phase.Schedule{
			{Name: "sessions", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 2, Spacing: phase.Poisson, Session: true}},
			{Name: "level", For: time.Minute, Users: 12, SpawnRate: 1},
			{Name: "more", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1, RateTo: 4, Session: true}, Kinds: phase.Shares{"browser": 1, "buyer": 1}},
		}
		return r
	}
	apart := func(in *lobby) Runner {
		r := arrivals(in)
		for i := range r.Schedule {
			if a := r.Schedule[i].Arrivals; a != nil {
				a.Apart = true
			}
		}
		return r
	}
	for name, r := range map[string]func(*lobby) Runner{"waves": shopRunner, "arrivals": arrivals, "apart": apart} {
		if testing.Short() && name == "arrivals" {
			continue
		}
		whole, digest := run(1, r)
		require.NotEmpty(t, whole)
		for _, n := range unlessShort([]int{2, 3, 5, 8, 64}, []int{3}) {
			parts, same := run(n, r)
			require.Equal(t, whole, parts, "%s, %d shares", name, n)
			assert.Equal(t, digest, same)
		}
	}
}

// Single tasks and sessions arrive by the shares of the phase, exactly.
func TestKindsArrive(t *testing.T) {
	for _, session := range []bool{false, true} {
		in := &lobby{}
		r := shopRunner(in)
		for i := range r.Kinds {
			r.Kinds[i].Pace = nil
		}
		r.Pace = bursty
		r.Schedule = phase.Schedule{
			{Name: "usual", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 10, Session: session}},
			{Name: "sale", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 10, Spacing: phase.Poisson, Session: session}, Kinds: phase.Shares{"buyer": 1, "browser": 1}},
		}
		sum := inBubble(t, r)
		if session {
			n := map[string]int{}
			for _, env := range in.all[:600] {
				n[env.Kind]++
				assert.Zero(t, env.Seat)
			}
			assert.Equal(t, map[string]int{"buyer": 480, "browser": 120}, n)
			continue
		}
		assert.EqualValues(t, 480, sum.Phases[0].Row(report.Op{Kind: "buyer"}).Requests)
		assert.EqualValues(t, 120, sum.Phases[0].Row(report.Op{Kind: "browser"}).Requests)
		assert.InDelta(t, sum.Phases[1].Row(report.Op{Kind: "buyer"}).Requests, sum.Phases[1].Row(report.Op{Kind: "browser"}).Requests, 1)
	}
}

// A level changed by hand has the shares of the phase, too.
func TestKindsByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &lobby{}
		c := NewController(func(o StartRequest) (Runner, error) {
			r := shopRunner(in)
			r.Schedule = phase.Schedule{{Name: "p", Users: o.Users, SpawnRate: o.SpawnRate}}
			return r, nil
		})
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Users: 7}))
		after(time.Second)
		assert.Equal(t, []int{4, 1, 2}, in.counts(shop(in)))
		for _, want := range [][]int{{80, 20, 2}, {8, 2, 2}, {0, 0, 1}, {80, 20, 2}} {
			require.NoError(t, c.Start(StartRequest{Users: want[0] + want[1] + want[2]}))
			after(time.Second)
			assert.Equal(t, want, in.counts(shop(in)))
		}
	})
}

// The plan of several kinds, its text and its digest are the same on one core and two, and so is what users do.
func TestPlanOfKindsDoesNotDependOnCores(t *testing.T) {
	var texts []string
	var doings [][]string
	for _, cores := range []int{1, 2} {
		t.Run(fmt.Sprint(cores), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			in := &lobby{}
			r := shopRunner(in)
			r.Schedule = phase.Schedule{waves[0], waves[3]}
			r.Schedule[0].For, r.Schedule[1].For = time.Minute, time.Minute
			p, err := r.Plan()
			require.NoError(t, err)
			var text strings.Builder
			require.NoError(t, p.WriteText(&text))
			sum := inBubble(t, r)
			assert.Contains(t, text.String(), "plan "+sum.PlanDigest)
			slices.Sort(in.doings)
			texts, doings = append(texts, text.String()), append(doings, in.doings)
		})
	}
	require.Len(t, doings, 2)
	assert.Equal(t, texts[0], texts[1])
	assert.Equal(t, doings[0], doings[1])
	assert.Greater(t, len(doings[0]), 1000)
}

func TestPlanOfKinds(t *testing.T) {
	p, err := shopRunner(&lobby{}).Plan()
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, p.WriteText(&text))
	assert.Contains(t, text.String(), `
kinds (up, down, up again, after): buyer 80 %, browser 20 %, admin 2 fixed
kinds (sale): buyer 95 %, browser 5 %, admin 2 fixed
kinds (curve): buyer 50 %, browser 50 %, admin 2 fixed
at once at most 95 buyer, 44 browser, 2 admin; made in all `)
	assert.Contains(t, text.String(), `
tasks of buyer (up, down, sale, after, curve): list 75 %, buy 25 %
tasks of buyer (up again): list 25 %, buy 75 %
tasks of browser (all phases): list 100 %
tasks of admin (all phases): audit 100 %
`)
	assert.Equal(t, []string{"buyer/list", "buyer/buy", "browser/list", "admin/audit"}, p.Tasks())
	sum := 0.
	for _, s := range p.Shares(2) {
		sum += s.Share
	}
	assert.InDelta(t, 1, sum, 1e-12)
	assert.Equal(t, "7167d1192cbf0567", p.Digest(), "frozen")
	curve := p.Phases()[5]
	assert.InDelta(t, 2/43.5, curve.Weights["admin/audit"], 1e-3, "of the mean level, 43.5")
	assert.Equal(t, 34, curve.Kinds[0].Users, "of the last level, 70")
}

// The page, the exporters and the log may ask at once.
func TestUsersOfKindsAreCountedAtOnce(t *testing.T) {
	p, err := shopRunner(&lobby{}).Plan()
	require.NoError(t, err)
	var all sync.WaitGroup
	for from := range 4 {
		all.Go(func() {
			for n := from; n < 100; n++ {
				sum := 0
				for _, k := range p.kindsOf(0, n) {
					sum += k.Users
				}
				assert.Equal(t, n, sum)
			}
		})
	}
	all.Wait()
	assert.Equal(t, []report.KindUsers{{Name: "buyer", Users: 40}, {Name: "browser", Users: 10}, {Name: "admin", Users: 2}}, p.kindsOf(0, 52))
}

// What makes no sense is refused before the run, in one line that says what there is.
func TestKindsRefused(t *testing.T) {
	in := &lobby{}
	for want, change := range map[string]func(*Runner){
		"Runner.NewUser is set, too":                                       func(r *Runner) { r.NewUser = r.Kinds[0].NewUser },
		"there is none; give at least one":                                 func(r *Runner) { r.Kinds = []scenario.Kind{} },
		"kind 1 has no name":                                               func(r *Runner) { r.Kinds[0].Name = "" },
		`the name "a/b" has a slash`:                                       func(r *Runner) { r.Kinds[0].Name = "a/b" },
		`the name "a\x00" has a control character in it; give one without`: func(r *Runner) { r.Kinds[0].Name = "a\x00" },
		`the name "a,b" has a comma in it`:                                 func(r *Runner) { r.Kinds[0].Name = "a,b" },
		`the name "a{b" has a brace in it`:                                 func(r *Runner) { r.Kinds[0].Name = "a{b" },
		`the name "a b" has a space in it`:                                 func(r *Runner) { r.Kinds[0].Name = "a b" },
		`kind "run" has the name of a metric, a method of HTTP or another word that claims are made of; give it another one`: func(r *Runner) { r.Kinds[0].Name = "run" },
		`kind "aggregated" has the name of a metric`:                                         func(r *Runner) { r.Kinds[0].Name = "aggregated" },
		`kind "GET" has the name of a metric`:                                                func(r *Runner) { r.Kinds[0].Name = "GET" },
		`Runner.Figures: value "buyer" has the name of a kind of users; give it another one`: func(r *Runner) { r.Figures = []measure.Figure{measure.Value("buyer")} },
		`the name "browser" is given twice`:                                                  func(r *Runner) { r.Kinds[2].Name = "browser" },
		`kind "browser" has no NewUser`:                                                      func(r *Runner) { r.Kinds[1].NewUser = nil },
		`kind "buyer" has weight NaN`:                                                        func(r *Runner) { r.Kinds[0].Weight = math.NaN() },
		`kind "admin" has count -1`:                                                          func(r *Runner) { r.Kinds[2].Count = -1 },
		`kind "buyer" has weight 80 and count 3; give one of them`:                           func(r *Runner) { r.Kinds[0].Count = 3 },
		`kind "buyer": Pace: think time: no distribution given`:                              func(r *Runner) { r.Kinds[0].Pace = scenario.Think{} },
		`there are 65; give at most 64`:                                                      func(r *Runner) { r.Kinds = slices.Repeat(r.Kinds[:1], 65) },
		`all weights are zero: want at least one of buyer, browser above 0`:                  func(r *Runner) { r.Kinds[0].Weight, r.Kinds[1].Weight = 0, 0 },
		`the highest level is 12, and 13 admin have a fixed count: want at least 13, or 0`:   func(r *Runner) { r.Kinds[2].Count = 13 },
		`the highest level is 52, and all kinds have a fixed count, 2 admin: want 2, or a kind with a Weight`: func(r *Runner) {
			r.Kinds = r.Kinds[2:]
			r.Schedule = r.Schedule[:1]
		},
		`all kinds have a fixed count, 2 admin, and no user of these arrives`: func(r *Runner) {
			r.Kinds = r.Kinds[2:]
			r.Schedule = phase.Schedule{{Name: "open", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1}}}
		},
		`Kinds: unknown kind "bot": want one of buyer, browser`:                      func(r *Runner) { r.Schedule[0].Kinds = phase.Shares{"bot": 1} },
		`Paces: unknown kind "bot": want one of buyer, browser, admin`:               func(r *Runner) { r.Schedule[0].Paces = phase.Paces{"bot": scenario.NoWait{}} },
		`weights: unknown task "sell": want one of buyer/list`:                       func(r *Runner) { r.Schedule[0].Weights = phase.Weights{"sell": 1} },
		`weights: several kinds have a task "list": want buyer/list or browser/list`: func(r *Runner) { r.Schedule[0].Weights = phase.Weights{"list": 1} },
		`weights: the mix is empty: want at least one of buyer/list`:                 func(r *Runner) { r.Schedule[0].Weights = phase.Weights{} },
		`kind "buyer": all weights are zero`:                                         func(r *Runner) { r.Schedule[0].Weights = phase.Weights{"buy": 0} },
		`weights: task buy of kind buyer is named twice`:                             func(r *Runner) { r.Schedule[0].Weights = phase.Weights{"buy": 1, "buyer/buy": 1} },
		`Kinds differ from those of phase "up" with the same Replay, 1`:              func(r *Runner) { r.Schedule[0].Replay, r.Schedule[3].Replay = 1, 1 },
		`kind "buyer": a user has no task: want at least one`: func(r *Runner) {
			r.Kinds[0].NewUser = func(env scenario.Env) (scenario.User, error) { return &shopper{}, nil }
		},
		`kind "buyer": NewUser: no network`: func(r *Runner) {
			r.Kinds[0].NewUser = func(env scenario.Env) (scenario.User, error) { return nil, errors.New("no network") }
		},
		`phase "up": it has Kinds or Paces, and there is one kind of users only`: func(r *Runner) {
			r.Kinds, r.NewUser, r.Schedule[0].Kinds = nil, r.Kinds[0].NewUser, phase.Shares{"buyer": 1}
		},
		`kind "up" has the name of a phase; give another one, since claims name them`: func(r *Runner) { r.Kinds[0].Name = "up" },
		`sessions arrive, but the pace think between 1s and 3s has no sessions`: func(r *Runner) {
			r.Schedule = phase.Schedule{{Name: "open", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1, Session: true}}}
		},
	} {
		r := shopRunner(in)
		r.Schedule = slices.Clone(r.Schedule)
		change(&r)
		_, err := r.Plan()
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "\n")
	}
}

// The turns of a user are those of its kind; of a number that the plan does not make those of the first kind, even where
// single tasks arrive without end.
func TestTurnsAreThoseOfTheKind(t *testing.T) {
	r := shopRunner(&lobby{})
	r.Schedule = phase.Schedule{{Name: "users", For: time.Minute, Users: 5}, {Name: "tasks", Arrivals: &phase.Arrivals{Rate: 10}}}
	p, err := r.Plan()
	require.NoError(t, err)
	var kinds []int
	for number := range 6 {
		kinds = append(kinds, p.kindOf(number+1))
	}
	assert.Equal(t, []int{2, 2, 0, 0, 1, 0}, kinds, "the admins are first, the fifth is a browser, and there is no sixth")
	assert.Len(t, p.User(6, 1, 3), 3)
}

// A share's seconds of users and arrivals by the plan are its part of the whole, through exchanges of one kind for
// another; arrivals that are passed over together are those that come one by one.
func TestPlannedPartsAreTheWhole(t *testing.T) {
	r := shopRunner(&lobby{})
	r.Schedule = append(slices.Clone(waves), phase.Phase{Name: "tasks", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 7}})
	p, err := r.Plan()
	require.NoError(t, err)
	last := len(r.Schedule) - 1
	start, want := r.Schedule.Start(last), 0.
	from, level := time.Duration(0), 0
	for i := range last {
		steps := r.Schedule.Steps(i, level)
		for at, delta := steps.Next(); at < p.phases[i].end; at, delta = steps.Next() {
			want += float64(level) * (at - from).Seconds()
			from, level = at, level+delta
		}
	}
	want += float64(level) * (start - from).Seconds()
	users, arrivals := 0., int64(0)
	for i := range 3 {
		s := Share{Index: i, Of: 3}
		part, came := p.Planned(s, 0, r.Schedule.End())
		users, arrivals = users+part, arrivals+came

		one, all := p.dealer(last), p.dealer(last)
		own := uint64(0)
		for one.at < start+29*time.Second {
			if s.has(one.next().deal) {
				own++
			}
		}
		many, _ := all.skip(start+29*time.Second, s)
		assert.Equal(t, own, many)
		assert.Equal(t, one.next(), all.next())
	}
	assert.InDelta(t, want, users, 1e-6)
	assert.EqualValues(t, 420, arrivals)
}
