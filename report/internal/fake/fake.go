// Package fake is a load that exists only in figures: a Source and a Control
// for tests of the page. Advance moves its clock; its samples come
// from a seeded stream and go through a real record.Recorder, so every figure
// is one that a real run could have.
package fake

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/timing"
	"github.com/gensim/load-generator/report/web"
)

// Op is an operation of the fake target.
type Op struct {
	Method, Name string
	Weight       float64
	Median       time.Duration
	FailShare    float64 // 0..1
	Reason       string
	Size         int64
}

// Todo is the to-do service.
func Todo() []Op {
	ms := time.Millisecond
	return []Op{
		{Method: "GET", Name: "/api/todos", Weight: 40, Median: 12 * ms, FailShare: 0.002, Reason: "timeout", Size: 4300},
		{Method: "POST", Name: "/api/todos", Weight: 30, Median: 19 * ms, FailShare: 0.006, Reason: "http 503", Size: 210},
		{Method: "PUT", Name: "/api/todos/{id}", Weight: 25, Median: 16 * ms, Size: 214},
		{Method: "DELETE", Name: "/api/todos/{id}", Weight: 5, Median: 9 * ms, FailShare: 0.03, Reason: "http 404", Size: 12},
		{Method: "GET", Name: "/api/todos/search", Weight: 12, Median: 41 * ms, Size: 1900},
	}
}

// Schedule is a baseline, a rise and a recovery.
func Schedule() []report.PhaseInfo {
	const s, pace = time.Second, "ON gamma(30s, CV 1), OFF gamma(30s, CV 1), think gamma(2s, CV 0.3)"
	return []report.PhaseInfo{
		{Name: "baseline", Start: 0, End: 300 * s, Users: 40, SpawnRate: 2, RampEnd: 20 * s, Settle: 30 * s, Model: "closed", Pace: pace, Predicted: &report.Load{Rate: 10, OnShare: .5, IDC: 4.2}},
		{Name: "intervention", Start: 300 * s, End: 720 * s, Users: 160, SpawnRate: 3, RampEnd: 340 * s, Settle: 42 * s, Model: "closed", Pace: pace, Predicted: &report.Load{Rate: 40, OnShare: .5, IDC: 4.2}},
		{Name: "recovery", Start: 720 * s, End: 960 * s, Users: 40, SpawnRate: 6, RampEnd: 740 * s, Settle: 24 * s, Model: "closed", Pace: pace, Predicted: &report.Load{Rate: 10, OnShare: .5, IDC: 4.2}},
	}
}

// Load is the fake. Make it with New; all methods are safe for concurrent use.
type Load struct {
	ops      []Op
	schedule []report.PhaseInfo
	weights  float64
	start    time.Time
	// Slow multiplies the response times of a phase by its index; nil: 1, 2.1, 1.1.
	Slow []float64
	// Lag is the generator's own wake lag.
	Lag time.Duration
	// Fleet is how many workers make the load; 0: the process itself.
	Fleet int
	// Own says that the script has a transaction, figures and a tag, <b>.
	Own bool
	// Looks are those of the run, if it is looked at.
	Looks *outline.Looks
	// HoldStop, if set, blocks Stop until it is closed.
	HoldStop chan struct{}

	mu     sync.Mutex
	rand   *rand.Rand
	rec    *record.Recorder
	run    outline.Run
	state  report.State
	now    time.Duration
	users  float64
	target int
	rate   float64
	manual bool // the target was set by hand in this phase
	phase  int
	reads  int
	crew   []report.Worker // set by hand
	gone   map[int]lost    // workers of the Fleet, by index
	losses []report.Loss   // by phase
	asked  []float64       // user-seconds that were to be, by phase
}

// New returns a fake load of the given operations that offers the schedule,
// which may be nil.
func New(ops []Op, schedule []report.PhaseInfo) *Load {
	l := &Load{
		ops: ops, schedule: schedule, state: report.Ready, rand: rand.New(rand.NewPCG(7, 11)),
		start: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), Slow: []float64{1, 2.1, 1.1}, Lag: 200 * time.Microsecond,
	}
	for _, o := range ops {
		l.weights += o.Weight
	}
	return l
}

