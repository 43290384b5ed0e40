package html

import (
	"fmt"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Limits of the table that has a column for each phase.
const (
	mostColumns = 6
	mostMix     = 12 // operations in its mix
)

// sideView shows phases side by side.
type sideView struct {
	Heads  []tile
	Groups []sideGroup
}

type sideGroup struct {
	Title string
	Rows  []sideRow
}

type sideRow struct {
	Title string
	Cells []sideCell
}

type sideCell struct {
	Text string
	Bad  bool
}

// sidePhase is a phase with what a comparison used of it; used may be nil.
type sidePhase struct {
	report.PhaseSummary
	all  report.Operation
	used *effect.Used
	side string // what its arm is called; "": it was not used
}

// sideBySide is nil where there are too many phases for columns.
func sideBySide(s *report.Summary, r *effect.Report) *sideView {
	if len(s.Phases) == 0 || len(s.Phases) > mostColumns {
		return nil
	}
	phases := make([]sidePhase, len(s.Phases))
	v := &sideView{}
	for i, p := range s.Phases {
		phases[i] = sidePhase{PhaseSummary: p, all: p.Aggregated(), used: usedOf(r, p.Name)}
		phases[i].side = sideOf(r, phases[i].used)
		head := tile{Title: p.Name, Value: say.ClockS(p.StartS) + " to " + say.ClockS(p.EndS), More: p.Arm}
		fallback(&head.Title, "Run")
		v.Heads = append(v.Heads, head)
	}
	for _, g := range sideGroups(phases) {
		if g.Rows = filled(g.Rows); len(g.Rows) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return v
}

func usedOf(r *effect.Report, name string) *effect.Used {
	if r == nil {
		return nil
	}
	for i := range r.Phases {
		if r.Phases[i].Phase == name {
			return &r.Phases[i]
		}
	}
	return nil
}

// filled leaves out the rows that say nothing of any phase.
func filled(rows []sideRow) (out []sideRow) {
	for _, row := range rows {
		for _, c := range row.Cells {
			if c.Text != "" && c.Text != "–" {
				out = append(out, row)
				break
			}
		}
	}
	return out
}

func sideGroups(phases []sidePhase) []sideGroup {
	row := func(title string, text func(p *sidePhase) string) sideRow { return sideRowOf(phases, title, text, nil) }
	timed := func(title string, of func(p *sidePhase) report.Millis, text func(*sidePhase) string) sideRow {
		return sideRowOf(phases, title, text, func(p *sidePhase) bool { return p.all.Requests > 0 && !of(p).IsFinite() })
	}
	response := func(title string, of func(p *sidePhase) report.Millis, rank int) sideRow {
		return timed(title, of, func(p *sidePhase) string { return p.all.Trust.Marked(&p.all.ResponseMS, p.all.Requests)[rank] })
	}
	service := func(title string, of func(p *sidePhase) report.Millis, _ int) sideRow {
		return timed(title, of, func(p *sidePhase) string { return of(p).Text(p.all.Requests) })
	}
	spread := func(title string, of func(p *sidePhase) report.Millis) sideRow {
		return timed(title, of, func(p *sidePhase) string { return of(p).SuccessText(p.all.Requests) })
	}
	verdictRow := func(title string, of func(t report.Trust) report.Rating) sideRow {
		return sideRowOf(phases, title, func(p *sidePhase) string { return trustText(of(p.all.Trust)) },
			func(p *sidePhase) bool { w := of(p.all.Trust).Grade; return w != "" && w != report.Trusted })
	}
	unsent := func(p *sidePhase) int64 { return p.Counters.Missed + p.Counters.Dropped }
	return []sideGroup{
		{"Load", []sideRow{
			row("Model", func(p *sidePhase) string { return p.Model }),
			row("Users", func(p *sidePhase) string { return say.Count(p.Users) }),
			row("Stages", func(p *sidePhase) string { return stagesText(p.Stages) }),
			row("Arrivals", func(p *sidePhase) string { return arrivalsText(p.Arrivals) }),
			row("Pace", func(p *sidePhase) string { return p.Pace }),
			row("Replayed scripts", func(p *sidePhase) string { return replayText(p.Replay) }),
			row("Predicted tasks/s", func(p *sidePhase) string { return predictedText(p.Predicted) }),
			row("Requests/s", func(p *sidePhase) string { return say.Number(p.RPS) }),
			row("Throughput (successes/s)", func(p *sidePhase) string { return say.Number(p.Throughput) }),
		}},
		{"What counts for the effect", []sideRow{
			row("Arm", func(p *sidePhase) string { return p.side }),
			row("Ramp and settling left out", leftAtBegin),
			row("Seconds that count", func(p *sidePhase) string {
				return usedText(p, func(u *effect.Used) string { return say.Number(u.UsableS) + " s" })
			}),
			row("Requests in what was left out", func(p *sidePhase) string {
				return usedText(p, func(u *effect.Used) string { return say.Count(u.LeftOut.Requests) })
			}),
			row("Straddlers left out", func(p *sidePhase) string { return say.Count(p.Counters.Straddlers) }),
			row("MSER-5 would cut", func(p *sidePhase) string {
				return usedText(p, func(u *effect.Used) string { return say.Number(u.MSERCutS) + " s" })
			}),
		}},
		{"Requests", []sideRow{
			row("Completed", func(p *sidePhase) string { return say.Count(p.Requests) }),
			sideRowOf(phases, "Failed", func(p *sidePhase) string {
				return say.Count(p.Failures) + " (" + say.Share(p.all.FailureShare()) + ")"
			}, func(p *sidePhase) bool { return p.Failures > 0 }),
			sideRowOf(phases, "Not sent (missed or dropped)", func(p *sidePhase) string { return say.Count(unsent(p)) }, func(p *sidePhase) bool { return unsent(p) > 0 }),
			sideRowOf(phases, "Lost with a worker", lossText, func(p *sidePhase) bool { return p.Lost != nil }),
			row("Cut off", func(p *sidePhase) string { return say.Count(p.Counters.CutOff) }),
		}},
		{"Response time, ms", append(figureRows(response, spread, func(p *sidePhase) report.Figures { return p.all.ResponseMS }),
			row("p95 of successes only", func(p *sidePhase) string { return successText(p) }))},
		{"Service time, ms", figureRows(service, spread, func(p *sidePhase) report.Figures { return p.all.ServiceMS })[:3]},
		{"Generator", []sideRow{
			row("Wake lag p50, ms", func(p *sidePhase) string { return p.LagMS.P50.Text(0) }),
			row("Wake lag p99, ms", func(p *sidePhase) string { return p.LagMS.P99.Text(0) }),
			verdictRow("Does p50 stand?", func(t report.Trust) report.Rating { return t.P50 }),
			verdictRow("Does p95 stand?", func(t report.Trust) report.Rating { return t.P95 }),
			verdictRow("Does p99 stand?", func(t report.Trust) report.Rating { return t.P99 }),
			verdictRow("Does p99.9 stand?", func(t report.Trust) report.Rating { return t.P999 }),
		}},
		{"Mix", mixRows(phases)},
	}
}

func sideRowOf(phases []sidePhase, title string, text func(*sidePhase) string, bad func(*sidePhase) bool) sideRow {
	r := sideRow{Title: title}
	for i := range phases {
		r.Cells = append(r.Cells, sideCell{text(&phases[i]), bad != nil && bad(&phases[i])})
	}
	return r
}

// figureRows are the rows of times. row makes those of percentiles, the number of which it gets, and spread those of what only
// successes have.
func figureRows(row func(string, func(*sidePhase) report.Millis, int) sideRow, spread func(string, func(*sidePhase) report.Millis) sideRow,
	of func(*sidePhase) report.Figures) []sideRow {
	return []sideRow{
		row("p50", func(p *sidePhase) report.Millis { return of(p).P50 }, 0),
		row("p95", func(p *sidePhase) report.Millis { return of(p).P95 }, 1),
		row("p99", func(p *sidePhase) report.Millis { return of(p).P99 }, 2),
		row("p99.9", func(p *sidePhase) report.Millis { return of(p).P999 }, 3),
		spread("Average of successes", func(p *sidePhase) report.Millis { return of(p).Mean }),
		spread("Longest success", func(p *sidePhase) report.Millis { return of(p).Max }),
	}
}

// mixRows are the shares of the operations.
func mixRows(phases []sidePhase) (out []sideRow) {
	seen := make(map[report.Op]bool)
	for i := range phases {
		ops := phases[i].Operations
		for _, o := range ops[:max(0, len(ops)-1)] {
			if seen[o.Op()] || len(out) == mostMix {
				continue
			}
			seen[o.Op()] = true
			out = append(out, sideRowOf(phases, o.Op().String(), func(p *sidePhase) string { return mixText(p, o.Op()) }, nil))
		}
	}
	return out
}

func mixText(p *sidePhase, op report.Op) string {
	for i := range p.Operations {
		if o := &p.Operations[i]; o.Op() == op && p.Requests > 0 {
			return say.Share(float64(o.Requests) / float64(p.Requests))
		}
	}
	return "–"
}

func usedText(p *sidePhase, text func(*effect.Used) string) string {
	if p.used == nil {
		return "–"
	}
	return text(p.used)
}

// sideOf says what the arm of a phase is called.
func sideOf(r *effect.Report, u *effect.Used) string {
	if u == nil {
		return ""
	}
	first, second := r.Sides()
	if u.Arm == "B" {
		return second
	}
	return first
}

// leftAtBegin says how long ramp and settling take, in a comparison or by the
// plan.
func leftAtBegin(p *sidePhase) string {
	if p.used == nil {
		return say.Number(min(p.EndS-p.StartS, max(0, p.RampEndS-p.StartS+max(0, p.SettleS)))) + " s by the plan"
	}
	return usedText(p, func(u *effect.Used) string {
		text := say.Number(u.LeftOut.Settling) + " s"
		if u.LeftOut.Edge > 0 {
			text += ", and " + say.Number(u.LeftOut.Edge) + " s at the end"
		}
		return text
	})
}

// lossText is what was lost of the load; "" for nothing.
func lossText(p *sidePhase) string {
	if p.Lost == nil {
		return ""
	}
	return p.Lost.String() + " (" + say.Share(p.Lost.Share) + ")"
}

func successText(p *sidePhase) string {
	if p.all.SuccessMS == nil {
		return "–"
	}
	return p.all.SuccessMS.P95.Text(0)
}

func replayText(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("replay %d", n)
}

func predictedText(l *report.Load) string {
	if l == nil {
		return ""
	}
	if l.Unlimited {
		return report.AsTheTargetAnswers
	}
	return say.Number(l.Rate)
}

// trustText says whether a percentile stands, and between what it lies if not.
func trustText(v report.Rating) string {
	text := map[report.Grade]string{report.Trusted: "yes", report.Doubtful: "doubtful", report.NotMeasured: "not measured"}[v.Grade]
	if text == "" {
		return "–"
	}
	if v.Low > 0 && v.High > 0 {
		text += fmt.Sprintf(": %s to %s", v.Low.Text(1), v.High.Text(1))
	}
	if v.LowerBound {
		text += ", or higher"
	}
	return text
}

func stagesText(stages []report.Stage) string {
	if stages == nil {
		return ""
	}
	return report.StagesText(stages, "")
}

func arrivalsText(a *report.Arrivals) string {
	if a == nil {
		return ""
	}
	return a.String()
}
