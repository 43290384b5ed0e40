package datadog

import (
	"github.com/DataDog/datadog-go/v5/statsd"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/record"
)

// Names of metrics. docs/datadog.md describes each.
const (
	metricRequests   = "load_generator.requests"
	metricFailures   = "load_generator.failures"
	metricResponse   = "load_generator.response_ms"
	metricFailedIn   = "load_generator.failed_response_ms"
	metricBytes      = "load_generator.bytes"
	metricCutOff     = "load_generator.cut_off"
	metricInFlight   = "load_generator.in_flight"
	metricTasks      = "load_generator.tasks"
	metricStarts     = "load_generator.starts"
	metricExceptions = "load_generator.exceptions"
	metricUsers      = "load_generator.users"
	metricSpawned    = "load_generator.users.spawned"
	metricStopped    = "load_generator.users.stopped"
	metricPhase      = "load_generator.phase"
	metricLag        = "load_generator.late_ms"
	metricCPU        = "load_generator.cpu_cores"
	metricCPULimit   = "load_generator.cpu_limit_cores"
	metricMemory     = "load_generator.memory_bytes"
	metricGoroutines = "load_generator.goroutines"
	metricFiles      = "load_generator.open_files"
	metricFileLimit  = "load_generator.open_files_limit"
	metricGCPause    = "load_generator.gc_pause_s"
	metricLost       = "load_generator.lost"
)

// Tags of metrics alone.
const (
	tagOperation = "load.operation"
	tagOutcome   = "load.outcome"
	tagReason    = "load.reason"
	tagState     = "load.state"
	tagStat      = "load.stat"
	tagKind      = "load.kind"
)

// Bounds of cardinality, for each run. What is beyond is counted under "(other)".
const (
	maxOperations = 200
	maxReasons    = 500 // pairs of operation and reason
	maxTasks      = 200
	other         = "(other)"
)

// maxSamples is how many response times a second are sent for one operation of one
// phase and outcome before each stands for several.
const maxSamples = 500

// metrics turns what a recorder gained into metrics, once a second.
type metrics struct {
	run      *observedRun
	follower *record.Follower
	others   own
	started  *taskCounts
	names    map[series][]string // tags by operation and outcome
	ops      map[report.Op]bool
	reasons  map[series][]string
	users    int
	raised   map[string]int64 // exceptions sent so far, by kind
	lost     Losses
}

// series is what distinguishes one time series of an operation.
type series struct {
	phase int
	op    report.Op
	what  string // outcome or reason
}

func newMetrics(r *observedRun) *metrics {
	m := &metrics{
		run: r, names: map[series][]string{}, ops: map[report.Op]bool{}, reasons: map[series][]string{},
		raised: map[string]int64{}, lost: r.before, started: newTaskCounts(len(r.phases)),
	}
	if r.run.Recorder != nil && r.run.Worker == "" {
		m.follower, m.others = r.run.Recorder.Follow(), newOwn(r.run.Recorder)
	}
	return m
}

// Watch implements measure.RunObserver. A worker counts its tasks, which its coordinator
// does not see, and leaves all figures to it.
func (r *observedRun) Watch(s *report.Snapshot) {
	switch c := r.e.client.Load(); {
	case c == nil:
	case r.run.Worker != "":
		r.metrics.tasks(c)
	default:
		r.metrics.send(c, s)
	}
}

// send sends everything. The client adds counts and gauges up over two seconds.
// Its errors are those of names and addresses that cannot be wrong here.
func (m *metrics) send(c *statsd.ClientDirect, s *report.Snapshot) {
	if m.follower != nil {
		ops, starts := m.follower.Next()
		for i := range ops {
			m.operation(c, &ops[i])
		}
		m.others.send(c, m)
		for i := range starts {
			m.counters(c, m.run.phases[i].metric, starts[i])
		}
	}
	m.tasks(c)
	here := m.run.phases[s.Index].metric
	m.levels(c, here, s)
	m.exceptions(c, here, s)
	m.health(c, here, s)
}

// tasks sends how many tasks have begun.
func (m *metrics) tasks(c *statsd.ClientDirect) {
	m.started.each(func(name string, phase int, n int64) {
		m.count(c, metricTasks, n, with(m.run.phases[phase].metric, tag(tagTask, name)))
	})
}

// operation sends what one operation gained.
func (m *metrics) operation(c *statsd.ClientDirect, x *record.Change) {
	ok, bad := x.Count()
	success, failure := m.tags(x, "success"), m.tags(x, "failure")
	m.count(c, metricRequests, ok, success)
	m.count(c, metricRequests, bad, failure)
	m.count(c, metricCutOff, x.CutOff, success[:len(success)-1]) // neither outcome
	m.count(c, metricBytes, x.Bytes, success[:len(success)-1])
	for _, r := range x.Reasons {
		m.count(c, metricFailures, r.Count, m.reason(x, r.Reason))
	}
	m.distribution(c, metricResponse, x.Successes, success)
	m.distribution(c, metricFailedIn, x.Failures, failure) // apart: no query may take a failure for a fast answer
}

