package loadgen

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// sleeper is a script that sleeps for a second, and then asks a target that
// takes 5 ms.
func sleeper(ctx context.Context) error {
	time.Sleep(time.Second)
	return answered(ctx, "ask", 5*time.Millisecond)
}

// What the script itself takes before it asks is not part of the response time,
// whatever starts the task.
func TestScriptTimeIsNotTheTargets(t *testing.T) {
	users := phase.Phase{Name: "p", For: 30 * time.Second, Users: 5}
	paced := func(p scenario.Pacer) phase.Phase { q := users; q.Pace = p; return q }
	for name, p := range map[string]phase.Phase{
		"no wait":         paced(scenario.NoWait{}),
		"think":           paced(scenario.Between(100*time.Millisecond, time.Second)),
		"on and off":      paced(quick),
		"start to start":  paced(scenario.StartToStart{Gap: dist.Constant{Value: 2 * time.Second}}),
		"tasks arrive":    {Name: "p", For: 30 * time.Second, Arrivals: &phase.Arrivals{Rate: 3}},
		"sessions arrive": {Name: "p", For: 30 * time.Second, Arrivals: &phase.Arrivals{Rate: 3, Session: true}, Pace: quick},
	} {
		t.Run(name, func(t *testing.T) {
			sum := inBubble(t, Runner{NewUser: acts(sleeper), Schedule: phase.Schedule{p}, StopTimeout: 5 * time.Second})
			all := sum.Total.Aggregated()
			require.Greater(t, all.Requests, int64(20))
			assert.EqualValues(t, 5, all.ResponseMS.P50)
			assert.EqualValues(t, 5, all.Response.Max()/time.Millisecond)
			assert.Zero(t, sum.LagMS.Max, "it is not wake lag either")
			assert.Equal(t, report.Trusted, all.Trust.P999.Grade)
		})
	}
}

// Nor is what it takes to make a user, or what its start hook sleeps.
func TestTimeOfAStartIsNotTheTargets(t *testing.T) {
	slow := func(scenario.Env) (scenario.User, error) {
		time.Sleep(700 * time.Millisecond)
		return dozer{tasklist{{Name: "task", Weight: 1, Do: func(ctx context.Context) error { return answered(ctx, "ask", 5*time.Millisecond) }}}}, nil
	}
	for name, p := range map[string]phase.Phase{
		"no wait":        {Name: "p", For: 10 * time.Second, Users: 5},
		"think":          {Name: "p", For: 10 * time.Second, Users: 5, Pace: scenario.Between(10*time.Millisecond, 50*time.Millisecond)},
		"start to start": {Name: "p", For: 10 * time.Second, Users: 5, Pace: scenario.StartToStart{Gap: dist.Constant{Value: time.Second}}},
		"tasks arrive":   {Name: "p", For: 10 * time.Second, Arrivals: &phase.Arrivals{Rate: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			sum := inBubble(t, Runner{NewUser: slow, Schedule: phase.Schedule{p}, StopTimeout: 5 * time.Second})
			all := sum.Total.Aggregated()
			assert.LessOrEqual(t, all.Response.Max(), 10*time.Millisecond, "an overdue one also waits for the one before")
			assert.Zero(t, sum.LagMS.Max)
		})
	}
}

// dozer is a user whose start hook sleeps.
type dozer struct{ tasklist }

func (dozer) Start(context.Context) error { time.Sleep(300 * time.Millisecond); return nil }

// The wake lag counts in full all the same.
func TestWakeLagCountsBesideScriptTime(t *testing.T) {
	sum := inBubble(t, Runner{
		NewUser: acts(sleeper), Slack: 300 * time.Millisecond, StopTimeout: 5 * time.Second,
		Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 20, Pace: scenario.Between(100*time.Millisecond, time.Second)}},
	})
	all := sum.Total.Aggregated()
	require.Greater(t, sum.LagMS.P50, report.Millis(10))
	assert.InDelta(t, float64(sum.Total.LagSketch.Mean()), float64(all.Response.Mean()-all.Service.Mean()), 2)
	assert.EqualValues(t, 5, all.ServiceMS.P50)
}

// pencil is an observer that notes what each request counts from.
type pencil struct {
	measure.RunObserver
	measure.TaskSpan
	mu    sync.Mutex
	notes []time.Duration
}

func (p *pencil) BeginRun(measure.Run) measure.RunObserver { return p }

func (p *pencil) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, p
}

func (p *pencil) BeginRequest(_ report.Op, intended, _ time.Duration) measure.RequestSpan {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, intended)
	return nil
}

func (p *pencil) End(time.Duration, error, bool)   {}
func (p *pencil) BeginPhase(int, report.PhaseInfo) {}
func (p *pencil) Watch(*report.Snapshot)           {}
func (p *pencil) EndRun(*report.Summary)           {}

