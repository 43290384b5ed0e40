package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// verdictValues say how the phases are laid out and what is judged.
type verdictValues struct {
	design   design
	matched  bool
	settle   time.Duration
	primary  effect.Metric
	margin   float64
	level    float64
	claims   claim.List
	markdown string
	junit    string
}

const (
	acceptsDesign = "ab, aba, pairs=10, aa or aa=3"
	acceptsMargin = "a share such as 5% or 0.05"
	acceptsTrust  = "more than 50% and less than 100%, such as 99%"
)

// verdictOptions are about what the run is to show.
func verdictOptions(v *values) []Option {
	w := &v.verdict
	return []Option{
		{Flag: "design", Env: []string{"LOAD_DESIGN"}, Default: "ab", group: groupVerdict, shapes: true, Accepts: acceptsDesign,
			Help: "phases: baseline and intervention; and back; in pairs of random order; or baseline only", Set: Var(&w.design, parseDesign)},
		{Flag: "matched", Env: []string{"LOAD_MATCHED"}, group: groupVerdict, Accepts: acceptsBool, Switch: true,
			Help: "replay the same user scripts in baseline and intervention", Set: Var(&w.matched, Bool)},
		{Flag: "settle", Env: []string{"LOAD_SETTLE"}, Default: "0", group: groupVerdict, Accepts: acceptsTimespan,
			Help: "time after each ramp that effects leave out; 0 is a tenth of the phase, at least 15 s", Set: Var(&w.settle, timespan)},
		{Flag: "primary", Env: []string{"LOAD_PRIMARY"}, group: groupVerdict, Accepts: "p50, p95, p99, mean, failures, throughput or exceedance",
			Help: "metric that the verdict is about; p95 unless a claim is about an effect on another", Set: Var(&w.primary, parsePrimary)},
		{Flag: "margin", Env: []string{"LOAD_MARGIN"}, group: groupVerdict, Accepts: acceptsMargin,
			Help: "change of it that does not matter; only then equivalence can be shown", Set: Var(&w.margin, parseMargin)},
		{Flag: "level", Env: []string{"LOAD_LEVEL"}, Default: "95%", group: groupVerdict, Accepts: acceptsTrust,
			Help: "confidence of its interval; the others err a fifth as often, and claims keep 95%", Set: Var(&w.level, parseLevel)},
		{Flag: "assert", Env: []string{"LOAD_ASSERT"}, group: groupVerdict, Many: true, split: claims,
			Help: `claim that must hold, such as "intervention p95 < 250ms"; repeatable; exit code 3 if one does not`, Set: func(text string) error {
				a, err := claim.Parse(text)
				w.claims = append(w.claims, a)
				if wrong, ok := errors.AsType[*claim.Error](err); ok {
					return errors.New(wrong.Problem) // the claim stands before it
				}
				return err
			}},
		{Flag: "markdown", Env: []string{"LOAD_MARKDOWN"}, group: groupOutput,
			Help: "write verdict, effects and tables to this Markdown file", Set: Var(&w.markdown, Text)},
		{Flag: "junit", Env: []string{"LOAD_JUNIT"}, group: groupOutput,
			Help: "write claims and operations as tests to this JUnit XML file", Set: Var(&w.junit, Text)},
	}
}

// claims splits a variable at semicolons and ends of lines.
func claims(text string) (out []string) {
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// design is how baseline and intervention are laid out in time.
type design struct {
	kind string // ab, aba, pairs, aa
	n    int    // pairs, or phases of aa
}

func parseDesign(text string) (design, error) {
	kind, number, counted := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "=")
	d := design{kind: kind, n: 2}
	if counted {
		n, err := strconv.Atoi(number)
		if err != nil || n < 2 || n > 1000 {
			return d, errNotAccepted
		}
		d.n = n
	}
	switch {
	case kind == "pairs" && counted, kind == "aa", (kind == "ab" || kind == "aba") && !counted:
		return d, nil
	}
	return d, errNotAccepted
}

