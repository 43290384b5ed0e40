package effect

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// FalseAlarms is what phases without a difference show of a system: how long its slow swings
// last, and how often a comparison of two phases calls noise an effect.
type FalseAlarms struct {
	// Tau is the correlation time of the primary quantile's exceedances, s, with a 95 % interval;
	// nil: no slow noise was seen. A run cannot show a tau longer than itself: High is then +Inf.
	Tau *Interval `json:"tau_s"`
	// Swing is the part of the variance from second to second that is slow, 0..1.
	Swing float64 `json:"swing"`
	// Windows are comparisons of neighbouring windows of the phases, which do not overlap, by their
	// length; empty: no phase is long enough.
	Windows []Window `json:"windows"`
	// LongestS is how much of the longest phase counts, s: what swings more slowly than that is in none of these figures.
	LongestS float64 `json:"longest_s"`
}

// Window holds the comparisons of phases of one length.
type Window struct {
	PhaseS      int `json:"phase_s"`     // of each phase as a plan has it, with its settling time
	Seconds     int `json:"seconds"`     // of them count
	Comparisons int `json:"comparisons"` // made
	Alarms      int `json:"alarms"`      // of them called an effect at the primary level
	// Low and High are the exact 95 % limits of the share of alarms.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Expected is the share of alarms among comparisons of windows from anywhere in the phases, where 20 or more fit, else by
	// simulation of the interval itself on noise with the spectrum that all phases show together.
	Expected float64 `json:"expected"`
}

// phaseLengths are those of the phases that are foretold, as a plan has them, s.
var phaseLengths = []int{75, 135, 334, 667, 1000} // 60, 120, 300, 600 and 900 s count

// countOf is how much of a phase counts if it settles as long as phases do, s.
func countOf(phase int) int {
	return phase - int(math.Ceil(max(settling.Seconds(), settlingPart*float64(phase))))
}

// Same compares two or more phases that are all baseline: the A-A design. The effect is that of the last phase
// against the first; FalseAlarms says what to expect of comparisons on this system. Errors are those of [Between].
func Same(o Options, phases ...Phase) (*Report, error) {
	if len(phases) < 2 {
		return nil, errors.New("an A-A design takes two phases or more")
	}
	c, err := newComparison(AA, o, nil, phases)
	if err != nil {
		return nil, err
	}
	all := c.phases
	c.phases, c.weights = []*series.Phase{all[0], all[len(all)-1]}, []float64{-1, 1}
	c.ops = series.Operations(c.phases, o.Op)
	r := c.compare(AA)
	if quiet := undisturbed(all); len(quiet) > 0 {
		r.FalseAlarms = compareWindows(quiet, &c.o)
	}
	return r, nil
}

// compareWindows compares windows of phases without a difference.
func compareWindows(in []*series.Phase, o *Options) *FalseAlarms {
	f := &FalseAlarms{}
	phases, _ := series.Parted(in, o.Op)
	longest := o.weigh(slices.MaxFunc(phases, func(a, b series.Parts) int {
		return cmp.Compare(a.Whole.Seconds(), b.Whole.Seconds())
	}))[0]
	if longest.Requests == 0 || longest.IsShort() {
		return f
	}
	f.LongestS = longest.Seconds()
	departures := departuresOf(phases, longest, o)
	noise := f.noise(longest.Width, departures)
	for _, phase := range phaseLengths {
		w := Window{PhaseS: phase, Seconds: countOf(phase)}
		for _, p := range phases {
			w.compare(p, o)
		}
		if w.Comparisons == 0 && len(f.Windows) > 0 {
			continue
		}
		w.Low, w.High = stats.ShareLimits(w.Alarms, w.Comparisons, .95)
		var enough bool
		if w.Expected, enough = stats.Resampled(w.intervals(longest), o.Level, departures...); !enough {
			w.Expected = noise.FalseAlarms(w.intervals(longest), o.Level)
		}
		f.Windows = append(f.Windows, w)
	}
	return f
}

// departuresOf are those of all phases that have intervals as wide as the longest one.
func departuresOf(phases []series.Parts, longest *series.Window, o *Options) (out [][]float64) {
	for _, p := range phases {
		if x := o.weigh(p)[0]; x.Width == longest.Width && x.Requests > 0 {
			out = append(out, series.Quantile(x, o.threshold(), "").Departures)
		}
	}
	return out
}

// noise is that of departures in intervals of a width. It notes the correlation time.
func (f *FalseAlarms) noise(width float64, departures [][]float64) *stats.Density {
	found := stats.Fit(departures...)
	if found.Sure {
		f.Tau = &Interval{found.Tau * width, found.TauLow * width, found.TauHigh * width}
		f.Swing = found.Slow / (1 + found.Slow)
	}
	return stats.NewDensity(found, departures...)
}

// intervals are as many as a window has.
func (w *Window) intervals(x *series.Window) int { return int(math.Ceil(float64(w.Seconds) / x.Width)) }

// compare compares neighbouring windows of a phase.
func (w *Window) compare(p series.Parts, o *Options) {
	size := w.intervals(p.Whole)
	basis := stats.NewBasis(size)
	for at := 0; at+2*size <= p.Whole.Len(); at += 2 * size {
		windows := o.weigh(p.Slice(at, at+size, basis), p.Slice(at+size, at+2*size, basis))
		a, b := windows[0], windows[1]
		e := effectOf([]weighted{{Window: a, weight: -1, base: true}, {Window: b, weight: 1}}, Effect{Metric: o.Primary, Level: o.Level}, a.Quantile(o.threshold()))
		if !e.Verdict.Known() {
			continue
		}
		w.Comparisons++
		if e.Verdict.Changed() {
			w.Alarms++
		}
	}
}

// Sentence returns the result in one or two sentences.
func (f *FalseAlarms) Sentence() string {
	var s strings.Builder
	switch {
	case f.Tau == nil && len(f.Windows) == 0:
		return "The phases are too short to tell what noise this system has."
	case f.Tau == nil:
		s.WriteString("No slow noise was seen: seconds look independent of each other.")
	case math.IsInf(f.Tau.High, 1):
		fmt.Fprintf(&s, "The server's slow swings last at least %s s (correlation time %s s); this run is too short to bound them.", say.Number(f.Tau.Low), say.Number(f.Tau.Estimate))
	default:
		fmt.Fprintf(&s, "The server's slow swings have a correlation time of %s s (%s to %s s).", say.Number(f.Tau.Estimate), say.Number(f.Tau.Low), say.Number(f.Tau.High))
	}
	for _, w := range f.Windows {
		fmt.Fprintf(&s, " Phases of %d s, of which %d count: %d of %d comparisons without a difference were called an effect; expect %s.",
			w.PhaseS, w.Seconds, w.Alarms, w.Comparisons, say.Share(w.Expected))
	}
	if f.LongestS > 0 {
		fmt.Fprintf(&s, " What swings more slowly than the longest phase, %s s, does not show in it and would add to these.", say.Number(f.LongestS))
	}
	return s.String()
}
