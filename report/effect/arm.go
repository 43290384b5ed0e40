package effect

import (
	"slices"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Arm is one side of a comparison with the load that it had, which an effect must be read with.
type Arm struct {
	Phases []string `json:"phases"`
	Model  string   `json:"model,omitempty"` // what kind of load: "closed", "open", ...
	Pace   string   `json:"pace,omitempty"`
	Users  int      `json:"users"` // of the plan, the highest
	// UsableS is how much of the phases counts, s, and Requests how many were intended to start in it.
	UsableS    float64 `json:"usable_s"`
	Requests   int64   `json:"requests"`
	Failures   int64   `json:"failures"`
	Straddlers int64   `json:"straddlers"` // not in Requests
	Rate       float64 `json:"rate"`       // Requests per second
	// Mix is the share of each operation in the requests.
	Mix map[string]float64 `json:"mix"`
	// LagP99MS is the highest wake lag p99 of the generator in a phase, and Lag the grade of the primary
	// quantile: report.Trusted, Doubtful or NotMeasured, the worst one of the phases; "": none.
	LagP99MS report.Millis `json:"late_p99_ms"`
	Lag      report.Grade  `json:"lag,omitempty"`
}

// armOf describes the phases of one side.
func armOf(in []*series.Phase, ops []report.Op, primary Metric, op report.Op) Arm {
	a := Arm{Model: in[0].Summary.Model, Pace: in[0].Summary.Pace, Mix: map[string]float64{}, LagP99MS: report.Millis(-1)}
	for _, s := range in {
		a.add(s, ops)
		a.Lag = worseLag(a.Lag, lag(s.Row(op), primary))
	}
	if a.LagP99MS < 0 {
		a.LagP99MS = report.NoValue
	}
	for name := range a.Mix {
		a.Mix[name] /= max(1, float64(a.Requests))
	}
	if a.UsableS > 0 {
		a.Rate = float64(a.Requests) / a.UsableS
	}
	return a
}

// add adds one phase. Mix holds counts until armOf divides them.
func (a *Arm) add(s *series.Phase, ops []report.Op) {
	a.Phases = append(a.Phases, s.Name)
	a.Users = max(a.Users, s.Summary.Users)
	x := s.Window(series.All)
	a.UsableS += x.Seconds()
	a.Requests += int64(x.Requests)
	a.Failures += int64(x.Failures)
	a.Straddlers += x.Left.Straddlers
	for _, op := range ops {
		if op != series.All {
			a.Mix[op.String()] += s.Window(op).Requests
		}
	}
	if late := s.Summary.LagMS.P99; late.IsFinite() {
		a.LagP99MS = max(a.LagP99MS, late)
	}
}

// lag returns the generator's verdict on a quantile of an operation; "" for another metric.
func lag(row *report.Operation, m Metric) report.Grade {
	if row == nil {
		return ""
	}
	switch m {
	case P50:
		return row.Trust.P50.Grade
	case P95:
		return row.Trust.P95.Grade
	case P99:
		return row.Trust.P99.Grade
	case "p999":
		return row.Trust.P999.Grade
	}
	return ""
}

// worseLag returns the worse of two grades.
func worseLag(a, b report.Grade) report.Grade {
	from := []report.Grade{"", report.Trusted, report.Doubtful, report.NotMeasured}
	return from[max(slices.Index(from, a), slices.Index(from, b), 0)]
}
