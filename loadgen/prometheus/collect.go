package prometheus

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gensim/load-generator/report"
)

// out passes on the metrics of one run.
type out struct {
	to      chan<- prometheus.Metric
	now     *report.Snapshot // levels and health
	created time.Time
	run     string // label
}

// counter passes on a count.
func (o *out) counter(desc *prometheus.Desc, n int64, labels ...string) {
	o.pass(prometheus.NewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, float64(n), o.created, o.labels(labels)...))
}

// gauge passes on a level.
func (o *out) gauge(desc *prometheus.Desc, v float64, labels ...string) {
	o.pass(prometheus.NewConstMetric(desc, prometheus.GaugeValue, v, o.labels(labels)...))
}

// times passes on a histogram.
func (o *out) times(desc *prometheus.Desc, c *report.Times, outcome string, r row) {
	s := c.Response
	if outcome == failed {
		s = c.Failed
	}
	m, err := newHistogram(desc, s, o.created, o.run, r.phase, r.operation, outcome)
	o.pass(m, err)
}

// pass passes a metric on, or the reason why there is none, which is the scrape's error.
func (o *out) pass(m prometheus.Metric, err error) {
	if err != nil {
		m = prometheus.NewInvalidMetric(descRequests, err)
	}
	o.to <- m
}

func (o *out) labels(more []string) []string { return append([]string{o.run}, more...) }

// collect passes on all metrics of the run.
func (r *run) collect(to chan<- prometheus.Metric) {
	r.reading.Lock()
	defer r.reading.Unlock()
	now := r.read()
	o := &out{to: to, now: now, created: r.created(), run: r.label()}
	r.requests(o)
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

// requests passes on what became of requests.
func (r *run) requests(o *out) {
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
		}
	}
	for i := range r.figs.Failures {
		f := &r.figs.Failures[i]
		at := r.names.row(r.phase(f.Phase), report.Op{Method: f.Method, Name: f.Name})
		causes[r.names.cause(at, f.Reason)] += f.Occurrences
	}
	for at, c := range cells {
		o.counter(descRequests, int64(c.times.Response.Count()), at.phase, at.operation, succeeded)
		o.counter(descRequests, int64(c.times.Failed.Count()), at.phase, at.operation, failed)
		o.counter(descBytes, c.bytes, at.phase, at.operation)
		o.counter(descCutOff, c.cut, at.phase, at.operation)
		o.times(descDuration, &c.times, succeeded, at)
		if c.times.Failed.Count() > 0 {
			o.times(descDuration, &c.times, failed, at)
		}
	}
	for at, n := range causes {
		o.counter(descFailures, n, at.phase, at.operation, at.reason)
	}
}

// phase is the label of a phase.
func (r *run) phase(name string) string {
	if known, ok := r.phases[name]; ok {
		return known
	}
	return clean(name)
}

// tasks passes on what became of task starts, and exceptions.
func (r *run) tasks(o *out) {
	phases := map[string]*report.Counters{}
	for i := range r.figs.Phases {
		name := r.phase(r.figs.Phases[i].Name)
		if phases[name] == nil {
			phases[name] = new(report.Counters)
		}
		phases[name].Add(r.figs.Phases[i].Counters)
	}
	for name, c := range phases {
		o.counter(descTasksPlanned, c.Planned, name)
		o.counter(descTasksStarted, c.Started, name)
		o.counter(descTasksFinished, c.Finished, name)
		o.counter(descTasksMissed, c.Missed, name)
		o.counter(descTasksDropped, c.Dropped, name)
		o.counter(descTasksUnfinished, c.Unfinished-c.Running, name) // those that run may yet finish
	}
	kinds := map[string]int64{}
	for _, x := range r.figs.Exceptions {
		kinds[clean(x.Kind)] += x.Occurrences
	}
	for kind, n := range kinds {
		o.counter(descExceptions, n, kind)
	}
}

// levels passes on how much there is of what comes and goes.
func (r *run) levels(o *out) {
	o.gauge(descUsersPlanned, float64(o.now.Planned))
	o.gauge(descUsers, float64(o.now.Users))
	o.gauge(descUsersOn, float64(o.now.On))
	o.gauge(descInFlight, float64(o.now.Counters.InFlight+o.now.Counters.InFlightBefore))
}

// health passes on how the generator itself does.
func (r *run) health(o *out) {
	var lag report.Times
	for i := range r.figs.Phases {
		lag.Merge(&report.Times{Response: r.figs.Phases[i].LagSketch})
	}
	m, err := newHistogram(descLag, lag.Response, o.created, o.run)
	o.pass(m, err)
	h := o.now.Health
	if !r.ended {
		h = o.now.JudgedHealth()
	}
	healthy := 1.
	if h.Bottleneck != "" {
		healthy = 0
	}
	o.gauge(descHealthy, healthy)
	o.gauge(descCPU, h.CPU)
	o.gauge(descCPULimit, h.CPULimit)
	o.gauge(descOthersCPU, h.OthersCPU)
	o.gauge(descStolen, h.Steal)
	o.gauge(descThrottled, h.Throttled)
	o.gauge(descPressure, h.Pressure)
}

// facts passes on what the run is.
func (r *run) facts(o *out) {
	o.gauge(descRun, 1, clean(r.about.Name), strconv.FormatUint(r.about.Seed, 10), clean(r.about.PlanDigest))
	o.gauge(descStart, seconds(r.about.Start))
	if r.ended {
		o.gauge(descEnd, seconds(r.about.Start)+r.figs.EndS)
		return
	}
	p := o.now.Phase
	o.gauge(descPhase, 1, r.phase(p.Name), clean(p.Arm), clean(p.Model))
}

// seconds is Unix time.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
