package effect

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// reliable is how many correlation times of the server's slow swings a phase has to last for the interval to keep what
// docs/statistics.md promises.
const reliable = 30

// Swings say how long the phases are compared with the server's own slow swings, as far as the phases themselves show
// them: those that outlast a phase they cannot.
type Swings struct {
	// Tau is the correlation time of what the primary metric is made of, second by second within the phases, in s with a 95 %
	// interval. Nil: no slow noise was seen. High is +Inf where the phases are too short to bound it.
	Tau *Interval `json:"tau_s"`
	// PhaseS is how much of the shortest phase counts, s.
	PhaseS float64 `json:"phase_s"`
	// Times is PhaseS over Tau, and TimesLow over its upper limit; 0: nothing was seen, or there is no limit.
	Times    float64 `json:"times"`
	TimesLow float64 `json:"times_low"`
}

// swings fits the noise of the phases together; nil where their intervals are not of one width.
func (c *comparison) swings() *Swings {
	phases := c.windows(c.o.Op)
	threshold, out := c.threshold(phases, c.o.Primary), &Swings{PhaseS: math.Inf(1)}
	departures := make([][]float64, len(phases))
	for i, p := range phases {
		if p.Width != phases[0].Width {
			return nil
		}
		departures[i], out.PhaseS = c.o.Primary.estimate(p.Window, threshold).Departures, min(out.PhaseS, p.Seconds())
	}
	if found := stats.Fit(departures...); found.Sure {
		w := phases[0].Width
		out.Tau = &Interval{found.Tau * w, found.TauLow * w, found.TauHigh * w}
		out.Times, out.TimesLow = out.PhaseS/out.Tau.Estimate, out.PhaseS/out.Tau.High
	}
	return out
}

// Sentence returns the result in a sentence or two.
func (s *Swings) Sentence() string {
	count := say.Number(s.PhaseS)
	if s.Tau == nil {
		return fmt.Sprintf("No slow swings of the server were seen; swings longer than a phase, of which %s s count, cannot be.", count)
	}
	if math.IsInf(s.Tau.High, 1) {
		return fmt.Sprintf("The server's slow swings have a correlation time of at least %s s; phases of which %s s count are too short to bound it, so the interval may be too narrow.",
			say.Number(s.Tau.Low), count)
	}
	out := fmt.Sprintf("The server's slow swings have a correlation time of %s s (up to %s s); %s s count of the shortest phase, %s times as long (at least %s times).",
		say.Number(s.Tau.Estimate), say.Number(s.Tau.High), count, say.Number(s.Times), say.Number(s.TimesLow))
	switch {
	case s.TimesLow >= reliable:
		return out
	case s.Times >= reliable:
		return out + fmt.Sprintf(" %d times are enough.", reliable)
	}
	return out + fmt.Sprintf(" It takes %d times for an interval to be relied on: this one may be too narrow.", reliable)
}
