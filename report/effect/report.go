package effect

import (
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
	"github.com/gensim/load-generator/report/look"
)

// Design is how the phases of a comparison were laid out in time.
type Design string

// The designs.
const (
	AB    Design = "A-B"   // baseline, then intervention
	ABA   Design = "A-B-A" // and back to the baseline
	Pairs Design = "pairs" // many short phases, the two of each pair side by side
	AA    Design = "A-A"   // phases without a difference, to see how often noise is called one
	// Factorial is two loads, each without the intervention and with it.
	Factorial Design = "load x intervention"
)

// Report is the comparison of an intervention with a baseline.
type Report struct {
	Design Design `json:"design"`
	// Effects has the primary one first, then the other metrics of all operations together, then those of
	// each operation.
	Effects []Effect `json:"effects"`
	// Phases are those compared, in order of time, with what of them counts.
	Phases []Used `json:"phases"`
	// Baseline and Intervention are the two arms with the load that they had.
	Baseline     Arm `json:"baseline"`
	Intervention Arm `json:"intervention"`
	// Warnings are sentences to read before the effect.
	Warnings []string `json:"warnings"`
	// Moved is the second baseline phase against the first one, for A-B-A; nil: another design.
	Moved *Effect `json:"moved,omitempty"`
	// Pairs lists the pairs of that design.
	Pairs []Pair `json:"pairs,omitempty"`
	// Factors are the effects of the load and of load and intervention together; nil: not a factorial design.
	Factors *Factors `json:"factors,omitempty"`
	// Saved is the part of the variance that comparing within pairs took away, or that replaying the same scripts
	// in both phases of A-B did, -1..1. 0: none, or no such design.
	Saved float64 `json:"saved,omitempty"`
	// Swings say how long the phases are compared with the server's slow swings; nil: the verdict has no interval, or the
	// design is pairs, which need no answer, or A-A, whose FalseAlarms say it.
	Swings *Swings `json:"swings,omitempty"`
	// FalseAlarms is what an A-A design shows of the system; nil: another design, or all phases lost load with workers.
	FalseAlarms *FalseAlarms `json:"false_alarms,omitempty"`
	// Looked is what looking before the end came to; nil: the run is judged once, at its end.
	Looked *Looked `json:"looked,omitempty"`
	// Caveat is a sentence on what the design cannot exclude; "": nothing.
	Caveat string `json:"caveat,omitempty"`
}

// Looked says at which look a run was judged, and what the looks cost. All intervals of the report are as wide as the looks want.
type Looked struct {
	Made int `json:"made"`         // looks, the end included
	Of   int `json:"of,omitempty"` // looks that were planned; 0: as many as it takes
	// Limit is how many standard errors from none the primary effect had to be, if its standard error were known exactly, and Wider
	// by how much wider its interval is than that of a single look: .1 is 10 %.
	Limit   float64 `json:"limit"`
	Wider   float64 `json:"wider"`
	Decided bool    `json:"decided,omitempty"` // at the last look, which ended the run
	AtS     float64 `json:"at_s"`              // offset of the end, s
	SavedS  float64 `json:"saved_s,omitempty"` // of the plan, s
}

// Limits returns how many standard errors from none an effect must be at each look of a run that has an end; level is that of
// the verdict, .5 < level < 1.
func Limits(l *look.Plan, level float64) []float64 { return series.Limits(l.Planned, level) }

// looked describes the looks of the run, and what they cost the primary effect; nil: there are none.
func (c *comparison) looked(e *Effect) *Looked {
	l := c.looks
	if l == nil {
		return nil
	}
	out := &Looked{Made: l.Made, Limit: l.Limit(c.o.Level), AtS: l.EndS, Decided: l.Decided != ""}
	if nu := max(e.Degrees, float64(e.Pairs-1)); nu > 0 {
		out.Wider = stats.TwoSided(e.confidence(), nu)/stats.TwoSided(e.Level, nu) - 1
	} else {
		out.Wider = out.Limit/stats.Limit(e.Level) - 1
	}
	if l.EveryS == 0 {
		out.Of, out.SavedS = len(l.Planned), max(0, l.Plan.EndS()-l.EndS)
	}
	return out
}

