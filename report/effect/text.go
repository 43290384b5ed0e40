package effect

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// WriteText writes the comparison for a terminal: the verdict, what to know before believing it, what else was
// seen, the load of both arms, and a table of the other metrics.
func (r *Report) WriteText(w io.Writer) error {
	b := new(strings.Builder)
	sentences := r.Sentences()
	b.WriteString(say.Wrap("", "  ", say.Printable(sentences[0])))
	for _, s := range r.Warnings {
		b.WriteString(say.Wrap("  ! ", "    ", say.Printable(s)))
	}
	for _, s := range sentences[1:] {
		b.WriteString(say.Wrap("  ", "    ", say.Printable(s)))
	}
	b.WriteString("\n" + say.Wrap("", "  ", fmt.Sprintf("Effect (%s): %s against %s", r.Design, say.Printable(phaseList(r.Intervention.Phases)), say.Printable(phaseList(r.Baseline.Phases)))))
	r.writeArms(b)
	r.writeFactors(b)
	r.writeTable(b)
	_, err := io.WriteString(w, b.String())
	return err
}

// Sentences returns the result in sentences, the verdict on the primary metric first.
func (r *Report) Sentences() []string {
	return append([]string{r.Primary().Sentence()}, r.Further()...)
}

// Further are the sentences after the verdict: notes on the primary metric, the
// second baseline, the design's gain, false alarms, the caveat.
func (r *Report) Further() []string {
	p := r.Primary()
	var out []string
	if r.Looked != nil {
		out = append(out, r.Looked.Sentence())
	}
	out = append(out, p.Notes...)
	if p.Raw != nil {
		out = append(out, p.rawSentence())
	}
	switch {
	case r.Design != AA:
		out = append(out, r.relatedSentences(p)...)
	case p.Verdict.Changed():
		out = append(out, "There is no intervention in this design: the system itself has changed, or this is a false alarm.")
	}
	if r.Moved != nil && !r.Moved.Verdict.Changed() {
		out = append(out, "Second baseline against the first one: "+r.Moved.further().Sentence())
	}
	switch {
	case p.Pairs >= leastPairs:
		out = append(out, savedSentence("Comparing within pairs", r.Saved, float64(p.Pairs-2), fmt.Sprintf("%d pairs", p.Pairs)))
	case r.Design == AB && r.Saved != 0:
		out = append(out, savedSentence("Replaying the same scripts", r.Saved, stats.AllCosines-1, "one run"))
	}
	if r.Swings != nil {
		out = append(out, r.Swings.Sentence())
	}
	if r.FalseAlarms != nil {
		out = append(out, r.FalseAlarms.Sentence())
	}
	if p.Verdict == Confounded && r.Design != AA {
		out = append(out, partThem)
	}
	if r.Factors != nil {
		out = append(out, r.Factors.sentences()...)
	}
	if r.Caveat != "" {
		out = append(out, r.Caveat)
	}
	return out
}

// relatedSentences are those on exceedance and failures of the primary effect's operation, and on a mean that depends on
// which requests failed.
func (r *Report) relatedSentences(p *Effect) (out []string) {
	if e := r.Find(p.Op(), Exceedance); e != nil && e != p && r.Factors == nil { // of two loads it is a mean, and no share of the requests
		if s := e.Exceeds(); s != "" {
			out = append(out, s)
		}
	}
	if e := r.Find(p.Op(), Failures); e != nil && e != p && !(e.Verdict.isWithheld() && p.Verdict.isWithheld()) { // one reason, given once
		out = append(out, e.further().Sentence())
	}
	if e := r.Find(p.Op(), Mean); e != nil && e != p && e.Verdict == NotEstimable && len(e.Notes) > 0 {
		out = append(out, e.Sentence())
	}
	return out
}