// A user who is behind its plan counts from where it would have been with a
// target that answers at once: against a separate simulation, for scripts and
// targets of random slowness.
func TestOverdueStartsCountFromThePlanAndTheScript(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 1))
	upTo := func(ms int) time.Duration { return time.Duration(dice.IntN(ms)) * time.Millisecond }
	for range unlessShort(100, 20) {
		gap, n := 50*time.Millisecond+upTo(1000), 0
		script, target := 1+dice.IntN(800), 1+dice.IntN(800)
		var steps [][4]time.Duration // of each task: the script's and the target's, twice
		for range 400 {
			steps = append(steps, [4]time.Duration{upTo(script), upTo(target), upTo(script), upTo(target)})
		}
		seen := &pencil{}
		sum := inBubble(t, Runner{
			Observer: seen, Pace: scenario.StartToStart{Gap: dist.Constant{Value: gap}}, StopTimeout: time.Minute,
			Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 1}},
			NewUser: acts(func(ctx context.Context) error {
				s := steps[n]
				n++
				time.Sleep(s[0])
				_ = answered(ctx, "first", s[1])
				time.Sleep(s[2])
				return answered(ctx, "second", s[3])
			}),
		})
		want := []time.Duration{}
		var due, free, ideal time.Duration // ideal: when the user would be free if the target took no time
		for i, s := range steps[:n] {
			if i == 0 {
				due = sumStart(t, gap)
			}
			free, ideal = max(due, free), max(due, ideal)
			want = append(want, ideal+s[0], free+s[0]+s[1]+s[2])
			free, ideal, due = free+s[0]+s[1]+s[2]+s[3], ideal+s[0]+s[2], due+gap
		}
		want = slices.DeleteFunc(want, func(at time.Duration) bool { return at >= 10*time.Second }) // in no figure
		require.Equal(t, want, seen.notes)
		require.Zero(t, sum.LagMS.Max)
	}
}

// sumStart is the first turn of the only user.
func sumStart(t *testing.T, gap time.Duration) time.Duration {
	plan, err := Runner{
		NewUser: acts(sleeper), Pace: scenario.StartToStart{Gap: dist.Constant{Value: gap}},
		Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}},
	}.Plan()
	require.NoError(t, err)
	return plan.User(1, 0, 1)[0].Gap
}

// A script that takes its time across a border: the task was due before it, its
// request after it.
func TestScriptTimeAcrossABorder(t *testing.T) {
	sum := inBubble(t, Runner{
		NewUser: acts(sleeper), StopTimeout: 5 * time.Second,
		Schedule: phase.Schedule{
			{Name: "a", For: 500 * time.Millisecond, Users: 1},
			{Name: "b", For: 2 * time.Second, Users: 1},
		},
	})
	a, b := sum.Phases[0], sum.Phases[1]
	assert.EqualValues(t, 1, a.Counters.Started)
	assert.Zero(t, a.Requests+a.Counters.Straddlers)
	assert.EqualValues(t, b.Counters.Started, b.Requests, "with that of a, without the last one, which was sent after the end")
	rows := map[int]int64{}
	for _, row := range sum.Timeline {
		rows[row.S] = row.Requests
	}
	assert.EqualValues(t, 1, rows[1], "the first one was sent in the second second")
}

// Of a request that the end cuts off, the script's time before it is not part.
func TestCutOffCountsFromTheRequest(t *testing.T) {
	sum := inBubble(t, Runner{
		NewUser: acts(func(ctx context.Context) error {
			time.Sleep(3 * time.Second)
			return answered(ctx, "hang", time.Hour)
		}),
		Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 1}},
	})
	all := sum.Total.Aggregated()
	require.EqualValues(t, 1, all.CutOff)
	assert.Equal(t, 7*time.Second, all.Cut.Max())
}

// Of two requests that a task sends at once the first one carries what the task
// was late; an operation inside another one counts from its own start.
func TestRequestsOfOneTaskAtOnce(t *testing.T) {
	seen := &pencil{}
	inBubble(t, Runner{
		Observer: seen, StopTimeout: time.Minute,
		Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}},
		NewUser: acts(func(ctx context.Context) error {
			time.Sleep(100 * time.Millisecond)
			var both sync.WaitGroup
			for i := range 2 {
				both.Go(func() { _ = answered(ctx, "aside", time.Duration(i+1)*100*time.Millisecond) })
			}
			both.Wait()
			return measure.Do(ctx, report.Op{Name: "outer"}, func(ctx context.Context) error {
				time.Sleep(500 * time.Millisecond)
				return answered(ctx, "inner", 200*time.Millisecond)
			})
		}),
	})
	slices.Sort(seen.notes)
	assert.Equal(t, []time.Duration{100 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, 800 * time.Millisecond}, seen.notes[:4])
}