// Start starts a run or changes its level.
func (l *Load) Start(o web.Order) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == report.Cleanup {
		return errors.New("the run is ending; start again when it is over")
	}
	if l.state == report.Running || l.state == report.Spawning {
		l.target, l.rate, l.manual = o.Users, o.SpawnRate, true
		l.run.Changes = append(l.run.Changes, outline.Change{At: l.now, Text: fmt.Sprintf("%d users by hand", o.Users)})
		l.state = report.Spawning
		return nil
	}
	phases := l.schedule
	switch {
	case o.Stages == "":
	case !strings.Contains(o.Stages, ":"):
		return badStages{errors.New("want SPAN:LEVEL, such as 2m:10")}
	default: // any stages are these
		o.Users, o.SpawnRate = 50, 25
	}
	if !o.Planned {
		ramp := time.Duration(float64(o.Users) / o.SpawnRate * float64(time.Second))
		phases = []report.PhaseInfo{{Name: "", Users: o.Users, SpawnRate: o.SpawnRate, RampEnd: ramp, Model: "closed"}}
		if o.RunTime > 0 {
			phases[0].End = o.RunTime
		}
	}
	l.run = outline.Run{Number: l.run.Number + 1, Start: l.start, Host: o.Host, Phases: phases, Looks: l.Looks}
	for _, op := range l.ops {
		l.run.Tasks = append(l.run.Tasks, outline.Task{Name: op.Method + " " + op.Name, Share: op.Weight / l.weights})
	}
	l.now, l.users, l.phase, l.manual = 0, 0, 0, false
	l.gone, l.losses, l.asked = nil, nil, nil
	l.target, l.rate = phases[0].Users, phases[0].SpawnRate
	l.rec = record.New(record.Config{Phases: phases, Shards: 1})
	l.state = report.Spawning
	return nil
}

// badStages says which field is wrong.
type badStages struct{ error }

// Field implements what web.Control says of errors.
func (badStages) Field() string { return "stages" }

// Look changes how far the looks have come.
func (l *Load) Look(at *outline.Looks) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run.Looks = at
}

// Stop ends the run.
func (l *Load) Stop() error {
	l.mu.Lock()
	if l.state == report.Running || l.state == report.Spawning {
		l.state = report.Cleanup
	}
	hold := l.HoldStop
	l.mu.Unlock()
	if hold != nil {
		<-hold
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	return nil
}

// end ends the run. The caller holds the lock.
func (l *Load) end() {
	l.state = report.Stopped
	l.run.Ended = l.now
	l.users = 0
	if l.rec != nil {
		l.rec.End(l.now)
		l.rec.Level(int(l.now/time.Second), 0, 0, 0)
	}
}

// Reset zeroes the figures.
func (l *Load) Reset() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rec == nil {
		return nil
	}
	l.run.Number++
	l.run.Reset = l.now
	l.rec = record.New(record.Config{Phases: l.run.Phases, Shards: 1})
	return nil
}

// Advance lets whole seconds of the run pass.
func (l *Load) Advance(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range int(d / time.Second) {
		if l.state != report.Running && l.state != report.Spawning {
			return
		}
		l.second()
	}
}

// second lets one second pass.
func (l *Load) second() {
	l.enter()
	l.level()
	l.markLost()
	users := l.users * l.alive()
	on := int(math.Round(users * (0.5 + 0.08*math.Sin(l.now.Seconds()/17) + 0.04*l.rand.NormFloat64())))
	on = max(0, min(int(users), on))
	l.rec.Level(int(l.now/time.Second), l.planned(), int(users), on)
	for range l.poisson(float64(on) * 0.52) {
		l.request()
	}
	if l.Own {
		l.countOwn()
	}
	l.now += time.Second
	last := l.run.Phases[len(l.run.Phases)-1]
	if last.End > 0 && l.now >= last.End {
		l.end()
	}
}