// savedSentence says what comparing within pairs, or replaying the same scripts, was worth: twice the covariance of the arms
// over the sum of their variances. It adds a doubt where chance alone could be as large, by the t test of a correlation with
// nu degrees of freedom.
func savedSentence(how string, saved, nu float64, chance string) string {
	s := fmt.Sprintf("%s took away %s of the variance", how, say.Percent(saved))
	if saved < 0 {
		s = fmt.Sprintf("%s made the variance %s larger", how, say.Percent(-saved))
	}
	if t := math.Abs(saved) * math.Sqrt(nu/(1-saved*saved)); t < stats.StudentQuantile(.975, nu) {
		s += ", which " + chance + " cannot tell from chance"
	}
	return s + "."
}

// phaseList lists the phases of an arm; phases of one name belong to several runs.
func phaseList(phases []string) string {
	phases = slices.Compact(slices.Clone(phases))
	if len(phases) > 3 {
		return fmt.Sprintf("%d phases", len(phases))
	}
	return strings.Join(phases, ", ")
}

// writeArms writes the load of both arms.
func (r *Report) writeArms(b *strings.Builder) {
	first, second := r.Sides()
	for _, side := range []struct {
		name string
		arm  *Arm
	}{{first, &r.Baseline}, {second, &r.Intervention}} {
		b.WriteString(say.Wrap(fmt.Sprintf("  %-13s ", say.Printable(side.name)), "    ", say.Printable(side.arm.describe())))
	}
	b.WriteString(say.Wrap("  left out: ", "    ", r.LeftOut()))
}

// LeftOut says what of the phases is not in the effects.
func (r *Report) LeftOut() string {
	var sum LeftOut
	for _, p := range r.Phases {
		sum.Settling += p.LeftOut.Settling
		sum.Edge += p.LeftOut.Edge
		sum.Requests += p.LeftOut.Requests
		sum.Straddlers += p.LeftOut.Straddlers
	}
	return fmt.Sprintf("%s s of ramps and settling and %s s before the ends of phases, with %s; %s across the end of a phase",
		say.Number(sum.Settling), say.Number(sum.Edge), say.Plural(sum.Requests, "request"), say.Plural(sum.Straddlers, "request"))
}

// describe returns the load of an arm in short.
func (a *Arm) describe() string {
	parts := []string{}
	if a.Model != "" {
		parts = append(parts, a.Model)
	}
	if a.Users > 0 {
		users := say.Plural(a.Users, "user")
		if a.Users > 1 {
			users = a.UsersText() + " users"
		}
		parts = append(parts, users)
	}
	parts = append(parts, fmt.Sprintf("%s in %s s (%s/s)", say.Plural(a.Requests, "request"), say.Number(a.UsableS), say.Number(a.Rate)))
	if a.LagP99MS.IsFinite() {
		lag := fmt.Sprintf("generator late by p99 %s ms", say.Number(float64(a.LagP99MS)))
		if a.Lag != "" {
			lag += " (" + string(a.Lag) + ")"
		}
		parts = append(parts, lag)
	}
	return strings.Join(parts, ", ")
}

// writeFactors writes the effects of a factorial design on the primary metric.
func (r *Report) writeFactors(b *strings.Builder) {
	rows := r.FactorRows()
	if rows == nil {
		return
	}
	first, second := r.Sides()
	t := say.NewTable(say.Column{Name: r.Primary().Metric.Label(), Left: true}, say.Column{Name: first}, say.Column{Name: second}, say.Column{Name: "change"},
		say.Column{Name: say.Level(r.Primary().Level) + " interval"}, say.Column{Name: "finds"})
	for _, row := range rows {
		c := row.Cells()
		t.Row(row.Name, c.Baseline, c.Intervention, c.Change, c.Limits, c.shortMDE())
	}
	b.WriteString(t.Text("  "))
}

// finds explains the column of the smallest effects.
const finds = `"Finds" is the smallest effect, in the unit of the interval, that a run like this one finds 4 times in 5.`

// shortNames leave room for the other columns.
var shortNames = strings.NewReplacer("slower than ", "over ", "mean of successes", "mean")

