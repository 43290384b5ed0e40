package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// Arrivals is the open load of a phase as it was planned.
type Arrivals struct {
	Rate        float64 `json:"rate"`                    // arrivals per second at the start of the phase
	RateTo      float64 `json:"rate_to,omitempty"`       // at its end, reached linearly; 0: Rate throughout
	Stages      []Stage `json:"stages,omitempty"`        // how it moves from Rate on, in place of RateTo
	Spacing     string  `json:"spacing"`                 // "even", "poisson", "gamma"
	Burstiness  float64 `json:"burstiness,omitempty"`    // CV of gamma gaps; 0 for the others
	MaxInFlight int     `json:"max_in_flight,omitempty"` // what arrives hist.Beyond it is dropped; 0: no cap
	Session     bool    `json:"session,omitempty"`       // each arrival is a separate user, not a single task
	Apart       bool    `json:"apart,omitempty"`         // each kind of users arrives by itself, at its share of the rate
}

// String is the arrivals in words, with rates of about three digits.
func (a Arrivals) String() string {
	rate := say.Setting(a.Rate)
	if a.RateTo > 0 && a.RateTo != a.Rate {
		rate += " → " + say.Setting(a.RateTo)
	}
	rate += "/s"
	if a.Stages != nil {
		rate = StagesText(a.Stages, "/s")
		if a.Rate > 0 {
			rate = "from " + say.Setting(a.Rate) + "/s, " + rate
		}
	}
	parts := say.Parts{rate, say.Printable(a.Spacing)}
	parts.Add(a.Burstiness > 0, "CV %s", say.Setting(a.Burstiness))
	parts.Add(a.Session, "sessions")
	parts.Add(a.Apart, "each kind apart")
	parts.Add(a.MaxInFlight > 0, "at most %s at once", say.Count(a.MaxInFlight))
	return strings.Join(parts, ", ")
}

// Stage is a straight piece of the curve that the level of users, or the rate of arrivals, follows in a phase.
type Stage struct {
	ForS float64 `json:"for_s"` // how long it takes, s; 0: it jumps
	To   float64 `json:"to"`    // where it ends: users, or arrivals per second
}

// StagesText is stages in a line, with the unit of their levels: stages 2m:10, 5m:50; "none" without any.
func StagesText(stages []Stage, unit string) string {
	if len(stages) == 0 {
		return "none"
	}
	return say.Stages(len(stages), func(i int) (time.Duration, float64) {
		return time.Duration(math.Round(stages[i].ForS * 1e9)), stages[i].To
	}, unit)
}

// kindsText is kinds of users in a line: kinds buyer 80 %, browser 20 %, 2 admin.
func kindsText(kinds []KindInfo) string {
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		if parts[i] = say.Printable(k.Name) + " " + say.Share(k.Share); k.Count > 0 {
			parts[i] = say.Count(k.Count) + " " + say.Printable(k.Name)
		}
	}
	return "kinds " + strings.Join(parts, ", ")
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
