package main

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/looks"
)

// watchedRun is a run that is looked at: two phases, or pairs of them.
type watchedRun struct {
	name    string
	model   model.Wobble
	seconds int // of a phase, without what it settles for
	pairs   int // 0: a baseline and an intervention
}

var watched = []watchedRun{
	{"independent, 2 x 270 s", model.Wobble{Rate: 60}, 270, 0},
	{"AR(1) 10 %, tau 5 s, 2 x 270 s", model.Wobble{Rate: 60, Tau: 5, SD: .1}, 270, 0},
	{"AR(1) 10 %, tau 5 s, 2 x 150 s", model.Wobble{Rate: 60, Tau: 5, SD: .1}, 150, 0},
	{"AR(1) 10 %, tau 10 s, 2 x 300 s", model.Wobble{Rate: 60, Tau: 10, SD: .1}, 300, 0},
	{"AR(1) 10 %, tau 30 s, 2 x 900 s", model.Wobble{Rate: 60, Tau: 30, SD: .1}, 900, 0},
	{"AR(1) 10 %, tau 5 s, 20 pairs of 2 x 30 s", model.Wobble{Rate: 60, Tau: 5, SD: .1}, 30, 20},
}

// simulate makes a run with its looks. scale is the intervention's.
func (w *watchedRun) simulate(s settings, rep uint64, scale float64) *report.Summary {
	r, arms := model.Rand(s.seed, rep), []bool{false, true}
	if w.pairs > 0 {
		arms = treated(r, 2*w.pairs, true)
	}
	var phases []model.Phase
	for i, b := range arms {
		p := model.Phase{Name: fmt.Sprint(i), Seconds: w.seconds + settling, Settle: settling, Scale: 1}
		if b {
			p.Scale = scale
		}
		phases = append(phases, p)
	}
	run := model.Simulate(w.model, r, phases...)
	var plan []report.PhaseInfo
	for i := range run.Phases {
		p := &run.Phases[i]
		p.Arm = map[bool]string{false: "A", true: "B"}[arms[i]]
		plan = append(plan, report.PhaseInfo{Name: p.Name, Arm: p.Arm, Start: seconds(p.StartS), RampEnd: seconds(p.StartS), End: seconds(p.EndS), Settle: settling * time.Second})
	}
	var err error
	if run.Looks, err = looks.Of(plan); err != nil {
		panic(err) // the phases are long enough
	}
	return run
}

// watch looks at a run as its plan says, the end included, and returns the effect that decided it, or that of the end, and the offset of that look.
func watch(run *report.Summary, margin float64) (e *effect.Effect, atS float64) {
	o := alone(effect.P95)
	o.Margin = margin
	for _, look := range run.Looks.Planned {
		r, err := effect.Analyze(upTo(run, look.AtS), o)
		if err != nil {
			panic(err) // the arms are a design
		}
		if e = r.Primary(); e.Verdict.Changed() || e.Verdict == effect.Equivalent {
			return e, look.AtS
		}
	}
	return e, run.EndS
}

// seconds converts an offset.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// upTo is a run as far as it had come at an offset.
func upTo(run *report.Summary, atS float64) *report.Summary {
	out := *run
	out.EndS, out.Phases, out.Intervals = atS, nil, nil
	for i, p := range run.Phases {
		if p.StartS >= atS {
			break
		}
		whole := &run.Intervals[i]
		cut := report.Series{Phase: whole.Phase, Method: whole.Method, Name: whole.Name, StartS: whole.StartS, WidthS: whole.WidthS}
		for v := range whole.Intervals() {
			if float64(v.Second+v.Width) <= atS {
				cut.Append(v)
			}
		}
		p.EndS = min(p.EndS, atS)
		out.Phases, out.Intervals = append(out.Phases, p), append(out.Intervals, cut)
	}
	return &out
}

// watching is the table of runs that are looked at.
func watching(s settings) string {
	t := &table{}
	t.add("server and run", "runs", "no effect: **called one**", "judged once", "+10 %: found", "judged once", "decided after", "+30 %: found", "decided after", "no effect, margin of 10 %: equivalent", "decided after")
	for at, w := range watched {
		c, full := newTally(), s.reps(500)
		for i, goal := range goals {
			n := full
			if i > 0 {
				n = s.reps(150)
			}
			s.each(n, func(rep uint64) { goal.note(s, c, at, uint64(i)<<24+rep) })
		}
		row := []string{w.name, fmt.Sprint(full), "**" + c.share(goals[0].name) + "**", c.share(goals[0].name + " once")}
		for i, goal := range goals[1:] {
			mean, _ := c.moments(goal.name)
			row = append(row, c.share(goal.name))
			if i == 0 {
				row = append(row, c.share(goal.name+" once"))
			}
			row = append(row, w.after(mean))
		}
		t.add(row...)
	}
	return t.String()
}

// goal is what a run is to decide.
type goal struct {
	name          string
	scale, margin float64
}

var goals = []goal{{"none", 1, 0}, {"+10 %", 1.1, 0}, {"+30 %", 1.3, 0}, {"equivalence", 1, .1}}

// note simulates one run and counts what came out.
func (g goal) note(s settings, c *tally, at int, rep uint64) {
	run := watched[at].simulate(s, rep, g.scale)
	e, atS := watch(run, g.margin)
	c.note(g.name, e.Verdict.Changed() && g.margin == 0 || e.Verdict == effect.Equivalent)
	c.value(g.name, atS)
	run.Looks = nil
	once, err := effect.Analyze(run, alone(effect.P95))
	if err != nil {
		panic(err) // the arms are a design
	}
	c.note(g.name+" once", once.Primary().Verdict.Changed())
}

// after is an offset as seconds of the intervention that count, or as pairs.
func (w *watchedRun) after(atS float64) string {
	if w.pairs > 0 {
		return fmt.Sprintf("%.1f of %d pairs", atS/float64(2*(w.seconds+settling)), w.pairs)
	}
	return fmt.Sprintf("%.0f of %d s", atS-float64(w.seconds+2*settling), w.seconds)
}