// shortMDE is the smallest effect without the unit that the limits have too.
func (c *Cells) shortMDE() string {
	number, unit, ok := strings.Cut(c.MDE, " ")
	if ok && strings.HasSuffix(c.Limits, " "+unit) {
		return number
	}
	return c.MDE
}

// writeTable writes one line for each effect, grouped by operation; the primary one is first, unless that of two loads has
// a table for itself.
func (r *Report) writeTable(b *strings.Builder) {
	p, rows := r.Primary(), r.Effects
	about := finds
	if secondary := rows[1:]; len(secondary) > 0 {
		level := secondary[0].Level
		about = fmt.Sprintf("%s%s is judged at %s, all else at %s: of %s without any effect about %s would look like one. %s", p.Metric.Label(), p.ofOperation(), say.Level(p.Level),
			say.Level(level), say.Plural(len(secondary), "comparison"), say.Number((1-level)*float64(len(secondary))), finds)
	}
	if r.Factors != nil {
		rows = rows[1:]
	}
	b.WriteString(say.Wrap("  ", "    ", about))
	if len(rows) == 0 {
		return
	}
	first, second := r.Sides()
	t := say.NewTable(say.Column{Name: "metric", Left: true}, say.Column{Name: say.Printable(first)}, say.Column{Name: say.Printable(second)}, say.Column{Name: "change", Spare: 2},
		say.Column{Name: "interval"}, say.Column{Name: "finds", Spare: 1}, say.Column{Name: "verdict", Left: true})
	var last report.Op
	for _, e := range rows {
		if e.Op() != last {
			t.Row(say.Printable(e.Op().String()))
		}
		last = e.Op()
		c := e.Cells()
		t.Row(" "+shortNames.Replace(c.Metric), c.Baseline, c.Intervention, c.Change, c.Limits, c.shortMDE(), string(e.Verdict))
	}
	b.WriteString(t.Text("  "))
}

// bounded formats a limit, which may be infinite.
func bounded(v float64, format func(float64) string) string {
	if math.IsInf(v, 0) {
		return "any"
	}
	return format(v)
}

// joinLimits formats two limits, with one unit where both have the same.
func joinLimits(low, high string) string {
	number, unit, ok := strings.Cut(low, " ")
	if ok && strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " .. " + high
}

// Cells are the figures of an effect as text, for tables.
type Cells struct {
	Metric       string // "p95", "slower than 212 ms"
	Baseline     string // "187 ms", "failed", "no request"
	Intervention string
	Change       string // "+18 %", "+18 % (unweighted +25 %)"; "failed" where the intervention lies among its failures; "" without an interval
	Limits       string // "+9 .. +27 %"; "failed" where all of it does; "" without an interval
	MDE          string // "8.9 %"; "" where it is unknown
}

// Cells returns the figures of the effect as text.
func (e *Effect) Cells() Cells {
	out := Cells{Metric: e.Metric.Label(), Baseline: e.valueText(e.Baseline, e.BaselineRequests), Intervention: e.valueText(e.Intervention, e.InterventionRequests)}
	if e.Metric == Exceedance && e.Threshold > 0 {
		out.Metric = "slower than " + say.Number(e.Threshold) + " ms"
	}
	if c := e.Change(); c != nil && e.Verdict.Known() {
		format := e.changeFormat()
		out.Change, out.Limits = bounded(c.Estimate, format), joinLimits(bounded(c.Low, format), bounded(c.High, format))
		if math.IsInf(c.Estimate, 1) {
			out.Change = "failed"
		}
		if math.IsInf(c.Low, 1) {
			out.Limits = "failed"
		}
		if e.Raw != nil && e.Raw.Verdict.Known() && out.Change != "failed" {
			out.Change += fmt.Sprintf(" (unweighted %s)", e.Raw.Cells().Change)
		}
		if e.MDE > 0 {
			out.MDE = e.sizeText(e.MDE)
		}
	}
	return out
}
