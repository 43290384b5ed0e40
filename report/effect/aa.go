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
}

// Window holds the comparisons of phases of one length.
type Window struct {
	Seconds     int `json:"seconds"`     // of each phase
	Comparisons int `json:"comparisons"` // made
	Alarms      int `json:"alarms"`      // of them called an effect at the primary level
	// Low and High are the exact 95 % limits of the share of alarms.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Expected is the share of alarms under the noise that was fitted, by simulation of the
	// interval itself.
	Expected float64 `json:"expected"`
}

// windowLengths are those that are tried, s.
var windowLengths = []int{60, 120, 300, 600, 900}

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
	c.ops = series.Operations(c.phases)
	r := c.compare(AA)
	r.FalseAlarms = compareWindows(all, &c.o)
	return r, nil
}

// compareWindows compares windows of phases without a difference.
func compareWindows(in []*series.Phase, o *Options) *FalseAlarms {
	f := &FalseAlarms{}
	longest := slices.MaxFunc(in, func(a, b *series.Phase) int {
		return cmp.Compare(a.Window(o.Op).Seconds(), b.Window(o.Op).Seconds())
	}).Window(o.Op)
	if longest.Requests == 0 || longest.IsShort() {
		return f
	}
	noise := f.correlation(longest, o)
	for _, seconds := range windowLengths {
		w := Window{Seconds: seconds}
		for _, s := range in {
			w.compare(s, o)
		}
		if w.Comparisons == 0 && len(f.Windows) > 0 {
			continue
		}
		w.Low, w.High = stats.ShareLimits(w.Alarms, w.Comparisons, .95)
		w.Expected = noise.FalseAlarms(seconds, o.Level)
		f.Windows = append(f.Windows, w)
	}
	return f
}

// correlation fits the noise of the longest phase.
func (f *FalseAlarms) correlation(longest *series.Window, o *Options) stats.Spectrum {
	found := stats.Fit(series.Quantile(longest, o.threshold(), "").Departures)
	if !found.Sure {
		return stats.Spectrum{White: 1}
	}
	f.Tau = &Interval{found.Tau * longest.Width, found.TauLow * longest.Width, found.TauHigh * longest.Width}
	f.Swing = found.Slow / (1 + found.Slow)
	return stats.Spectrum{White: 1, Slow: found.Slow, Tau: f.Tau.Estimate}
}

// compare compares neighbouring windows of a phase.
func (w *Window) compare(s *series.Phase, o *Options) {
	x := s.Window(o.Op)
	size := int(math.Ceil(float64(w.Seconds) / x.Width))
	for at := 0; at+2*size <= x.Len(); at += 2 * size {
		a, b := x.Slice(at, at+size), x.Slice(at+size, at+2*size)
		a.Basis = stats.NewBasis(size)
		b.Basis = a.Basis
		e := effectOf([]weighted{{a, -1}, {b, 1}}, Effect{Metric: o.Primary, Level: o.Level}, a.Quantile(o.threshold()))
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
		fmt.Fprintf(&s, " Phases of %d s: %d of %d comparisons without a difference were called an effect; expect %s.",
			w.Seconds, w.Alarms, w.Comparisons, say.Share(w.Expected))
	}
	return s.String()
}