// What the script itself takes is reported to the engine, whatever overlaps.
func TestOwnTimeOfAScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{})
		ctx, s := measure.WithScope(t.Context(), measure.Task{Shard: r.Shard(0), Epoch: time.Now()})
		time.Sleep(time.Second)
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				_ = answered(ctx, "x", 1500*time.Millisecond)
			})
		}
		time.Sleep(3 * time.Second)
		assert.Equal(t, time.Second, s.OwnTime(s.Now()), "while one is in flight")
		all.Wait()
		time.Sleep(time.Second)
		assert.Equal(t, 2*time.Second, s.OwnTime(s.Now()))
	})
}

// Nor is the time of a script that ends its goroutine, in a task or in a start
// hook; what its requests took is.
func TestScriptTimeOfPartsThatEndTheirGoroutine(t *testing.T) {
	exiting := func(ctx context.Context) error {
		time.Sleep(1500 * time.Millisecond)
		_ = answered(ctx, "ask", 5*time.Millisecond)
		runtime.Goexit()
		return nil
	}
	paced := phase.Schedule{{Name: "p", For: 20 * time.Second, Users: 2, Pace: scenario.StartToStart{Gap: dist.Constant{Value: time.Second}}}}
	all := inBubble(t, Runner{NewUser: acts(exiting), Schedule: paced, StopTimeout: 5 * time.Second}).Total.Aggregated()
	require.Greater(t, all.Requests, int64(20))
	assert.LessOrEqual(t, all.Response.Max(), time.Duration(all.Requests)*5*time.Millisecond, "only what earlier answers took holds a user up")

	all = inBubble(t, Runner{NewUser: func(scenario.Env) (scenario.User, error) {
		return quitter{tasklist{{Name: "task", Weight: 1, Do: func(ctx context.Context) error { return answered(ctx, "ask", 5*time.Millisecond) }}}}, nil
	}, Schedule: paced, StopTimeout: 5 * time.Second}).Total.Operations[0]
	assert.Equal(t, "ask", all.Name)
	assert.InDelta(t, 2000+5, float64(all.Response.Max()/time.Millisecond), 20, "the login held up the task that was due after 1 s by 2 s")
}

// A task that is let finish after the end of the plan may ask for more: that does not belong to the last phase, and a note
// counts it.
func TestWhatBeginsAfterTheEndIsToldApart(t *testing.T) {
	const requests = 600
	seen := &pencil{}
	sum := inBubble(t, Runner{
		Observer: seen,
		NewUser: acts(func(ctx context.Context) error {
			for range requests {
				_ = answered(ctx, "get", 95*time.Millisecond)
			}
			return nil
		}),
		Schedule:    phase.Schedule{{Name: "a", For: 10 * time.Second, Users: 1}, {Name: "b", For: 10 * time.Second, Users: 1}},
		StopTimeout: 2 * time.Minute,
	})
	before, b := int64(math.Ceil(20/.095)), sum.Phases[1]
	assert.Equal(t, []int64{before, before, 0}, []int64{sum.Total.Requests, sum.Total.Counters.Sent, sum.Total.Counters.CutOff})
	assert.Len(t, seen.notes, int(before), "an exporter's figures are the summary's")
	assert.InDelta(t, 10/.095, b.Requests, 1)
	assert.InDelta(t, 1/.095, b.RPS, .1)
	assert.EqualValues(t, 1, b.Counters.Straddlers, "it began before the end")
	assert.EqualValues(t, 1, sum.Total.Counters.Finished)
	require.Len(t, sum.Notes, 1)
	assert.Contains(t, sum.Notes[0], fmt.Sprint(requests-before))
	assert.Contains(t, sum.Notes[0], "requests that began after the end of the run, in tasks that were let finish: in no figure")
}

// A closed load waits for a target that stalls, and the summary says how much of it there was not.
func TestALoadThinnedByItsTargetIsNoted(t *testing.T) {
	sum := func(stall time.Duration) *report.Summary {
		return inBubble(t, Runner{
			NewUser: acts(func(ctx context.Context) error {
				s := measure.FromContext(ctx)
				wait := time.Millisecond
				if at := s.Now() % (5 * time.Second); at < stall {
					wait = stall - at
				}
				return answered(ctx, "get", wait)
			}),
			Pace:     scenario.Think{Time: dist.Gamma{Mean: 100 * time.Millisecond, CV: .5}},
			Schedule: phase.Schedule{{Name: "p", For: time.Minute, Users: 20}},
		})
	}
	assert.Empty(t, sum(0).Notes)
	notes := sum(time.Second).Notes
	require.Len(t, notes, 1)
	assert.Regexp(t, `The target's answers thinned the load of phase p by (19|2[0-3]) %: its users, who wait for them, began 1[5-6]\d(\.\d)? tasks/s in place of 200\. `, notes[0])
	assert.Contains(t, notes[0], "coordinated omission")
}
