package brief

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
)

func (m *markdown) phases() {
	m.heading("Phases")
	m.table("phase", "arm", "model", ">users", "from – to", ">counted s", ">requests", ">requests/s", ">failed", ">throughput/s", ">p50 ms", ">p95 ms", ">p99 ms", ">late p99 ms")
	all := append(append([]report.PhaseSummary{}, m.Run.Phases...), m.Run.Total)
	for _, p := range all {
		a := p.Aggregated()
		times := a.Trust.Marked(&a.ResponseMS, a.Requests)
		m.row(Escape(p.Name), Escape(p.Arm), Escape(p.Model), say.Count(p.Users), say.ClockS(p.StartS)+" – "+say.ClockS(p.EndS), m.counted(p.Name),
			say.Count(a.Requests), say.Number(a.RPS), say.Part(a.Failures, a.Requests), say.Number(a.Throughput),
			times[0], times[1], times[2], p.LagMS.P99.Text(1))
	}
	m.line("\nWhole phases, ramps included; throughput is of successes, and a percentile that lies among the failures reads failed. %s.", page.SignsMean)
}

// counted is how much of a phase the effect stands on, s.
func (m *markdown) counted(phase string) string {
	if m.Effect != nil {
		for _, p := range m.Effect.Phases {
			if p.Phase == phase {
				return say.Number(p.UsableS)
			}
		}
	}
	return "–"
}

func (m *markdown) operations() {
	for _, p := range m.Run.Phases {
		m.line("\n<details><summary>Operations in %s</summary>", Escape(p.Name))
		m.table("operation", ">requests", ">requests/s", ">failed", ">throughput/s", ">mean ms", ">p50 ms", ">p95 ms", ">p99 ms", ">p99.9 ms", ">max ms", ">service p95 ms", "p95 stands")
		for _, o := range p.Operations {
			f, n := o.ResponseMS, o.Requests
			times := o.Trust.Marked(&f, n)
			m.row(Escape(o.Op().String()), say.Count(n), say.Number(o.RPS), say.Part(o.Failures, n), say.Number(o.Throughput),
				f.Mean.SuccessText(n), times[0], times[1], times[2], times[3], f.Max.SuccessText(n),
				o.ServiceMS.P95.Text(n), string(o.Trust.P95.Grade))
		}
		m.line("\n</details>")
	}
}

// timings says what the requests of the whole run waited for.
func (m *markdown) timings() {
	t := page.TimingsOfPhase(&m.Run.Total)
	if t == nil {
		return
	}
	m.line("\n<details><summary>What requests waited for</summary>\n\n%s", t.Said)
	heads := []string{"operation"}
	for _, p := range t.Parts {
		heads = append(heads, ">"+p.Name+" ms")
	}
	m.table(heads...)
	for _, r := range t.Rows {
		name := cmp.Or(strings.TrimSpace(r.Method+" "+r.Name), "All operations")
		cells := []string{Escape(name)}
		for _, c := range r.Cells {
			if c.P95 != "" {
				c.Mean += " (" + c.P95 + ")"
			}
			cells = append(cells, c.Mean)
		}
		m.row(cells...)
	}
	m.line("\nMeans over all requests of the run, failures too, and in brackets the p95.%s\n\n</details>", strings.TrimRight(" "+t.More, " "))
}

// own lists what is not in the counts of requests: transactions, requests by tag and figures of the script.
func (m *markdown) own() {
	all := m.Run.Phases
	if len(all) != 1 {
		all = append(slices.Clone(all), m.Run.Total)
	}
	for _, p := range all {
		for _, t := range p.OwnTables() {
			m.line("\n<details><summary>%s in %s</summary>", t.Title, Escape(p.Name))
			heads := slices.Clone(t.Heads)
			for i := range heads[1:] {
				heads[i+1] = ">" + heads[i+1]
			}
			m.table(heads...)
			for _, row := range t.Rows {
				row[0] = Escape(row[0])
				m.row(row...)
			}
			m.line("\n</details>")
		}
	}
}

// mostFailures is how many rows of failures and exceptions are shown, the most
// frequent first.
const mostFailures = 10

func (m *markdown) failures() {
	for _, of := range []struct {
		title string
		rows  []report.Failure
	}{{"Failures", m.Run.Failures}, {"Failures of transactions", m.Run.TransactionFailures}} {
		fs := of.rows
		if len(fs) == 0 {
			continue
		}
		m.heading(of.title)
		m.table("operation", "phase", "reason", ">occurrences", "first – last")
		shown, more := report.MostFrequent(fs, mostFailures)
		for _, f := range shown {
			op := f.Op()
			m.row(Escape(op.String()), Escape(f.Phase), Escape(f.Reason), say.Count(f.Occurrences), say.ClockS(f.FirstS)+" – "+say.ClockS(f.LastS))
		}
		if more != "" {
			m.line("\n... %s.", more)
		}
	}
	if es := m.Run.Exceptions; len(es) > 0 {
		m.heading("Exceptions")
		m.table("kind", "message", ">occurrences", "first – last")
		for _, e := range es[:min(len(es), mostFailures)] {
			m.row(Escape(e.Kind), Escape(e.Message), say.Count(e.Occurrences), say.ClockS(e.FirstS)+" – "+say.ClockS(e.LastS))
		}
		m.more(len(es))
	}
}

