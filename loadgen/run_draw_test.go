package loadgen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// trial is a random run against a random target.
type trial struct {
	Runner
	ledger *ledger
	orders []command       // given by hand
	resets []time.Duration // of the figures
	peeks  []time.Duration // when it is looked at during the run
	looks  sync.Mutex      // guards states
	states []state         // what was seen then
	end    string          // how it ends; see endings
	at     time.Duration
}

// command is a level asked for at an offset.
type command struct {
	at time.Duration
	StartRequest
}

var endings = []string{"plan", "stop", "cancel", "limit", "guard", "enter hook", "exit hook"}

// drawTrial draws a run of a few phases. What ends tasks falls on another part
// of a millisecond than what the target does: which of two comes first at one
// instant is not promised.
func drawTrial(t *rapid.T) *trial {
	x := &trial{end: rapid.SampledFrom(endings).Draw(t, "end")}
	for i := range rapid.IntRange(1, 3).Draw(t, "phases") {
		x.Schedule = append(x.Schedule, drawPhase(t, i))
	}
	x.ledger = &ledger{
		schedule: x.Schedule, hits: map[hit]hits{}, open: map[hit]int64{}, begun: map[time.Duration]int64{}, cut: map[time.Duration]int64{},
		faults:  rapid.SliceOfN(rapid.SampledFrom(faults), 1, 6).Draw(t, "faults"),
		longest: rapid.IntRange(1, 3000).Draw(t, "longest answer, ms"), dice: rand.New(rand.NewPCG(1, 2)),
	}
	x.NewUser = x.ledger.newUser(rapid.SampledFrom(oddities).Draw(t, "users"))
	x.Pace = drawPace(t)
	x.Slack = rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, 300 * time.Millisecond}).Draw(t, "slack")
	x.Seed = rapid.Uint64().Draw(t, "seed")
	if timeout := rapid.SampledFrom([]int{0, 0, 50, 5000}).Draw(t, "stop timeout, ms"); timeout > 0 {
		x.StopTimeout = time.Duration(timeout)*time.Millisecond + 110*time.Microsecond
	}
	length := x.Schedule.End()
	for range rapid.IntRange(0, 4).Draw(t, "peeks") {
		x.peeks = append(x.peeks, instant(t, length, 850*time.Microsecond, "peek at"))
	}
	x.at = instant(t, length, 370*time.Microsecond, "end at")
	if rapid.IntRange(0, 4).Draw(t, "end at a border") == 0 {
		x.at = x.Schedule.Start(rapid.IntRange(1, len(x.Schedule)).Draw(t, "border"))
	}
	if which, _, ok := strings.Cut(x.end, " "); ok {
		x.spoilHook(which, rapid.SampledFrom([]string{"error", "panic", "exit"}).Draw(t, "hook"))
	}
	if x.end == "guard" {
		x.Guard = x.giveUp
	}
	if x.end == "stop" || x.end == "limit" {
		for range rapid.IntRange(0, 4).Draw(t, "commands") {
			x.orders = append(x.orders, command{instant(t, x.at, 590*time.Microsecond, "command at"), StartRequest{
				Users: rapid.IntRange(0, 20).Draw(t, "level"), SpawnRate: float64(rapid.IntRange(0, 50).Draw(t, "rate")),
			}})
		}
		for range rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "resets") {
			if at := instant(t, x.at, 710*time.Microsecond, "reset at"); at < x.at { // later it finds only stop hooks
				x.resets = append(x.resets, at)
			}
		}
	}
	return x
}

// instant draws an offset with a given fraction of a millisecond.
func instant(t *rapid.T, before, fraction time.Duration, what string) time.Duration {
	return time.Duration(rapid.IntRange(0, int(before/time.Millisecond)).Draw(t, what))*time.Millisecond + fraction
}

func drawPhase(t *rapid.T, i int) phase.Phase {
	p := phase.Phase{
		Name: fmt.Sprint("phase ", i), For: time.Duration(rapid.IntRange(50, 5000).Draw(t, "length, ms"))*time.Millisecond + 230*time.Microsecond,
	}
	if kind := rapid.SampledFrom([]string{"users", "tasks", "sessions"}).Draw(t, "load"); kind != "users" {
		p.Arrivals = &phase.Arrivals{
			Rate:        rapid.SampledFrom([]float64{1, 5, 20, 50}).Draw(t, "arrivals a second"),
			MaxInFlight: rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "cap"), Session: kind == "sessions",
		}
		if p.Arrivals.Session {
			p.Pace = quick
		}
		return p
	}
	p.Users = rapid.IntRange(1, 15).Draw(t, "level")
	p.SpawnRate = float64(rapid.IntRange(0, 20).Draw(t, "users a second"))
	if rapid.Bool().Draw(t, "own pace") {
		p.Pace = drawPace(t)
	}
	return p
}