// countOwn uses a figure of each sort, a transaction and a tag.
func (l *Load) countOwn() {
	s, at := l.rec.Shard(0), l.now
	x := record.Sample{Op: report.Op{Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at + 2*time.Second}
	if at%(10*time.Second) == 0 {
		x.Err = "POST /orders: http 503"
	}
	s.Of(report.SortTransaction).Record(&x)
	x.Op = report.Op{Method: "GET", Name: "/api/todos"}
	s.Of(report.SortTag).RecordTag("region=<b>", &x)
	s.Add(report.Op{Name: "wins"}, at, 3)
	s.Answer(report.Op{Name: "title ok"}, at, at%(4*time.Second) > 0)
	s.Value(report.Op{Name: "basket [EUR]"}, at, 80)
}

// enter begins the next phase where it is due.
func (l *Load) enter() {
	for l.phase+1 < len(l.run.Phases) && l.now >= l.run.Phases[l.phase+1].Start {
		l.phase++
		p := l.run.Phases[l.phase]
		l.target, l.rate, l.manual = p.Users, p.SpawnRate, false
		l.state = report.Spawning
	}
}

// level moves the users towards the target.
func (l *Load) level() {
	to := float64(l.target)
	switch {
	case l.users < to:
		l.users = min(to, l.users+l.rate)
	case l.users > to:
		l.users = max(to, l.users-l.rate)
	}
	if l.users == to {
		l.state = report.Running
	}
}

// planned is the level of the plan, whatever was set by hand.
func (l *Load) planned() int {
	if l.manual {
		return l.run.Phases[l.phase].Users
	}
	return int(l.users)
}

func (l *Load) poisson(mean float64) int {
	n, left := 0, l.rand.ExpFloat64()
	for ; left < mean; left += l.rand.ExpFloat64() {
		n++
	}
	return n
}

// request records one sample of this second.
func (l *Load) request() {
	pick := l.rand.Float64() * l.weights
	op := l.ops[len(l.ops)-1]
	for _, o := range l.ops {
		if pick -= o.Weight; pick < 0 {
			op = o
			break
		}
	}
	slow := 1.0
	if l.phase < len(l.Slow) {
		slow = l.Slow[l.phase]
	}
	intended := l.now + time.Duration(l.rand.Float64()*float64(time.Second))
	lag := time.Duration(float64(l.Lag) * l.rand.ExpFloat64())
	took := time.Duration(float64(op.Median) * slow * math.Exp(0.45*l.rand.NormFloat64()))
	x := record.Sample{
		Op: report.Op{Method: op.Method, Name: op.Name}, Intended: intended, Woken: intended + lag,
		Sent: intended + lag, Done: intended + lag + took, Bytes: op.Size,
	}
	x.Timings = parts(intended, lag, took)
	if l.rand.Float64() < op.FailShare*slow*slow {
		x.Err = op.Reason
	}
	l.rec.Shard(0).Record(&x)
	l.rec.Shard(0).Count(record.Planned, intended, 1)
	l.rec.Shard(0).Count(record.Started, intended, 1)
	l.rec.Shard(0).Count(record.Finished, intended, 1)
}

// parts divides a response time; every eleventh request or so makes a connection.
func parts(intended, late, took time.Duration) timing.Times {
	t := timing.Times{timing.Late: late, timing.Receiving: took / 10}
	if intended%11 == 0 {
		t[timing.Connecting], t[timing.TLS] = took/10, took/5
	}
	t[timing.Waiting] = took + late - t.Sum()
	return t
}

// Crew sets the workers of the run by hand, in place of those of the Fleet.
func (l *Load) Crew(all []report.Worker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.crew = slices.Clone(all)
}

// Panic counts an exception of the script.
func (l *Load) Panic(kind, message, stack string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rec.Exception(kind, message, stack, l.now)
}
