// What the tests of this package share: a target in virtual time that records who
// did what when (diary), users of it (visitor), the runner of the demonstration
// (demoRunner) and runs in a bubble (inBubble).
package loadgen

import (
	"context"
	"errors"
	"runtime"
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
	"github.com/gensim/load-generator/scenario"
)

// lengthy skips with -short a test that takes a tenth of a second or more.
func lengthy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}

// unlessShort is what a test takes, and the less of it that does under -short.
func unlessShort[T any](full, less T) T {
	if testing.Short() {
		return less
	}
	return full
}

// diary is a target in virtual time that records which user did what when.
type diary struct {
	took func(n int) time.Duration // by the entry's number

	mu      sync.Mutex
	entries []entry
}

// entry is one visit.
type entry struct {
	user     int
	task     string
	begin    time.Duration
	intended time.Duration
}

// visit does the operation of a task, which takes what took says.
func (d *diary) visit(ctx context.Context, user int, task string) error {
	s := measure.FromContext(ctx)
	d.mu.Lock()
	n := len(d.entries)
	d.entries = append(d.entries, entry{user, task, s.Now(), s.Task().Intended})
	d.mu.Unlock()
	return measure.Do(ctx, report.Op{Name: task}, func(ctx context.Context) error {
		if d.took == nil {
			return nil
		}
		return pause(ctx, d.took(n))
	})
}

// of returns the entries of one user in order.
func (d *diary) of(user int) []entry {
	var own []entry
	for _, e := range d.entries {
		if e.user == user {
			own = append(own, e)
		}
	}
	return own
}

// pause waits, or returns the error of ctx if that ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// visitor is a user whose tasks are entries in a diary.
type visitor struct {
	env   scenario.Env
	diary *diary
	mix   []scenario.Share
}

func (v *visitor) Tasks() []scenario.Task {
	tasks := make([]scenario.Task, len(v.mix))
	for i, m := range v.mix {
		tasks[i] = scenario.Task{Name: m.Name, Weight: m.Share, Do: func(ctx context.Context) error {
			return v.diary.visit(ctx, v.env.User, m.Name)
		}}
	}
	return tasks
}

// visitors makes visitors with a mix of tasks; none: todoMix.
func visitors(d *diary, mix ...scenario.Share) func(scenario.Env) (scenario.User, error) {
	if len(mix) == 0 {
		mix = todoMix
	}
	return func(env scenario.Env) (scenario.User, error) { return &visitor{env, d, mix}, nil }
}

// seconds is n seconds.
func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// demoRunner is the demonstration's timeline: 5 minutes at 10 users, 10 at 50.
func demoRunner(d *diary) Runner {
	return Runner{
		NewUser: visitors(d), Pace: bursty, Seed: 7,
		Schedule: phase.Schedule{
			{Name: "baseline", For: 300 * time.Second, Users: 10, SpawnRate: 2},
			{Name: "intervention", For: 600 * time.Second, Users: 50, SpawnRate: 2,
				Weights: phase.Weights{"list": 20, "create": 30, "update": 15, "complete": 10, "delete": 25}},
		},
	}
}

// inBubble runs r in virtual time.
func inBubble(t *testing.T, r Runner) (sum *report.Summary) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// checkMix compares the observed task mix of a phase with the planned one, by
// chi-square over five tasks: 40 is beyond one in ten million.
func checkMix(t *testing.T, p report.PhaseSummary, weights map[string]float64) {
	t.Helper()
	var total, chi2 float64
	for _, w := range weights {
		total += w
	}
	for _, op := range p.Operations {
		if op.Name == report.Aggregated {
			continue
		}
		want := float64(p.Requests) * weights[op.Name] / total
		diff := float64(op.Requests) - want
		chi2 += diff * diff / want
		t.Logf("%s: %s %.1f %% (planned %.1f %%)", p.Name, op.Name, 100*float64(op.Requests)/float64(p.Requests), 100*weights[op.Name]/total)
	}
	assert.Less(t, chi2, 40.0, "mix of %s", p.Name)
}

// tasksOf are the names of the tasks of entries.
func tasksOf(entries []entry) (names []string) {
	for _, e := range entries {
		names = append(names, e.task)
	}
	return names
}

// checkPlan holds the entries of a user against its planned turns, from an offset on,
// where each visit takes a while.
func checkPlan(t *testing.T, turns []Turn, entries []entry, took, at time.Duration) {
	t.Helper()
	require.NotEmpty(t, entries)
	for i, e := range entries {
		at += turns[i].Gap
		require.Equal(t, at, e.intended, "user %d, turn %d", e.user, i)
		require.Equal(t, at, e.begin, "woken late in virtual time")
		require.Equal(t, todoMix[turns[i].Task].Name, e.task, "user %d, turn %d", e.user, i)
		at += took
	}
}

// todoMix is the task mix of the demonstration.
var todoMix = []scenario.Share{{Name: "list", Share: 40}, {Name: "create", Share: 30}, {Name: "update", Share: 15}, {Name: "complete", Share: 10}, {Name: "delete", Share: 5}}

// bursty paces users in ON and OFF periods of half a minute.
var bursty = scenario.OnOff{
	On:    dist.Gamma{Mean: 30 * time.Second, CV: 1},
	Off:   dist.Gamma{Mean: 30 * time.Second, CV: 1},
	Think: dist.Gamma{Mean: 2 * time.Second, CV: 0.3},
}

// tasklist is a user of these tasks.
type tasklist []scenario.Task

// Tasks implements scenario.User.
func (l tasklist) Tasks() []scenario.Task { return l }

// manual makes the runners of a controller whose program plans demoRunner.
func manual(d *diary) func(StartRequest) (Runner, error) {
	return func(o StartRequest) (Runner, error) {
		r := demoRunner(d)
		r.Pace = scenario.Between(time.Second, 3*time.Second)
		if !o.Planned {
			r.Schedule = phase.Schedule{{Name: "run", Users: o.Users, SpawnRate: o.SpawnRate}}
		}
		return r, nil
	}
}

// after lets time pass and a little more, so that what falls on the instant is
// done.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// strange ends a part of the script in one of three bad ways; "" is a good one.
func strange(how string) error {
	switch how {
	case "error":
		return errors.New("bad luck")
	case "panic":
		panic("worse luck")
	case "exit":
		runtime.Goexit()
	}
	return nil
}