// Sentence says it in words.
func (l *Looked) Sentence() string {
	price := fmt.Sprintf("its intervals are %s wider than those of a single look", say.Percent(l.Wider))
	at := "Looked at " + say.Plural(l.Made, "time")
	if l.Of > 0 {
		at += fmt.Sprintf(" of %d", l.Of)
	}
	switch {
	case l.Decided && l.SavedS > 0:
		at = fmt.Sprintf("Decided at look %d of %d, %s after the start, which saved %s of the plan", l.Made, l.Of, seconds(l.AtS), seconds(l.SavedS))
	case l.Decided:
		at = fmt.Sprintf("Decided at look %d, %s after the start", l.Made, seconds(l.AtS))
	case l.Of == l.Made:
		at = fmt.Sprintf("Looked at %d times, the last one at the end, and not decided before that", l.Made)
	}
	return at + ": " + price + "."
}

// seconds is an offset in words.
func seconds(s float64) string {
	return say.Span(time.Duration(s * float64(time.Second)).Round(time.Second))
}

// Used is one phase of a comparison. Offsets count from the start of its run.
type Used struct {
	Run     string  `json:"run,omitempty"` // name of the run, where there are several
	Phase   string  `json:"phase"`
	Arm     string  `json:"arm"`      // "A": baseline, "B": intervention
	StartS  float64 `json:"start_s"`  // of the phase
	FromS   float64 `json:"from_s"`   // where it starts to count, after ramp and settling
	EndS    float64 `json:"end_s"`    // of the phase
	UsableS float64 `json:"usable_s"` // whole intervals that count, s
	LeftOut LeftOut `json:"left_out"`
	// MSERCutS is how much after the ramp MSER-5 would cut, s, and Trend how surely the mean response
	// time moves over what counts, 0..1. A phase that both accuse did not settle.
	MSERCutS float64 `json:"mser_cut_s"`
	Trend    float64 `json:"trend"`
}

// LeftOut is what of a phase is not in an effect.
type LeftOut struct {
	// Settling is how much of the phase, ramp and settling time, was left out at its start, s.
	Settling float64 `json:"settling_s"`
	// Edge is what was left out at its end, s: split seconds, and those whose slow requests are missing
	// because they were done after the phase.
	Edge float64 `json:"edge_s"`
	// Requests were intended to start in that time and done within the phase.
	Requests int64 `json:"requests"`
	// Straddlers were done after the end of the phase, and CutOff were in flight at the end of the run.
	Straddlers int64 `json:"straddlers"`
	CutOff     int64 `json:"cut_off"`
	// Missing of them were intended to start in the time that counts.
	Missing int64 `json:"missing"`
}

// Sides returns what the two arms are called: "baseline" and "intervention", "first phase" and "last phase" in an A-A
// design, which has no intervention.
func (r *Report) Sides() (a, b string) { return sideNames(r.Design == AA) }

// sides are the sides of one effect.
func (e *Effect) sides() (a, b string) {
	if e.factor == ofLoad {
		return "phases of low load", "phases of high load"
	}
	return sideNames(e.same)
}

// sideNames is [Report.Sides] of a design.
func sideNames(same bool) (a, b string) {
	if same {
		return "first phase", "last phase"
	}
	return "baseline", "intervention"
}

// Primary returns the effect that the verdict is about.
func (r *Report) Primary() *Effect { return &r.Effects[0] }

// Known reports whether any of the effects has an interval.
func (r *Report) Known() bool {
	return slices.ContainsFunc(r.Effects, func(e Effect) bool { return e.Verdict.Known() })
}

// Find returns the effect on a metric of an operation; nil if it was not judged. The zero Op means all of
// them together.
func (r *Report) Find(op report.Op, m Metric) *Effect {
	if op == (report.Op{}) {
		op = series.All
	}
	for i := range r.Effects {
		if e := &r.Effects[i]; e.Metric == m && e.Op() == op {
			return e
		}
	}
	return nil
}

// Usable returns the shortest usable part of a phase, s.
func (r *Report) Usable() float64 {
	least := 0.0
	for i, p := range r.Phases {
		if i == 0 || p.UsableS < least {
			least = p.UsableS
		}
	}
	return least
}

// usedPhases describes the phases of a comparison.
func usedPhases(in []*series.Phase, arms []string) []Used {
	out := make([]Used, len(in))
	for i, s := range in {
		x := s.Window(series.All)
		out[i] = Used{
			Phase: s.Name, Arm: arms[i], StartS: s.Summary.StartS, FromS: s.From, EndS: s.Summary.EndS,
			UsableS: x.Seconds(), LeftOut: LeftOut(x.Left), MSERCutS: s.MSERCut, Trend: x.Trend(),
		}
		if s.Run != in[0].Run || s.Run != in[len(in)-1].Run {
			out[i].Run = s.Run.Name
		}
	}
	return out
}
