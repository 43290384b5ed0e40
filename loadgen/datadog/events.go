package datadog

import (
	"fmt"
	"strings"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// event sends an event of the run, unless that is its coordinator's.
func (r *observedRun) event(kind statsd.EventAlertType, at time.Time, phase *phaseTags, title, text string) {
	c := r.e.client.Load()
	if c == nil || r.run.Worker != "" {
		return
	}
	title = strings.Join(strings.Fields(title), " ") // a line break would end the datagram
	tags := []string{tag(tagRun, r.id)}
	if phase != nil {
		tags = append(tags, tag(tagPhase, phase.name))
		if phase.arm != "" {
			tags = append(tags, tag(tagArm, phase.arm))
		}
	}
	for {
		err := c.Event(&statsd.Event{Title: title, Text: text, Timestamp: at, AggregationKey: r.id, AlertType: kind, Tags: tags})
		if err == nil || text == "" { // without a text it is too long only for absurd names
			return
		}
		text = shorter(text)
	}
}

// shorter leaves about three quarters of a text that a datagram has no room for.
func shorter(text string) string {
	text = strings.TrimSuffix(text, more)
	cut := text[:len(text)*3/4]
	if i := strings.LastIndexByte(cut, '\n'); i > 0 {
		return cut[:i+1] + more
	}
	return strings.ToValidUTF8(cut, "")
}

// more ends a text that was cut.
const more = "..."

// name is what events call the run.
func (r *observedRun) name() string {
	if r.run.Name == "" {
		return r.id
	}
	return r.run.Name + " " + r.id
}

// began sends the event of the run's start, with its plan.
func (r *observedRun) began() {
	var plan strings.Builder
	for i := range r.run.Phases {
		fmt.Fprintln(&plan, describe(&r.run.Phases[i]))
	}
	fmt.Fprintf(&plan, "seed %d, plan %s", r.run.Seed, r.run.PlanDigest)
	r.event(statsd.Info, r.run.Start, &r.phases[0], "Load run "+r.name()+" begins", plan.String())
}

// describe is a phase in one line.
func describe(p *report.PhaseInfo) string {
	line := fmt.Sprintf("%s: from %v", p.Name, p.Start)
	if p.End > 0 {
		line += fmt.Sprintf(" to %v", p.End)
	}
	if p.Arm != "" {
		line += ", arm " + p.Arm
	}
	return line + ", " + level(p) + pace(p)
}

// pace is what paces the users; single tasks that arrive have no pace.
func pace(p *report.PhaseInfo) string {
	if p.Arrivals != nil && !p.Arrivals.Session {
		return ""
	}
	return ", " + p.Pace
}

// level is what a phase does to the load.
func level(p *report.PhaseInfo) string {
	switch {
	case p.Arrivals != nil:
		return "arrivals " + p.Arrivals.String()
	case p.Stages != nil:
		return fmt.Sprintf("at most %s by %s", say.Plural(p.Users, "user"), report.StagesText(p.Stages, ""))
	case p.SpawnRate == 0:
		return fmt.Sprintf("%s at once", say.Plural(p.Users, "user"))
	}
	return fmt.Sprintf("%s at %s a second", say.Plural(p.Users, "user"), say.Setting(p.SpawnRate))
}

// BeginPhase implements measure.RunObserver. The event has the configuration of
// both phases; that of the first phase is in the event of the run's start.
func (r *observedRun) BeginPhase(i int, p report.PhaseInfo) {
	if i == 0 {
		return
	}
	r.event(statsd.Info, r.run.Start.Add(p.Start), &r.phases[i], fmt.Sprintf("Load run %s: phase %s begins", r.name(), p.Name),
		fmt.Sprintf("before: %s\nnow: %s", describe(&r.run.Phases[i-1]), describe(&p)))
}

// EndRun implements measure.RunObserver.
func (r *observedRun) EndRun(sum *report.Summary) {
	total := sum.Total.Aggregated()
	kind := statsd.Success
	if total.Failures > 0 {
		kind = statsd.Warning
	}
	end := time.Duration(sum.EndS * float64(time.Second))
	r.event(kind, r.run.Start.Add(end), r.phase(end), "Load run "+r.name()+" ends", outcome(sum))
	within(r.e.limits.flush, r.e.flush)
	lost := r.e.Losses().minus(r.before)
	lost.Unanswered = r.e.sending.Load()
	if lost.Any() {
		sum.Health.Warnings = append(sum.Health.Warnings, "Datadog missed "+lost.String())
	}
}

// outcome is what the run came to, a line for each phase.
func outcome(sum *report.Summary) string {
	var lines []string
	for i := range sum.Phases {
		p := &sum.Phases[i]
		all := p.Aggregated()
		line := fmt.Sprintf("%s: %s (%s/s), %s failed", p.Name, say.Plural(p.Requests, "request"), say.Number(p.RPS), say.Count(p.Failures))
		if p.Requests > 0 {
			line += fmt.Sprintf(", p50 %s, p95 %s, p99 %s", percentile(all.ResponseMS.P50), percentile(all.ResponseMS.P95), percentile(all.ResponseMS.P99))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// percentile says it; one that lies among the failures has no time.
func percentile(m report.Millis) string {
	if !m.IsFinite() {
		return "failed"
	}
	return say.Number(float64(m)) + " ms"
}

// verdict sends the event of the outcome of the claims.
func (r *observedRun) verdict(passed bool, text string) {
	kind, word := statsd.Error, "failed"
	if passed {
		kind, word = statsd.Success, "passed"
	}
	r.event(kind, time.Now(), nil, "Load run "+r.name()+" "+word, text)
}

// flush sends what is buffered and gives the agent a moment to answer.
func (e *Exporter) flush() {
	limit := time.Now().Add(e.limits.flush)
	e.flushMetrics()
	if e.tracer == nil || !e.tracer.running() {
		return
	}
	tracer.Flush()
	for ok := true; ok; ok = e.sending.Load() > 0 && time.Now().Before(limit) {
		time.Sleep(10 * time.Millisecond)
		tracer.Flush() // what was still on its way to the buffer
	}
}