var quick = scenario.OnOff{
	On:    dist.Gamma{Mean: time.Second, CV: 1},
	Off:   dist.Gamma{Mean: time.Second, CV: 1},
	Think: dist.Gamma{Mean: 200 * time.Millisecond, CV: 0.3},
}

func drawPace(t *rapid.T) scenario.Pacer {
	return rapid.SampledFrom([]scenario.Pacer{
		quick, scenario.NoWait{}, scenario.Between(10*time.Millisecond, 500*time.Millisecond),
		scenario.StartToStart{Gap: dist.Constant{Value: 100 * time.Millisecond}},
		scenario.StartToStart{Gap: dist.Exponential{Mean: 50 * time.Millisecond}},
	}).Draw(t, "pace")
}

// spoilHook has the last phase's Enter hook, or the first one's Exit hook, end
// the run, and another one panic.
func (x *trial) spoilHook(which, how string) {
	spoiled := func(context.Context) error { return strange(how) }
	first, last := &x.Schedule[0], &x.Schedule[len(x.Schedule)-1]
	if which == "enter" {
		last.Enter, last.AbortOnHook = phase.HookFunc(spoiled), true
		first.Exit = phase.HookFunc(func(context.Context) error { panic("exit hook") })
	} else {
		first.Exit, first.AbortOnHook = phase.HookFunc(spoiled), true
		last.Enter = phase.HookFunc(func(context.Context) error { panic("enter hook") })
	}
}

// giveUp is a Guard that ends the run in the first second after the ending's
// instant.
func (x *trial) giveUp(s *report.Snapshot, _ *report.PhaseSummary) error {
	if s.At > x.at {
		return errors.New("hopeless")
	}
	return nil
}

// ledger is the target. It counts what reaches it, by the phase and second that
// it belongs to, and behaves badly.
type ledger struct {
	schedule phase.Schedule
	faults   []string
	longest  int  // an answer takes up to so many milliseconds
	unmade   bool // some users cannot be made
	choosy   bool // some guests cannot begin

	mu    sync.Mutex
	dice  *rand.Rand
	hits  map[hit]hits
	open  map[hit]int64           // requests on their way
	begun map[time.Duration]int64 // tasks, by their intended start
	cut   map[time.Duration]int64 // of them: found their context ended when they came to their end
	reset time.Duration           // what belongs before does not count
}

// hit names what the target counts apart.
type hit struct {
	at time.Duration // where it belongs: its intended start, or its send
	op string
}

type hits struct{ good, bad, cut int64 }

func (h hits) plus(o hits) hits { return hits{h.good + o.good, h.bad + o.bad, h.cut + o.cut} }

// faults are what a task may meet. The name says whether it happens while a
// request is on its way or next to requests.
var faults = []string{
	"", "", "error in request", "panic in request", "exit in request",
	"error aside", "panic aside", "exit aside", "none", "twice", "hang", "stubborn",
}

// visit is a task.
func (l *ledger) visit(ctx context.Context, task string) (err error) {
	due := measure.FromContext(ctx).Task().Intended
	l.mu.Lock()
	l.begun[due]++
	fault := l.faults[l.dice.IntN(len(l.faults))]
	l.mu.Unlock()
	exits := true
	defer func() {
		p := recover()
		if (p != nil || !exits) && ctx.Err() != nil { // who exits has come to its end
			l.mu.Lock()
			l.cut[due]++
			l.mu.Unlock()
		}
		if p != nil {
			panic(p)
		}
	}()
	err = l.meet(ctx, task, fault)
	exits = false
	return err
}

