package effect

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Arm is one side of a comparison with the load that it had, which an effect must be read with.
type Arm struct {
	Phases []string `json:"phases"`
	Model  string   `json:"model,omitempty"` // what kind of load: "closed", "open", ...
	Pace   string   `json:"pace,omitempty"`
	Users  int      `json:"users"` // of the plan, the highest
	least  int      // and the lowest
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
	if len(a.Phases) == 1 {
		a.least = s.Summary.Users
	}
	a.Users, a.least = max(a.Users, s.Summary.Users), min(a.least, s.Summary.Users)
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

// UsersText is how many users the arm had, "10 and 50" where its phases differ.
func (a *Arm) UsersText() string {
	if a.least < a.Users && a.least > 0 {
		return say.Count(a.least) + " and " + say.Count(a.Users)
	}
	return say.Count(a.Users)
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

// mix is what operations a row has in each phase, and how its requests are weighted to one mix.
type mix struct {
	ops     []report.Op
	parts   []series.Parts // by phase
	weighed series.Weighed
	changed string // how the arms differ in it; "": by no more than chance, or by mixPoints
	folded  string // the operations that could not be weighted for themselves; "": none that matters
}

// mix looks at the operations of a row.
func (c *comparison) mix(op report.Op) *mix {
	if m := c.mixes[op]; m != nil {
		return m
	}
	m := &mix{}
	m.parts, m.ops = series.Parted(c.phases, op)
	m.weighed.Windows = wholes(m.parts)
	if !c.o.Raw {
		m.weighed = series.Weigh(m.parts)
	}
	m.changed, m.folded = c.mixChange(m), m.foldedOps()
	c.mixes[op] = m
	return m
}

// wholes returns the windows as they came.
func wholes(parts []series.Parts) (out []*series.Window) {
	for _, p := range parts {
		out = append(out, p.Whole)
	}
	return out
}

// weigh returns the windows of phases, weighted to one mix unless the options say otherwise.
func (o *Options) weigh(parts ...series.Parts) []*series.Window {
	if o.Raw {
		return wholes(parts)
	}
	return series.Weigh(parts).Windows
}

// besideRaw judges an effect on the requests weighted to one mix, and where the arms differ in it on the requests as they
// came, too. How many requests there are per second is what came.
func (c *comparison) besideRaw(e Effect, judge func(Effect, []weighted) Effect) Effect {
	m := c.mix(e.Op())
	out := judge(e, c.windows(e.Op()))
	if m.weighed.Strata == 0 || e.Metric.isRate() {
		return out
	}
	out.Strata = m.weighed.Strata
	if m.changed != "" {
		raw := judge(e, c.inContrast(wholes(m.parts)))
		raw.Primary = false
		out.Raw = &raw
	}
	return out
}

// sureOfMix is how sure it has to be that the arms differ in the share of any operation.
const sureOfMix = .99

// mixChange says which operation's share of the requests differs most between the arms, if any surely does.
func (c *comparison) mixChange(m *mix) (how string) {
	gap := mixPoints
	for k := range m.ops {
		var arms, all [2]float64
		for i, p := range m.parts {
			arm := 0
			if c.weights[i] > 0 {
				arm = 1
			}
			arms[arm], all[arm] = arms[arm]+p.Of[k].Requests, all[arm]+p.Whole.Requests
		}
		a, b := arms[0]/all[0], arms[1]/all[1]
		if d := math.Abs(a - b); d > gap && !c.shareChange(m, k, 1-(1-sureOfMix)/float64(len(m.ops))).Contains(0) {
			gap, how = d, fmt.Sprintf("%s is %s of the requests against %s", m.ops[k], say.Share(a), say.Share(b))
		}
	}
	return how
}

// shareChange is by how much the share of an operation differs between the arms.
func (c *comparison) shareChange(m *mix, k int, level float64) Interval {
	e := Effect{Level: level, twice: c.twice}
	phases, shares := c.inContrast(wholes(m.parts)), make([]*series.Estimate, len(m.parts))
	var apart []float64
	for i, p := range phases {
		if p.Requests == 0 {
			return Interval{0, math.Inf(-1), math.Inf(1)}
		}
		shares[i] = series.Share(p.Window, func(*series.Window) []float64 { return m.parts[i].Of[k].Counts })
		if i%2 == 1 {
			apart = append(apart, shares[i].Value-shares[i-1].Value)
		}
	}
	if c.design == Pairs {
		return Interval(stats.MeanInterval(apart, level))
	}
	terms, _ := e.terms(phases, shares)
	return Interval(stats.Combine(terms))
}

// foldedOps names the operations that could not be weighted for themselves, if they are more than mixPoints of a phase.
func (m *mix) foldedOps() string {
	few, most := []string{}, 0.0
	for _, k := range m.weighed.Folded {
		few = append(few, m.ops[k].String())
	}
	for _, p := range m.parts {
		sum := 0.0
		for _, k := range m.weighed.Folded {
			sum += p.Of[k].Requests
		}
		most = max(most, sum/p.Whole.Requests)
	}
	if !(most > mixPoints) || m.weighed.Strata == 0 && len(few) == len(m.ops) {
		return ""
	}
	with := ""
	if into := m.weighed.Into; into >= 0 {
		with = " with " + m.ops[into].String()
	}
	return fmt.Sprintf("Counted together%s, since fewer than %d requests in some phase cannot be weighted: %s", with, series.FewEvents, enumerate(few))
}

// warnings say how the arms differ in mix, and what is done about it.
func (m *mix) warnings() (out []string) {
	if m.changed != "" {
		s := "The arms differ in mix: " + m.changed
		if m.weighed.Strata > 0 {
			s += "; effects are weighted to the mix of both arms together"
		}
		out = append(out, s+".")
	}
	if m.folded != "" {
		out = append(out, m.folded+".")
	}
	return out
}
