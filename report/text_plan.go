package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// Arrivals is the open load of a phase as it was planned.
type Arrivals struct {
	Rate        float64 `json:"rate"`                    // arrivals per second at the start of the phase
	RateTo      float64 `json:"rate_to,omitempty"`       // at its end, reached linearly; 0: Rate throughout
	Spacing     string  `json:"spacing"`                 // "even", "poisson", "gamma"
	Burstiness  float64 `json:"burstiness,omitempty"`    // CV of gamma gaps; 0 for the others
	MaxInFlight int     `json:"max_in_flight,omitempty"` // what arrives hist.Beyond it is dropped; 0: no cap
	Session     bool    `json:"session,omitempty"`       // each arrival is a separate user, not a single task
}

// String is the arrivals in words, with rates of about three digits.
func (a Arrivals) String() string {
	rate := say.Setting(a.Rate)
	if a.RateTo > 0 && a.RateTo != a.Rate {
		rate += " → " + say.Setting(a.RateTo)
	}
	parts := say.Parts{rate + "/s", say.Printable(a.Spacing)}
	parts.Add(a.Burstiness > 0, "CV %s", say.Setting(a.Burstiness))
	parts.Add(a.Session, "sessions")
	parts.Add(a.MaxInFlight > 0, "at most %s at once", say.Count(a.MaxInFlight))
	return strings.Join(parts, ", ")
}

// AsTheTargetAnswers is the predicted rate of users who never wait, in words.
const AsTheTargetAnswers = "as fast as the target answers"

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
	line := "predicted " + say.Setting(l.Rate) + " " + what
	if l.Unlimited {
		line = "predicted " + AsTheTargetAnswers
	}
	if l.OnShare > 0 {
		line += fmt.Sprintf(", %s of users ON", say.Share(l.OnShare))
	}
	switch {
	case math.IsInf(l.IDC, 1):
		line += ", burstiness (IDC) ∞"
	case l.IDC > 0:
		line += ", burstiness (IDC) " + say.Setting(l.IDC)
	}
	if l.Note != "" && !(l.Unlimited && l.Note == AsTheTargetAnswers) {
		line += "; " + say.Printable(l.Note)
	}
	return line
}