// meet does what a task does that meets a fault.
func (l *ledger) meet(ctx context.Context, task, fault string) error {
	s := measure.FromContext(ctx)
	own := s.Task()
	intended := own.Intended + own.Own + s.Now() - own.Begun
	switch fault {
	case "none":
		return pause(ctx, time.Millisecond)
	case "twice":
		_ = l.request(ctx, task, intended, "")
		return l.request(ctx, "again", s.Now(), "")
	case "error in request", "panic in request", "exit in request", "hang", "stubborn":
		return l.request(ctx, task, intended, fault)
	}
	err := l.request(ctx, task, intended, "")
	if fault != "" {
		return strange(fault[:len(fault)-len(" aside")])
	}
	return err
}

// glance is a context that remembers whether it had ended when it was first asked.
type glance struct {
	context.Context
	asked bool
	ended bool
}

// Err is that of the context.
func (g *glance) Err() error {
	err := g.Context.Err()
	if !g.asked {
		g.asked, g.ended = true, err != nil
	}
	return err
}

// request is one request that belongs to offset at.
func (l *ledger) request(ctx context.Context, op string, at time.Duration, fault string) error {
	first := &glance{Context: ctx}
	return measure.Do(first, report.Op{Name: op}, func(ctx context.Context) (err error) {
		h := hits{bad: 1}
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.open[hit{at, op}]--
			if !first.ended || h.cut == 0 { // else it was never sent
				l.hits[hit{at, op}] = l.hits[hit{at, op}].plus(h)
			}
		}()
		l.mu.Lock()
		l.open[hit{at, op}]++
		took := time.Duration(1+l.dice.IntN(l.longest)) * time.Millisecond
		l.mu.Unlock()
		switch fault {
		case "stubborn":
			time.Sleep(took)
		case "hang":
			took = time.Hour
			fallthrough
		default:
			err = pause(ctx, took)
		}
		switch {
		case err != nil:
			h = hits{cut: 1}
		case fault == "" || fault == "stubborn":
			h = hits{good: 1}
		default:
			return strange(fault[:len(fault)-len(" in request")])
		}
		return err
	})
}

// onTheWay counts the requests on their way: those that the figures count, and
// those that began before a reset.
func (l *ledger) onTheWay() (n, before int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, open := range l.open {
		if k.at >= l.reset {
			n += open
		} else {
			before += open
		}
	}
	return n, before
}

// phase returns the index of the phase that an offset lies in.
func (l *ledger) phase(at time.Duration) (i int) {
	for start := l.schedule[0].For; i+1 < len(l.schedule) && at >= start; i++ {
		start += l.schedule[i+1].For
	}
	return i
}

// oddities are what is wrong with some users.
var oddities = []string{"", "", "", "", "factory error", "factory panic", "factory exit", "factory slow", "start error", "start panic", "start exit", "stop panic", "stop exit", "start hang", "stop hang"}

// newUser makes users of which every third has an oddity, but not the first.
func (l *ledger) newUser(odd string) func(scenario.Env) (scenario.User, error) {
	where, how, _ := strings.Cut(odd, " ")
	l.unmade = where == "factory" && how != "slow"
	l.choosy = l.unmade || odd == "start exit"
	return func(env scenario.Env) (scenario.User, error) {
		u := client{ledger: l}
		if env.User%3 == 0 {
			u.where, u.how = where, how
		}
		switch {
		case u.where != "factory":
		case how == "slow":
			time.Sleep(700 * time.Millisecond)
		default:
			return nil, strange(u.how)
		}
		return u, nil
	}
}

// client is a user of the ledger, whose hooks send requests too.
type client struct {
	ledger     *ledger
	where, how string
}

// Tasks are two of different weights.
func (c client) Tasks() []scenario.Task {
	task := func(name string, weight float64) scenario.Task {
		return scenario.Task{Name: name, Weight: weight, Do: func(ctx context.Context) error { return c.ledger.visit(ctx, name) }}
	}
	return []scenario.Task{task("often", 3), task("seldom", 1)}
}

// Start logs in.
func (c client) Start(ctx context.Context) error { return c.hook(ctx, "start") }

// Stop logs out.
func (c client) Stop(ctx context.Context) error { return c.hook(ctx, "stop") }

func (c client) hook(ctx context.Context, name string) error {
	fault := ""
	if c.where == name && c.how == "hang" {
		fault = c.how
	}
	err := c.ledger.request(ctx, name, measure.FromContext(ctx).Now(), fault)
	if c.where == name {
		return strange(c.how)
	}
	return err
}
