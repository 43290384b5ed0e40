package datadog

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	shown "github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Names of tags on spans, metrics, events and log lines, and of baggage.
const (
	tagRun       = "load.run_id"
	tagPhase     = "load.phase"
	tagArm       = "load.arm"
	tagTask      = "load.task"
	tagUsers     = "load.users" // their kind; only where there are several
	tagUser      = "usr.id"     // Datadog's own name for it
	tagIteration = "load.iteration"
	tagSeed      = "load.seed"
	tagIntended  = "load.intended_ms" // since the start of the run
	tagLag       = "load.late_ms"     // wake lag
	tagService   = "load.service_ms"  // from the send to the last byte
	tagCutOff    = "load.cut_off"     // by the end of the run: no failure
)

// MarkHeader is the header that distinguishes load from real traffic for the
// target. Its value is the run's id.
const MarkHeader = "X-Load-Test"

// observedRun is one run as Datadog sees it.
type observedRun struct {
	e       *Exporter
	run     measure.Run
	id      string
	seed    string // a number would lose its last digits in Datadog
	phases  []phaseTags
	sampler *sampling.Sampler
	metrics *metrics
	before  Losses // of other runs
}

// phaseTags is what all tasks of one phase have in common.
type phaseTags struct {
	index     int
	name, arm string
	start     time.Duration
	baggage   string
	metric    []string // tags of metrics
	marker    measure.TaskSpan
}

// BeginRun implements measure.Observer.
func (e *Exporter) BeginRun(run measure.Run) measure.RunObserver {
	r := &observedRun{e: e, run: run, id: shown.RunID(e.config.RunID, 1, run.Start), seed: strconv.FormatUint(run.Seed, 10), before: e.Losses()}
	if len(run.Phases) == 0 {
		r.run.Phases = make([]report.PhaseInfo, 1)
	}
	for i, p := range r.run.Phases {
		r.phases = append(r.phases, r.tagsOf(i, p))
	}
	rate := e.config.SampleRate
	if rate == 0 {
		rate = sampling.Rate(run.Phases)
	}
	r.sampler = sampling.New(run.Seed, rate)
	if e.config.SampleRate == 0 {
		r.sampler.Limit = sampling.Limit
	}
	r.metrics = newMetrics(r)
	e.last.Store(r)
	e.log.Info("observed by Datadog", "run", r.id, "sample_rate", rate)
	r.began()
	return r
}

func (r *observedRun) tagsOf(i int, p report.PhaseInfo) phaseTags {
	t := phaseTags{index: i, name: p.Name, arm: p.Arm, start: p.Start}
	if r.e.baggage {
		t.baggage = tagRun + "=" + escape(r.id)
		if p.Name != "" { // an empty value would void the header
			t.baggage += "," + tagPhase + "=" + escape(p.Name)
		}
	}
	t.metric = []string{tag(tagPhase, p.Name)}
	if p.Arm != "" {
		t.metric = append(t.metric, tag(tagArm, p.Arm))
	}
	if !r.e.config.NoRunTag {
		t.metric = append(t.metric, tag(tagRun, r.id))
	}
	if r.e.config.MarkAll {
		t.marker = &marker{run: r, baggage: t.baggage}
	}
	return t
}

// escape encodes a value for W3C baggage, with %20 for a space.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// phase returns the phase that an offset lies in.
func (r *observedRun) phase(at time.Duration) *phaseTags {
	i := len(r.phases) - 1
	for i > 0 && at < r.phases[i].start {
		i--
	}
	return &r.phases[i]
}

// BeginTask implements measure.RunObserver.
func (r *observedRun) BeginTask(ctx context.Context, t measure.Task) (context.Context, measure.TaskSpan) {
	phase := r.phase(t.Intended)
	r.metrics.started.add(t.String(), phase.index) // traced or not
	if r.sampler.Keep(t.User, t.Iteration) && r.traces(t.Woken) {
		if ctx, span := r.traceTask(ctx, t, phase); span != nil {
			return ctx, span
		}
	}
	return ctx, phase.marker
}

// traces reports whether one more span may start.
func (r *observedRun) traces(at time.Duration) bool {
	if own := r.e.tracer; own != nil && !own.running() {
		atomic.AddInt64(&r.e.lost.Unready, 1)
		return false
	}
	if !r.sampler.Allow(at) {
		atomic.AddInt64(&r.e.lost.Held, 1)
		return false
	}
	return r.e.config.SampleRate >= 0
}

// marker stands for a task that is not traced and marked all the same.
type marker struct {
	run     *observedRun
	baggage string
}

// BeginRequest implements measure.TaskSpan.
func (m *marker) BeginRequest(report.Op, time.Duration, time.Duration) measure.RequestSpan {
	return unseen{m}
}

// End implements measure.TaskSpan.
func (m *marker) End(time.Duration, error, bool) {}

// unseen is a request that is marked and nothing else.
type unseen struct{ *marker }

// Propagate implements measure.RequestSpan.
func (u unseen) Propagate(_ string, set func(key, value string)) { u.run.mark(u.baggage, set) }

// End implements measure.RequestSpan.
func (u unseen) End(measure.Outcome) {}

// mark sets the headers that tell the target where a request comes from.
func (r *observedRun) mark(baggage string, set func(key, value string)) {
	set(MarkHeader, r.id)
	if baggage != "" {
		set("Baggage", baggage)
	}
}

// extra returns the tags of Config in a fixed order, as k:v.
func (c *Config) extra() []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		list = append(list, tag(key, c.Tags[key]))
	}
	return list
}

// tag makes k:v of a value that may hold anything.
func tag(key, value string) string { return clean(key + ":" + value) }

// clean makes a tag of any text. Datadog cuts tags after 200 characters; a comma,
// a bar or a line break would begin something else.
func clean(text string) string {
	out := []rune(text)
	if len(out) > 200 {
		out = out[:200]
	}
	for i, c := range out {
		if c == ',' || c == '|' || c < ' ' {
			out[i] = '_'
		}
	}
	return string(out)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
