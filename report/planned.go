package report

import (
	"fmt"
	"math"
	"strings"
)

// Arrivals is the open load of a phase as it was planned.
type Arrivals struct {
	Rate        float64 `json:"rate"`                    // arrivals per second at the start of the phase
	RateTo      float64 `json:"rate_to,omitempty"`       // at its end, reached linearly; 0: Rate throughout
	Spacing     string  `json:"spacing"`                 // "even", "poisson", "gamma"
	Burstiness  float64 `json:"burstiness,omitempty"`    // CV of gamma gaps; 0 for the others
	MaxInFlight int     `json:"max_in_flight,omitempty"` // what arrives beyond it is dropped; 0: no cap
	Session     bool    `json:"session,omitempty"`       // each arrival is a user of its own, not a single task
}

// String is the arrivals in words, with rates of about three digits.
func (a Arrivals) String() string {
	rate := threeDigits(a.Rate)
	if a.RateTo > 0 && a.RateTo != a.Rate {
		rate += " → " + threeDigits(a.RateTo)
	}
	parts := []string{rate + "/s", Printable(a.Spacing)}
	if a.Burstiness > 0 {
		parts = append(parts, "CV "+threeDigits(a.Burstiness))
	}
	if a.Session {
		parts = append(parts, "sessions")
	}
	if a.MaxInFlight > 0 {
		parts = append(parts, fmt.Sprintf("at most %s at once", thousands(int64(a.MaxInFlight))))
	}
	return strings.Join(parts, ", ")
}

// AsTheTargetAnswers is the predicted rate of users who never wait, in words.
const AsTheTargetAnswers = "as fast as the target answers"

// single reports whether single tasks arrive, which no pacer paces.
func (p *PhaseSummary) single() bool { return p.Arrivals != nil && !p.Arrivals.Session }

// prediction is what the plan predicts of a phase in one line; "" when that is
// nothing.
func (p *PhaseSummary) prediction() string {
	l := p.Predicted
	if l == nil {
		return ""
	}
	what := "tasks/s"
	if p.Model == "open" { // tasks or sessions
		what = "arrivals/s"
	}
	line := "predicted " + perSecond(l.Rate) + " " + what
	if l.Unlimited {
		line = "predicted " + AsTheTargetAnswers
	}
	if l.OnShare > 0 {
		line += fmt.Sprintf(", %s of users ON", percent(l.OnShare))
	}
	switch {
	case math.IsInf(l.IDC, 1):
		line += ", burstiness (IDC) ∞"
	case l.IDC > 0:
		line += fmt.Sprintf(", burstiness (IDC) %.3g", l.IDC)
	}
	if l.Note != "" && !(l.Unlimited && l.Note == AsTheTargetAnswers) {
		line += "; " + Printable(l.Note)
	}
	return line
}

// threeDigits is x with three significant digits, or all digits of a whole part;
// one decimal where that is what x has.
func threeDigits(x float64) string {
	switch rounded := math.Round(10*x) / 10; {
	case x >= 100 && math.Abs(x-rounded) < 1e-9*x:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", rounded), ".0")
	case x >= 1000:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