func (m *markdown) more(n int) {
	if n > mostFailures {
		m.line("\n... and %d more.", n-mostFailures)
	}
}

func (m *markdown) generator() {
	m.heading("Generator")
	for _, line := range m.Run.Chores() {
		m.line("- %s", Escape(line))
	}
	h, c, late := m.Run.Health, m.Run.Total.Counters, m.Run.LagMS
	if h.Bottleneck == "" {
		m.line("- The generator was not the bottleneck.")
	} else {
		m.line("- **%s**", Escape(h.Bottleneck))
	}
	if late.P99.IsFinite() {
		m.line("- Wake lag: p50 %s, p99 %s, max %s ms.", say.Number(float64(late.P50)), say.Number(float64(late.P99)), say.Number(float64(late.Max)))
	}
	if t := m.Run.Total.Aggregated().Trust; t.P50.Grade != "" {
		m.line("- Percentiles by that lag: p50 %s, p95 %s, p99 %s, p99.9 %s.", t.P50.Grade, t.P95.Grade, t.P99.Grade, t.P999.Grade)
	}
	m.line("- Task starts: %s; %s unfinished and %s cut off.", c.Starts(), say.Plural(c.Unfinished, "task"), say.Plural(c.CutOff, "request"))
	if text := m.Run.Total.Rested(); text != "" {
		m.line("- %s.", text)
	}
	if n := m.Run.Total.TransactionsCutOff(); n > 0 {
		m.line("- %s cut off.", say.Plural(n, "transaction"))
	}
	if text := m.Run.Total.Unanswered(); text != "" {
		m.line("- %s.", text)
	}
	for _, s := range h.Warnings {
		m.line("- ⚠️ %s", Escape(s))
	}
}

// workers lists those that made the run, if several did, and what was lost with some of them.
func (m *markdown) workers() {
	if len(m.Run.Workers) > 0 {
		m.heading("Workers")
		m.table(">#", "worker", "state", ">users", ">requests", ">CPU", ">lag p99 ms", ">clock ms", ">start ms", "lost at")
		shown := m.Run.OutstandingWorkers()
		for _, i := range shown {
			c := m.Run.Workers[i].Cells()
			m.row(c.Index, Escape(c.ID), Escape(c.State), c.Users, c.Requests, c.CPU, c.Lag, c.Clock, c.Start, Escape(strings.TrimSpace(c.Lost+" "+c.Why)))
		}
		if more := len(m.Run.Workers) - len(shown); more > 0 {
			m.line("\n... and %s more, none of them lost or worse off.", say.Count(more))
		}
		m.line("\nCPU is that of its limit, clock its own minus the master's with its bound, start how much later than offset 0 it began.")
	}
	m.losses()
}

// losses lists what was lost of which phase.
func (m *markdown) losses() {
	first := true
	for _, p := range m.Run.Phases {
		if p.Lost == nil {
			continue
		}
		if first {
			m.table("lost of phase", ">user-seconds", ">arrivals", ">share")
			first = false
		}
		m.row(append([]string{Escape(p.Name)}, p.Lost.Cells()...)...)
	}
	if !first {
		m.line("\n%s", report.LossMeans)
	}
}

func (m *markdown) configuration() {
	m.heading("Configuration")
	parts := say.Parts{fmt.Sprintf("seed %d", m.Run.Seed), "plan " + Escape(m.Run.PlanDigest)}
	parts.Add(m.Run.Streams > 0, "random streams version %d", m.Run.Streams)
	parts.Add(!m.Run.Start.IsZero(), "began %s UTC", m.Run.Start.UTC().Format("2006-01-02 15:04:05"))
	for _, s := range []string{redact.Address(m.Host), m.Program} {
		parts.Add(s != "", "%s", Escape(s))
	}
	m.line("%s.", strings.Join(parts, ", "))
	for _, p := range m.Run.Phases {
		m.line("- %s: %s", Escape(p.Name), Escape(configured(p)))
	}
}

// configured formats the load of a phase.
func configured(p report.PhaseSummary) string {
	parts := say.Parts{say.Plural(p.Users, "user")}
	if p.Arrivals != nil {
		parts[0] = p.Arrivals.String()
	}
	if p.Stages != nil {
		parts[0] = fmt.Sprintf("at most %s by %s", say.Plural(p.Users, "user"), report.StagesText(p.Stages, ""))
	}
	if p.SpawnRate > 0 {
		parts[0] += fmt.Sprintf(" at %s/s", say.Setting(p.SpawnRate))
	}
	parts.Add(p.Pace != "" && (p.Arrivals == nil || p.Arrivals.Session), "%s", p.Pace)
	if l := p.Predicted; l != nil {
		parts.Add(l.Unlimited, report.AsTheTargetAnswers)
		parts.Add(!l.Unlimited && l.Rate > 0 && p.Arrivals == nil, "predicted %s tasks/s", say.Number(l.Rate))
	}
	parts.Add(p.SettleS > 0, "%s s to settle", say.Number(p.SettleS))
	parts.Add(p.Replay > 0, "matched arm, replay %d", p.Replay)
	return strings.Join(parts, ", ")
}
