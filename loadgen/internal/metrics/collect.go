package metrics

import (
	"strconv"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Sink takes the metrics of one run, one by one.
type Sink interface {
	// Count takes a count.
	Count(m *Metric, n int64, labels ...string)
	// Level takes the value of a gauge.
	Level(m *Metric, v float64, labels ...string)
	// Histogram takes a histogram; s may be nil, and belongs to the run. like are exemplars of it, several of a bucket too.
	Histogram(m *Metric, s *hist.Sketch, like []Exemplar, labels ...string)
}

// out passes on the metrics of one run.
type out struct {
	Sink
	now *report.Snapshot // levels and health
}

// Read passes all metrics on to the sink that to returns. It gets the label of the run, and since when it is counted.
func (r *Run) Read(to func(run string, created time.Time) Sink) {
	r.reading.Lock()
	defer r.reading.Unlock()
	now := r.refresh()
	r.exemplars.forget(time.Since(r.about.Start), time.Duration(r.figs.ResetS*float64(time.Second)))
	o := &out{to(r.label(), r.created()), now}
	r.requests(o)
	r.own(o)
	r.tasks(o)
	r.levels(o)
	r.health(o)
	r.facts(o)
}

// cell is what is counted of one row.
type cell struct {
	times      report.Times
	shared     bool // times belong to the figures
	bytes, cut int64
	ok, failed []Exemplar
}

// add adds an operation.
func (c *cell) add(op *report.Operation) {
	c.bytes, c.cut = c.bytes+op.Bytes, c.cut+op.CutOff
	if c.times == (report.Times{}) {
		c.times, c.shared = op.Times, true
		return
	}
	if c.shared {
		var own report.Times
		own.Merge(&c.times)
		c.times, c.shared = own, false
	}
	c.times.Merge(&op.Times)
}

// ended is the times of those that ended in one way.
type ended struct {
	outcome string
	times   *hist.Sketch
	like    []Exemplar
}

// outcomes are the successes, and the failures if there are any.
func (c *cell) outcomes() []ended {
	out := []ended{{Succeeded, c.times.Response, c.ok}, {Failed, c.times.Failed, c.failed}}
	if c.times.Failed.Count() == 0 {
		out = out[:1]
	}
	return out
}

// requests passes on what became of requests.
func (r *Run) requests(o *out) {
	cells, causes := map[row]*cell{}, map[cause]int64{}
	for i := range r.figs.Phases {
		p := &r.figs.Phases[i]
		for j := range max(0, len(p.Operations)-1) { // the last one is their sum
			op := &p.Operations[j]
			at := r.names.row(r.phase(p.Name), op.Op())
			if cells[at] == nil {
				cells[at] = new(cell)
			}
			cells[at].add(op)
			cells[at].ok = append(cells[at].ok, r.exemplars.list(exemplarOf{p.Name, op.Op(), false}, r.about.Start)...)
			cells[at].failed = append(cells[at].failed, r.exemplars.list(exemplarOf{p.Name, op.Op(), true}, r.about.Start)...)
		}
	}
	for i := range r.figs.Failures {
		f := &r.figs.Failures[i]
		at := r.names.row(r.phase(f.Phase), f.Op())
		causes[r.names.cause(at, f.Reason)] += f.Occurrences
	}
	for at, c := range cells {
		o.Count(requests, int64(c.times.Response.Count()), at.phase, at.kind, at.operation, Succeeded)
		o.Count(requests, int64(c.times.Failed.Count()), at.phase, at.kind, at.operation, Failed)
		o.Count(bytes, c.bytes, at.phase, at.kind, at.operation)
		o.Count(cutOff, c.cut, at.phase, at.kind, at.operation)
		for _, x := range c.outcomes() {
			o.Histogram(duration, x.times, x.like, at.phase, at.kind, at.operation, x.outcome)
		}
	}
	for at, n := range causes {
		o.Count(failures, n, at.phase, at.kind, at.operation, at.reason)
	}
}

// phase is the label of a phase.
func (r *Run) phase(name string) string {
	if known, ok := r.phases[name]; ok {
		return known
	}
	return Clean(name)
}

// tasks passes on what became of task starts, and exceptions.
func (r *Run) tasks(o *out) {
	phases := map[string]*report.Counters{}
	for i := range r.figs.Phases {
		name := r.phase(r.figs.Phases[i].Name)
		if phases[name] == nil {
			phases[name] = new(report.Counters)
		}
		phases[name].Add(r.figs.Phases[i].Counters)
	}
	for name, c := range phases {
		o.Count(tasksPlanned, c.Planned, name)
		o.Count(tasksStarted, c.Started, name)
		o.Count(tasksFinished, c.Finished, name)
		o.Count(tasksMissed, c.Missed, name)
		o.Count(tasksDropped, c.Dropped, name)
		o.Count(tasksLost, c.Lost, name)
		o.Count(tasksSkipped, c.Skipped, name)
		o.Count(tasksUnfinished, c.Unfinished-c.Running, name) // those that run may yet finish
	}
	kinds := map[string]int64{}
	for _, x := range r.figs.Exceptions {
		kinds[Clean(x.Kind)] += x.Occurrences
	}
	for kind, n := range kinds {
		o.Count(exceptions, n, kind)
	}
}

// levels passes on how much there is of what comes and goes.
func (r *Run) levels(o *out) {
	o.Level(usersPlanned, float64(o.now.Planned))
	o.Level(users, float64(o.now.Users))
	o.Level(usersOn, float64(o.now.On))
	for _, k := range o.now.Kinds {
		o.Level(usersKind, float64(k.Users), Clean(k.Name))
	}
	o.Level(inFlight, float64(o.now.Counters.InFlight+o.now.Counters.InFlightBefore))
}

// health passes on how the generator itself does.
func (r *Run) health(o *out) {
	var all report.Times
	for i := range r.figs.Phases {
		all.Merge(&report.Times{Response: r.figs.Phases[i].LagSketch})
	}
	o.Histogram(lag, all.Response, nil)
	h := o.now.Health
	if !r.ended {
		h = o.now.JudgedHealth()
	}
	well := 1.
	if h.Bottleneck != "" {
		well = 0
	}
	o.Level(healthy, well)
	o.Level(cpu, h.CPU)
	o.Level(cpuLimit, h.CPULimit)
	o.Level(othersCPU, h.OthersCPU)
	o.Level(stolen, h.Steal)
	o.Level(throttled, h.Throttled)
	o.Level(pressure, h.Pressure)
}

// facts passes on what the run is.
func (r *Run) facts(o *out) {
	o.Level(runInfo, 1, Clean(r.about.Name), strconv.FormatUint(r.about.Seed, 10), Clean(r.about.PlanDigest))
	o.Level(runStart, seconds(r.about.Start))
	if r.ended {
		o.Level(runEnd, seconds(r.about.Start)+r.figs.EndS)
		return
	}
	p := o.now.Phase
	o.Level(phaseInfo, 1, r.phase(p.Name), Clean(p.Arm), Clean(p.Model))
}

// seconds is Unix time.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
