package html

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// mostOps is how many operations a comparison shows; the summary file has all.
const mostOps = 50

// effectSection is a comparison of phases as the report and the page show it.
type effectSection struct {
	Kind     string         `json:"kind"`   // worse, better, changed, none or unknown; "live": no verdict yet
	About    string         `json:"about"`  // what was compared with what, on which metric
	Word     string         `json:"word"`   // the head of the verdict's sentence
	Rest     string         `json:"rest"`   // the rest of it
	Values   string         `json:"values"` // of both arms, and what the metric means
	Sides    [2]string      `json:"-"`      // what baseline and intervention are called
	Arms     []string       `json:"arms"`   // the load of each
	Lines    []string       `json:"lines"`  // further sentences
	Caveat   string         `json:"caveat"` // what the design cannot tell
	Warnings []string       `json:"warnings"`
	Primary  *forest        `json:"primary"` // one row
	Forests  []forest       `json:"forests"`
	Recovery []recoveryView `json:"recovery"`
	Facts    []tile         `json:"facts"`
	Pairs    []pairRow      `json:"-"`
	Windows  []windowRow    `json:"-"`

	Changed       bool `json:"-"` // the primary metric did
	RecoveryKnown bool `json:"-"` // some recovery has an answer
}

// recoveryView is one recovery time with what a chart of it needs. Offsets count
// from the start of the run.
type recoveryView struct {
	Sentence string   `json:"sentence"`
	Metric   string   `json:"metric"`
	From     float64  `json:"from"` // end of the disruption
	To       float64  `json:"to"`   // end of the phase after it
	Back     *float64 `json:"back"` // where it recovered; null: it did not
	Low      float64  `json:"low"`  // of the interval of Back
	High     *float64 `json:"high"` // null: without limit
	Usual    float64  `json:"usual"`
	Band     float64  `json:"band"`
	Known    bool     `json:"known"`
}

type pairRow struct{ Baseline, Intervention, First, A, B, Change, LeftOut string }

type windowRow struct{ Seconds, Comparisons, Alarms, Range, Expected string }

// EffectView compares the phases of a run for the live page: view marshals to JSON,
// null if there is nothing to compare; why says why not, "" for a run of one phase.
func EffectView(s *report.Summary, o effect.Options) (view any, r *effect.Report, why string) {
	r, why = compared(s, o)
	return effectOf(s, r, false), r, why
}

// ComparisonView is what a comparison of runs found, as the view of EffectView; s is one of the runs.
func ComparisonView(s *report.Summary, r *effect.Report) any { return effectOf(s, r, false) }

// compared computes what the phases of a run say; nil and the reason if there is
// nothing to compare.
func compared(s *report.Summary, o effect.Options) (*effect.Report, string) {
	if s == nil || len(s.Phases) < 2 {
		return nil, ""
	}
	r, err := effect.Analyze(s, o)
	if err != nil {
		return nil, err.Error()
	}
	return r, ""
}

// effectOf turns a comparison into texts. live says that the run is not over: then
// there are values without verdicts.
func effectOf(s *report.Summary, r *effect.Report, live bool) *effectSection {
	if r == nil {
		return nil
	}
	p := r.Primary()
	first, second := r.Sides()
	v := &effectSection{Kind: kindOf(p), Sides: heads(r), About: about(r), Warnings: r.Warnings, Caveat: r.Caveat, Lines: []string{}, Arms: []string{}, Forests: []forest{}, Recovery: []recoveryView{}}
	if live {
		v.Kind, v.Caveat, v.Warnings, v.Facts = "live", "", []string{}, []tile{}
		v.Word, v.Rest = "So far: ", p.Point()
		return v
	}
	v.Word, v.Rest = head(p.Sentence())
	v.Values = meaning(p, first, second)
	v.Arms = []string{armWords(v.Sides[0], &r.Baseline), armWords(v.Sides[1], &r.Intervention), fmt.Sprintf("Left out: %s. Seed %d.", r.LeftOut(), s.Seed)}
	lines := r.Further()
	v.Lines = append(v.Lines, slices.DeleteFunc(lines, func(x string) bool { return x == r.Caveat })...)
	v.Recovery = append(v.Recovery, recoveriesOf(s, r)...)
	v.Changed = v.Kind == "worse" || v.Kind == "better" || v.Kind == "changed"
	v.RecoveryKnown = slices.ContainsFunc(v.Recovery, func(x recoveryView) bool { return x.Known })
	if one := forestOf(r, "", []*effect.Effect{p}); len(one) > 0 {
		v.Primary = &one[0]
	}
	v.Forests = append(v.Forests, forests(r)...)
	v.Facts, v.Pairs, v.Windows = method(r), pairRows(r), windowRows(r.FalseAlarms)
	return v
}