func parsePrimary(text string) (effect.Metric, error) {
	m, err := effect.ParseMetric(text)
	if err != nil {
		return "", errNotAccepted
	}
	return m, nil
}

func parseMargin(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := Float(number)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) {
		return 0, errNotAccepted
	}
	return v, nil
}

func parseLevel(text string) (float64, error) {
	v, err := parseMargin(text)
	if err == nil && v <= .5 {
		err = errNotAccepted
	}
	return v, err
}

// designed lays the phases out. Without a design that says more they stay as
// they are.
func (c *config) designed(baseline, intervention phase.Phase) (phase.Schedule, error) {
	v := &c.values
	d := v.verdict.design
	var s phase.Schedule
	var err error
	switch d.kind {
	case "aba":
		s, err = c.returning(baseline, intervention)
	case "pairs":
		if v.warmUp == 0 {
			baseline.For = v.runTime / time.Duration(2*d.n)
		}
		intervention.For = v.runTime/time.Duration(d.n) - baseline.For
		s, err = phase.Pairs(d.n, v.seed, baseline, intervention), c.room(intervention.For)
	case "aa":
		if baseline.For == 0 {
			baseline.For = v.runTime / time.Duration(d.n)
		}
		s, err = phase.AA(d.n, baseline), c.room(baseline.For)
	default:
		s = phase.Schedule{baseline, intervention}
	}
	if err != nil {
		return nil, err
	}
	return c.matched(s), nil
}

// returning is A-B-A: the warm-up is the length of each baseline; in thirds
// without one.
func (c *config) returning(baseline, intervention phase.Phase) (phase.Schedule, error) {
	v := &c.values
	if v.warmUp == 0 {
		baseline.For = v.runTime / 3
	}
	intervention.For = v.runTime - 2*baseline.For
	return phase.ABA(baseline, intervention), c.room(intervention.For)
}

// room refuses a design whose phases do not fit into the run.
func (c *config) room(left time.Duration) error {
	if c.values.runTime > 0 && left >= time.Second {
		return nil
	}
	e := &UsageError{Where: c.where("design"), Problem: "the run is too short for these phases",
		Accepts: "a longer --run-time, or a shorter --warmup-duration, which is the length of each baseline"}
	if c.values.runTime == 0 {
		e.Problem, e.Accepts = "a design needs an end", "a --run-time, which all phases share"
	}
	return e
}

// matched marks the arms if the same scripts are to be replayed in them.
func (c *config) matched(s phase.Schedule) phase.Schedule {
	v := &c.values.verdict
	if v.matched && len(s) == 2 && s[0].Arm == "" {
		s = phase.AB(s[0], s[1])
	}
	if v.matched {
		s = phase.Matched(s)
	}
	for i := range s {
		s[i].Settle = v.settle
	}
	return s
}

// armName is the name that options give to the arm of a phase.
func armName(p phase.Phase) string {
	switch p.Arm {
	case "A":
		return baselineName
	case "B":
		return interventionName
	}
	return p.Name
}

// checkClaims refuses claims that the run cannot answer.
func (s *session) checkClaims() error {
	if err := s.values.verdict.claims.Check(s.plan); err != nil {
		return &UsageError{Where: s.origins["assert"].name, Problem: strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	return nil
}

// remarks are those on the settings, and that the design asks in vain or the
// files may not last.
func (s *session) remarks() []string {
	lines := s.config.remarks()
	if why := effect.Foresee(s.plan.Phases()); why != "" {
		lines = append(lines, "this run can have no verdict: "+why)
	}
	if why := s.shortOfFiles(); why != "" {
		lines = append(lines, why)
	}
	return lines
}

// judged are the options of the effect.
func (c *config) judged() effect.Options {
	v := &c.values.verdict
	o := effect.Options{Primary: v.primary, Margin: v.margin, Level: v.level}
	if o.Primary == "" {
		o.Primary, o.Op = v.claims.Primary()
	}
	return o
}