// tags are those of an operation and an outcome, the outcome last.
func (m *metrics) tags(x *record.Change, outcome string) []string {
	k := series{x.Phase, x.Op, outcome}
	if known, ok := m.names[k]; ok {
		return known
	}
	name := x.Op.Anyone().String()
	if !m.ops[x.Op] {
		if len(m.ops) >= maxOperations {
			name = other
		} else {
			m.ops[x.Op] = true
		}
	}
	of := m.run.phases[x.Phase].metric
	if x.Op.Kind != "" {
		of = with(of, tag(tagUsers, x.Op.Kind))
	}
	made := with(of, tag(tagOperation, name), tag(tagOutcome, outcome))
	if name != other {
		m.names[k] = made
	}
	return made
}

// reason are the tags of an operation and a reason of failure.
func (m *metrics) reason(x *record.Change, reason string) []string {
	k := series{x.Phase, x.Op, reason}
	if known, ok := m.reasons[k]; ok {
		return known
	}
	base := m.tags(x, "failure")
	base = base[:len(base)-1]
	if len(m.reasons) >= maxReasons {
		return with(base, tag(tagReason, other))
	}
	made := with(base, tag(tagReason, reason))
	m.reasons[k] = made
	return made
}

func (m *metrics) distribution(c *statsd.ClientDirect, name string, buckets []hist.Bucket, tags []string) {
	for _, lot := range samples(buckets, maxSamples) {
		_ = c.DistributionSamples(name, lot.values, tags, lot.rate)
	}
}

// counters sends what became of task starts.
func (m *metrics) counters(c *statsd.ClientDirect, tags []string, n report.Counters) {
	for state, starts := range map[string]int64{
		"planned": n.Planned, "started": n.Started, "finished": n.Finished,
		"missed": n.Missed, "dropped": n.Dropped, "lost": n.Lost, "skipped": n.Skipped, "unfinished": n.Unfinished,
	} {
		m.count(c, metricStarts, starts, with(tags, tag(tagState, state)))
	}
}

// levels sends how many users there are.
func (m *metrics) levels(c *statsd.ClientDirect, tags []string, s *report.Snapshot) {
	for state, users := range map[string]int{"planned": s.Planned, "running": s.Users, "on": s.On, "off": s.Off()} {
		_ = c.Gauge(metricUsers, float64(users), with(tags, tag(tagState, state)), 1)
	}
	_ = c.Gauge(metricInFlight, float64(s.Counters.InFlight+s.Counters.InFlightBefore), tags, 1)
	_ = c.Gauge(metricPhase, float64(s.Index+1), tags, 1)
	m.count(c, metricSpawned, int64(s.Users-m.users), tags)
	m.count(c, metricStopped, int64(m.users-s.Users), tags)
	m.users = s.Users
}

func (m *metrics) exceptions(c *statsd.ClientDirect, tags []string, s *report.Snapshot) {
	now := map[string]int64{}
	for _, e := range s.Exceptions {
		now[e.Kind] += e.Occurrences
	}
	for kind, n := range now {
		m.count(c, metricExceptions, n-m.raised[kind], with(tags, tag(tagKind, kind)))
	}
	m.raised = now
}

// health sends how the generator itself does.
func (m *metrics) health(c *statsd.ClientDirect, tags []string, s *report.Snapshot) {
	for stat, lag := range map[string]report.Millis{"p50": s.Lag.P50, "p99": s.Lag.P99, "max": s.Lag.Max} {
		if lag.IsFinite() {
			_ = c.Gauge(metricLag, float64(lag), with(tags, tag(tagStat, stat)), 1)
		}
	}
	h := &s.Health
	for name, value := range map[string]float64{
		metricCPU: h.CPU, metricCPULimit: h.CPULimit, metricMemory: float64(h.MemoryBytes), metricGCPause: h.GCPauseS,
		metricGoroutines: float64(h.Goroutines), metricFiles: float64(h.OpenFiles), metricFileLimit: float64(h.FileLimit),
	} {
		if value > 0 {
			_ = c.Gauge(name, value, tags, 1)
		}
	}
	m.losses(c, tags)
}

// losses sends what got lost since the last time.
func (m *metrics) losses(c *statsd.ClientDirect, tags []string) {
	lost := m.run.e.Losses()
	more := lost.minus(m.lost)
	m.lost = lost
	for _, kind := range lossKinds {
		m.count(c, metricLost, *kind.of(&more), with(tags, tag(tagKind, kind.name)))
	}
}

// count sends a count that is more than 0.
func (m *metrics) count(c *statsd.ClientDirect, name string, n int64, tags []string) {
	if n > 0 {
		_ = c.Count(name, n, tags, 1)
	}
}

// with returns the tags and more, in a new list.
func with(tags []string, more ...string) []string {
	return append(tags[:len(tags):len(tags)], more...)
}
