package brief

import (
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// WriteMarkdown writes the brief as Markdown with tables (GitHub's kind), for
// $GITHUB_STEP_SUMMARY and the like.
func (b *Brief) WriteMarkdown(w io.Writer) error {
	m := &markdown{Brief: b}
	for _, part := range []func(){
		m.head, m.claims, m.effect, m.pairs, m.recovery, m.phases, m.operations, m.timings, m.own, m.failures, m.generator, m.workers, m.configuration,
	} {
		part()
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

// WriteEffectMarkdown writes a comparison alone: sentences, warnings, figures,
// the load of both arms, pairs.
func WriteEffectMarkdown(w io.Writer, r *effect.Report) error {
	m := &markdown{Brief: &Brief{Effect: r}}
	m.effect()
	m.pairs()
	_, err := io.WriteString(w, m.out.String())
	return err
}

// WriteClaimsMarkdown writes the outcomes of claims alone.
func WriteClaimsMarkdown(w io.Writer, results []claim.Result) error {
	m := &markdown{Brief: &Brief{Claims: results}}
	m.claims()
	_, err := io.WriteString(w, m.out.String())
	return err
}

// markdown is the writing of one brief.
type markdown struct {
	*Brief
	out strings.Builder
}

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// row writes the cells of a table; all but those marked by the caller are data.
func (m *markdown) row(cells ...string) {
	m.line("| %s |", strings.Join(cells, " | "))
}

// table writes the head of a table; columns that start with > hold numbers.
func (m *markdown) table(columns ...string) {
	rule := make([]string, len(columns))
	for i, c := range columns {
		if rule[i] = "---"; strings.HasPrefix(c, ">") {
			rule[i], columns[i] = "---:", c[1:]
		}
	}
	m.line("")
	m.row(columns...)
	m.row(rule...)
}

func (m *markdown) heading(text string) { m.line("\n## %s", text) }

func (m *markdown) head() {
	m.line("# %s\n", Escape(m.reportTitle()))
	first := m.Run.Foremost() // with the bottleneck, with which the verdict begins
	for _, n := range first {
		if n != m.Run.Health.Bottleneck {
			m.line("> %s\n", Escape(n))
		}
	}
	m.line("**%s**", Escape(m.Verdict()))
	for _, n := range m.Run.Cautions()[len(first):] {
		m.line("\n> %s", Escape(n))
	}
	for _, name := range m.Run.NotReached {
		m.line("\n> The run ended before phase %s began.", Escape(name))
	}
}

func (m *markdown) claims() {
	if len(m.Claims) == 0 {
		return
	}
	m.heading("Claims")
	m.table("", "claim", "what was measured")
	for _, r := range m.Claims {
		m.row(mark(r.Outcome), Escape(r.Claim), Escape(r.Said))
	}
	for _, r := range claim.Failed(m.Shown()) {
		m.line("\n%s: %s.", Escape(r.Claim), r.Outcome)
		if len(r.Worst) > 0 {
			m.line("- worst: %s", Escape(strings.Join(r.Worst, ", ")))
		}
		for _, n := range r.Notes {
			m.line("- %s", Escape(n))
		}
	}
}

// mark is an outcome as a word that a reader finds in a column.
func mark(o claim.Outcome) string {
	if o == claim.Holds {
		return "✅ holds"
	}
	return "❌ **" + string(o) + "**"
}

func (m *markdown) effect() {
	m.heading("Effect")
	e := m.Effect
	if e == nil {
		m.line("%s", Escape(m.NoEffect))
		return
	}
	m.line("%s: %s against %s.\n", e.Design, Escape(named(e.Intervention.Phases)), Escape(named(e.Baseline.Phases)))
	for _, s := range e.Sentences() {
		m.line("- %s", Escape(s))
	}
	for _, s := range e.Warnings {
		m.line("- ⚠️ %s", Escape(s))
	}
	first, second := e.Sides()
	m.table("operation", "metric", ">"+first, ">"+second, ">change", ">interval", ">finds 4 in 5", "verdict")
	for i := range e.Effects {
		x := &e.Effects[i]
		if x.BaselineRequests+x.InterventionRequests > 0 && (x.Name == report.Aggregated || x.Metric == e.Primary().Metric) || x.Primary {
			m.effectRow(x)
		}
	}
	m.line("\n%s", `"Finds 4 in 5" is the smallest effect that a run like this one finds 4 times in 5.`)
	m.line("\nPrimary (in bold) at %s; all others are secondary, at %s. Failures count as slower than every success.", say.Level(e.Primary().Level), say.Level(e.Effects[len(e.Effects)-1].Level))
	m.factors()
	m.arms()
}

// factors writes the effects of a factorial design on the primary metric.
func (m *markdown) factors() {
	rows := m.Effect.FactorRows()
	if rows == nil {
		return
	}
	first, second := m.Effect.Sides()
	m.table("effect of", ">"+first, ">"+second, ">change in "+m.Effect.Primary().Metric.Label(), ">"+say.Level(m.Effect.Primary().Level)+" interval", ">finds 4 in 5", "verdict")
	for _, row := range rows {
		c := row.Cells()
		m.row(row.Name, Escape(c.Baseline), Escape(c.Intervention), Escape(c.Change), Escape(c.Limits), Escape(c.MDE), string(row.Effect.Verdict))
	}
}

func (m *markdown) effectRow(x *effect.Effect) {
	c := x.Cells()
	cells := []string{x.Op().String(), c.Metric, c.Baseline, c.Intervention, c.Change, c.Limits, c.MDE, string(x.Verdict)}
	for i, text := range cells {
		if cells[i] = Escape(text); x.Primary && text != "" {
			cells[i] = "**" + cells[i] + "**"
		}
	}
	m.row(cells...)
}

// arms writes the load of both arms, and what was left out.
func (m *markdown) arms() {
	m.table("arm", "model", ">users", ">seconds that count", ">requests", ">rate/s", ">failures", "generator late by p99")
	first, second := m.Effect.Sides()
	for _, side := range []struct {
		name string
		arm  *effect.Arm
	}{{first, &m.Effect.Baseline}, {second, &m.Effect.Intervention}} {
		a := side.arm
		late := "–"
		if a.LagP99MS.IsFinite() {
			late = strings.TrimSpace(say.Number(float64(a.LagP99MS)) + " ms " + string(a.Lag))
		}
		m.row(side.name, Escape(a.Model), a.UsersText(), say.Number(a.UsableS), say.Count(a.Requests), say.Number(a.Rate), say.Count(a.Failures), late)
	}
	m.line("\nLeft out: %s.", m.Effect.LeftOut())
}

func (m *markdown) pairs() {
	if m.Effect == nil || len(m.Effect.Pairs) == 0 {
		return
	}
	metric := string(m.Effect.Primary().Metric)
	m.line("\n<details><summary>%d pairs</summary>", len(m.Effect.Pairs))
	m.table("baseline", "intervention", "first", ">"+metric+" A", ">"+metric+" B", ">B/A", "left out")
	for _, p := range m.Effect.Pairs {
		name := func(phase string) string { return Escape(strings.TrimSpace(p.Run + " " + phase)) }
		m.row(name(p.Baseline), name(p.Intervention), p.First, say.Number(p.A), say.Number(p.B), say.Number(p.Ratio), Escape(p.LeftOut))
	}
	m.line("\n</details>")
}

func (m *markdown) recovery() {
	if len(m.Recoveries) == 0 {
		return
	}
	m.heading("Recovery")
	for _, r := range m.Recoveries {
		m.line("- %s", Escape(r.Sentence()))
	}
}