// about says what is compared with what.
func about(r *effect.Report) string {
	p := r.Primary()
	first, second := r.Sides()
	return fmt.Sprintf("%s against %s · %s · primary metric: %s of %s, judged at %s",
		armName(&r.Intervention, second), armName(&r.Baseline, first), r.Design, p.Metric.Label(), opName(p), say.Level(p.Level))
}

func armName(a *effect.Arm, otherwise string) string {
	if len(a.Phases) == 0 || len(a.Phases) > 3 {
		return fmt.Sprintf("%s (%d phases)", otherwise, len(a.Phases))
	}
	return cmp.Or(strings.Join(a.Phases, ", "), otherwise)
}

func opName(e *effect.Effect) string {
	if e.Name == report.Aggregated && e.Method == "" {
		return "all operations"
	}
	return e.Op().String()
}

// heads are the names of both sides where a sentence or a column begins.
func heads(r *effect.Report) [2]string {
	first, second := r.Sides()
	return [2]string{say.Capital(first), say.Capital(second)}
}

// meaning gives the values of both arms and says what the metric is.
func meaning(e *effect.Effect, first, second string) string {
	if e.Baseline == nil || e.Intervention == nil {
		return ""
	}
	m := e.Metric
	text := fmt.Sprintf("%s in the %s, %s in the %s.", m.Format(e.Baseline.Estimate), first, m.Format(e.Intervention.Estimate), second)
	if _, ok := m.Quantile(); ok {
		text += fmt.Sprintf(" %s is the response time that %s %% of the requests stayed within; a failed request counts as slower than every success.",
			m.Label(), m.Label()[1:])
	}
	return text
}

// armWords is the load of one arm.
func armWords(name string, a *effect.Arm) string {
	var parts say.Parts
	parts.Add(a.Model != "", "%s model", a.Model)
	parts.Add(a.Users == 1, "1 user")
	parts.Add(a.Users > 1, "%s users", a.UsersText())
	parts.Add(true, "%s in %s s that count (%s/s)", say.Plural(a.Requests, "request"), say.Number(a.UsableS), say.Number(a.Rate))
	parts.Add(a.LagP99MS.IsFinite(), "generator late by p99 %s ms", say.Number(float64(a.LagP99MS)))
	parts.Add(a.Lag != "", "the figure is %s", a.Lag)
	return name + ": " + strings.Join(parts, ", ") + "."
}

// head splits the sentence of a verdict where its first word or two end.
func head(sentence string) (word, rest string) {
	for _, end := range []string{": ", ". "} {
		if i := strings.Index(sentence, end); i > 0 && i < 100 {
			return sentence[:i+1] + " ", sentence[i+2:]
		}
	}
	return "", sentence
}

// kindOf says how a verdict is drawn.
func kindOf(e *effect.Effect) string {
	switch e.Verdict {
	case effect.Worse, effect.Better:
		return string(e.Verdict)
	case effect.Confounded:
		if !e.Seen().Changed() {
			return "none"
		}
		return "changed"
	case effect.Higher, effect.Lower:
		return "changed"
	case effect.NoneSeen, effect.Equivalent:
		return "none"
	}
	return "unknown"
}

