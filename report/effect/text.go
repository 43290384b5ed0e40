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
	out := slices.Clone(p.Notes)
	switch {
	case r.Design != AA:
		out = append(out, r.relatedSentences(p)...)
	case p.Verdict.Changed():
		out = append(out, "There is no intervention in this design: the system itself has changed, or this is a false alarm.")
	}
	if r.Moved != nil && !r.Moved.Verdict.Changed() {
		out = append(out, "Second baseline against the first one: "+r.Moved.Sentence())
	}
	switch {
	case p.Pairs >= leastPairs:
		out = append(out, savedSentence("Comparing within pairs", r.Saved, float64(p.Pairs-2), fmt.Sprintf("%d pairs", p.Pairs)))
	case r.Design == AB && r.Saved != 0:
		out = append(out, savedSentence("Replaying the same scripts", r.Saved, stats.AllCosines-1, "one run"))
	}
	if r.FalseAlarms != nil {
		out = append(out, r.FalseAlarms.Sentence())
	}
	if r.Caveat != "" {
		out = append(out, r.Caveat)
	}
	return out
}

// relatedSentences are those on exceedance and failures of the primary effect's operation, and on a mean that depends on
// which requests failed.
func (r *Report) relatedSentences(p *Effect) (out []string) {
	if e := r.Find(p.Op(), Exceedance); e != nil && e != p {
		if s := e.Exceeds(); s != "" {
			out = append(out, s)
		}
	}
	if e := r.Find(p.Op(), Failures); e != nil && e != p && (e.Verdict != NotSettled || p.Verdict != NotSettled) { // one reason, given once
		out = append(out, e.Sentence())
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
		s += ", which " + chance + " cannot tell from nothing"
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
	return fmt.Sprintf("%s s of ramps and settling and %s s before the ends of phases, with %s requests; %s requests that straddle the end of a phase",
		say.Number(sum.Settling), say.Number(sum.Edge), say.Count(sum.Requests), say.Count(sum.Straddlers))
}

// describe returns the load of an arm in short.
func (a *Arm) describe() string {
	parts := []string{}
	if a.Model != "" {
		parts = append(parts, a.Model)
	}
	if a.Users > 0 {
		parts = append(parts, say.Count(a.Users)+" users")
	}
	parts = append(parts, fmt.Sprintf("%s requests in %s s (%s/s)", say.Count(a.Requests), say.Number(a.UsableS), say.Number(a.Rate)))
	if a.LagP99MS.IsFinite() {
		lag := fmt.Sprintf("generator late by p99 %s ms", say.Number(float64(a.LagP99MS)))
		if a.Lag != "" {
			lag += " (" + string(a.Lag) + ")"
		}
		parts = append(parts, lag)
	}
	return strings.Join(parts, ", ")
}

// writeTable writes one line for each effect that is not primary, grouped by operation.
func (r *Report) writeTable(b *strings.Builder) {
	secondary := slices.DeleteFunc(slices.Clone(r.Effects), func(e Effect) bool { return e.Primary })
	if len(secondary) == 0 {
		return
	}
	level := secondary[0].Level
	first, second := r.Sides()
	first, second = say.Printable(first), say.Printable(second)
	b.WriteString(say.Wrap("  ", "    ", fmt.Sprintf("Secondary, each judged at %s: of %s comparisons without any effect about %s would look like one.",
		say.Level(level), say.Count(len(secondary)), say.Number((1-level)*float64(len(secondary))))))
	t := say.NewTable(say.Column{Name: "metric", Left: true}, say.Column{Name: first}, say.Column{Name: second}, say.Column{Name: "change", Spare: 1},
		say.Column{Name: say.Level(level) + " interval"}, say.Column{Name: "verdict", Left: true})
	var last report.Op
	for _, e := range secondary {
		if e.Op() != last {
			t.Row(say.Printable(e.Op().String()))
		}
		last = e.Op()
		c := e.Cells()
		t.Row("  "+c.Metric, c.Baseline, c.Intervention, c.Change, c.Limits, string(e.Verdict))
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