// recoveriesOf times how the figures came back in the phase that follows the
// intervention; none if no phase does.
func recoveriesOf(s *report.Summary, r *effect.Report) (out []recoveryView) {
	results, after := recovery.After(s, r, latency(r.Primary().Metric))
	for _, x := range results {
		out = append(out, recoveryText(x, after))
	}
	return out
}

// latency is the metric whose recovery is shown: one that the charts draw.
func latency(primary effect.Metric) effect.Metric {
	if slices.Contains([]effect.Metric{effect.P50, effect.P95, effect.P99}, primary) {
		return primary
	}
	return effect.P95
}

func recoveryText(x *recovery.Result, after *report.PhaseSummary) recoveryView {
	v := recoveryView{
		Sentence: x.Sentence(), Metric: string(x.Metric), From: after.StartS, To: after.EndS, Known: x.Reason == "",
		Low: after.StartS + x.LowS, Usual: x.Baseline, Band: x.Band,
	}
	if x.Recovered {
		back := after.StartS + x.AfterS
		v.Back = &back
	}
	if !math.IsInf(x.HighS, 1) {
		high := after.StartS + x.HighS
		v.High = &high
	}
	for _, f := range []*float64{&v.Low, &v.Usual, &v.Band} {
		if math.IsInf(*f, 0) || math.IsNaN(*f) {
			*f, v.Known = 0, false
		}
	}
	return v
}

// method says how the verdict was found.
func method(r *effect.Report) []tile {
	p, out := r.Primary(), []tile{}
	add := func(title, value string) { out = append(out, tile{Title: title, Value: value}) }
	add("Primary metric", fmt.Sprintf("%s of %s at %s", p.Metric.Label(), opName(p), say.Level(p.Level)))
	secondary := ""
	for i := range r.Effects {
		if e := &r.Effects[i]; !e.Primary {
			secondary = fmt.Sprintf("%d, each at %s; without any effect about %s of them would look like one", len(r.Effects)-1, say.Level(e.Level), say.Number((1-e.Level)*float64(len(r.Effects)-1)))
			break
		}
	}
	add("Secondary comparisons", secondary)
	if p.Cells().MDE != "" {
		add("Finds 4 in 5", "the smallest effect that a run like this one finds 4 times in 5")
	}
	if p.Margin > 0 {
		add("Margin set before the run", say.Percent(p.Margin))
	}
	add("Usable seconds", say.Number(r.Usable())+" s in the shortest phase")
	if p.Cosines > 0 {
		word := "no slow noise seen"
		if p.SlowNoise {
			word = "slow noise: this run is short compared with the server's own swings"
		}
		add("Guard against slow noise", fmt.Sprintf("%s (F %s, %d cosines)", word, say.Number(p.Noise), p.Cosines))
	}
	return slices.DeleteFunc(out, func(t tile) bool { return t.Value == "" })
}

func pairRows(r *effect.Report) (out []pairRow) {
	m := r.Primary().Metric
	for _, p := range r.Pairs {
		row := pairRow{Baseline: p.Baseline, Intervention: p.Intervention, First: p.First, A: m.Format(p.A), B: m.Format(p.B), LeftOut: p.LeftOut}
		if p.Ratio > 0 {
			row.Change = say.Change(p.Ratio - 1)
		}
		out = append(out, row)
	}
	return out
}

func windowRows(f *effect.FalseAlarms) (out []windowRow) {
	if f == nil {
		return nil
	}
	for _, w := range f.Windows {
		out = append(out, windowRow{
			fmt.Sprintf("%d s, of which %d count", w.PhaseS, w.Seconds), say.Count(w.Comparisons), say.Count(w.Alarms),
			say.Share(w.Low) + " to " + say.Share(w.High), say.Share(w.Expected),
		})
	}
	return out
}
