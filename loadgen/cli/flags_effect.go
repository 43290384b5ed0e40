package cli

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/looks"
)

// effectValues say how the phases are laid out and what is judged.
type effectValues struct {
	design     setting.Value[design]
	matched    setting.Value[bool]
	settle     setting.Value[time.Duration]
	primary    setting.Value[effect.Metric]
	margin     setting.Value[float64]
	confidence setting.Value[float64]
	decided    setting.Value[bool]
	claims     setting.Value[claim.List]
	pilot      setting.Value[string]
}

const (
	acceptsDesign     = "ab, aba, pairs=10, aa or aa=3, load-x-intervention or load-x-intervention=2"
	acceptsMargin     = "a share such as 5% or 0.05"
	acceptsConfidence = "more than 50% and less than 100%, such as 99%"
)

// effectOptions are about what the run is to show.
func effectOptions(v *effectValues) []setting.Option {
	return []setting.Option{
		{Flag: "design", Takes: "ab|aba|pairs=N|aa|load-x-intervention", Env: []string{"LOAD_DESIGN"}, Default: "ab", Bearing: setting.Load, Accepts: acceptsDesign,
			Help: "phases: baseline and intervention; and back; in pairs of random order; baseline only; or each of two loads without and with the intervention", Set: setting.Into(&v.design, parseDesign)},
		{Flag: "matched", Env: []string{"LOAD_MATCHED"}, Switch: true,
			Help: "replay the same user scripts in baseline and intervention", Set: setting.Into(&v.matched, setting.Bool)},
		{Flag: "settle", Takes: "TIME", Env: []string{"LOAD_SETTLE"}, Default: "0", Accepts: acceptsTimespan,
			Help: "time after each ramp that effects leave out; 0 is a tenth of the phase, at least 15 s", Set: setting.Into(&v.settle, timespan)},
		{Flag: "primary", Takes: "METRIC", Env: []string{"LOAD_PRIMARY"}, Accepts: "p50, p95, p99, mean, failures, throughput or exceedance",
			Help: "metric that the verdict is about; p95 unless a claim is about an effect on another", Set: setting.Into(&v.primary, parsePrimary)},
		{Flag: "margin", Takes: "SHARE", Env: []string{"LOAD_MARGIN"}, Accepts: acceptsMargin,
			Help: "change of it that does not matter; only then equivalence can be shown", Set: setting.Into(&v.margin, parseMargin)},
		{Flag: "level", Takes: "SHARE", Env: []string{"LOAD_LEVEL"}, Default: "95%", Accepts: acceptsConfidence,
			Help: "confidence of its interval; the others err a fifth as often, and claims keep 95%", Set: setting.Into(&v.confidence, parseConfidence)},
		{Flag: "stop-when-decided", Env: []string{"LOAD_STOP_WHEN_DECIDED"}, Switch: true,
			Help: "look at the effect at times that the plan sets, and end the run at the first look that is sure; intervals get wider for it", Set: setting.Into(&v.decided, setting.Bool)},
		{Flag: "pilot", Takes: "FILE", Env: []string{"LOAD_PILOT"},
			Help: "with --plan: the summary file of a former run, by whose noise the plan says what it finds and how long it must last", Set: setting.Into(&v.pilot, setting.Text)},
		{Flag: "assert", Takes: "CLAIM", Env: []string{"LOAD_ASSERT"}, Many: true, Split: claims,
			Help: `claim that must hold, such as "intervention p95 < 250ms"; repeatable; exit code 3 if one does not`, Set: setting.Append(&v.claims, parseClaim)},
	}
}

// parseClaim reads a claim. The message about one names it already.
func parseClaim(text string) (claim.Claim, error) {
	c, err := claim.Parse(text)
	if wrong, ok := errors.AsType[*claim.Error](err); ok {
		err = errors.New(wrong.Problem)
	}
	return c, err
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
	kind string // ab, aba, pairs, aa, load-x-intervention
	n    int    // pairs, phases of aa, or rounds of load-x-intervention
}

// loadXIntervention is the design that separates what the load does from what the intervention does.
const loadXIntervention = "load-x-intervention"

func parseDesign(text string) (design, error) {
	kind, number, counted := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "=")
	least, n := 2, 2
	if kind == loadXIntervention {
		least, n = 1, 1
	}
	if counted {
		n, _ = strconv.Atoi(number) // 0 is refused
	}
	known := kind == "pairs" && counted || kind == "aa" || kind == loadXIntervention || (kind == "ab" || kind == "aba") && !counted
	return setting.Accepted(design{kind, n}, known && n >= least && n <= 1000)
}

// crossed lays out each of the two loads without the intervention and with it.
func (c *config) crossed(rounds int, baseline, intervention phase.Phase) (phase.Schedule, error) {
	v := &c.values
	switch a, b := baseline.Users, intervention.Users; {
	case a == b:
		return nil, &setting.Error{Where: v.effect.design.Where(), Problem: fmt.Sprintf("both loads are %s", say.Plural(a, "user")),
			Accepts: v.baseline.users.Name() + " and " + v.intervention.users.Name() + " that differ, such as 10 and 50"}
	case a == 0 || b == 0:
		return nil, &setting.Error{Where: v.effect.design.Where(), Problem: "one of the loads has 0 users",
			Accepts: v.baseline.users.Name() + " and " + v.intervention.users.Name() + " of 1 or more"}
	}
	baseline.Name, intervention.Name = "", "" // low-off, low-on, ...
	return phase.Factorial(rounds, baseline, intervention), c.fits(intervention.For)
}

// checkCrossed refuses a design of load and intervention whose intervention is none: with it everything is as
// without it.
func (c *config) checkCrossed(s phase.Schedule) error {
	d := &c.values.effect.design
	if d.V.kind != loadXIntervention || c.worker() != nil { // which has no hooks
		return nil
	}
	for _, on := range s {
		off := slices.IndexFunc(s, func(p phase.Phase) bool { return p.Load == on.Load && p.Arm == "A" })
		if on.Arm == "B" && off >= 0 && same(s[off], on) {
			return &setting.Error{Where: d.Where(), Problem: "there is no intervention: both arms do the same",
				Accepts: "an " + c.values.enter.Name() + ", or " + c.values.intervention.weights.Name() + " other than those of the baseline"}
		}
	}
	return nil
}

// same reports whether the users of two phases do the same, and nothing happens at the borders of either.
func same(a, b phase.Phase) bool {
	hooks := a.Enter != nil || a.Exit != nil || b.Enter != nil || b.Exit != nil
	return !hooks && maps.Equal(a.Weights, b.Weights) && maps.Equal(a.Kinds, b.Kinds) &&
		reflect.DeepEqual(a.Pace, b.Pace) && reflect.DeepEqual(a.Paces, b.Paces)
}

func parsePrimary(text string) (effect.Metric, error) {
	m, err := effect.ParseMetric(text)
	return setting.Accepted(m, err == nil)
}

func parseMargin(text string) (float64, error) {
	return setting.Accepted(input.Share(text))
}

func parseConfidence(text string) (float64, error) {
	v, ok := input.Share(text)
	return setting.Accepted(v, ok && v > .5)
}

// writePlan prints the phases, when they are looked at, and what they find by a pilot.
func (s *session) writePlan() error {
	lines, err := s.foretold()
	if err != nil {
		return err
	}
	if err := s.plan.WriteText(s.process.stdout); err != nil {
		return err
	}
	if s.looks != nil {
		lines = slices.Concat(looks.Sentences(s.looks, s.values.effect.confidence.V), lines)
	}
	for i, line := range lines {
		if i == 0 {
			fmt.Fprintln(s.process.stdout)
		}
		fmt.Fprint(s.process.stdout, say.Wrap("", "  ", say.Printable(line)))
	}
	return nil
}

// foretold is what a plan finds by the noise of a former run; nil without one.
func (s *session) foretold() (lines []string, err error) {
	file := &s.values.effect.pilot
	if file.V == "" {
		return nil, nil
	}
	refused := func(err error) error { return &setting.Error{Where: file.Where(), Problem: err.Error()} }
	in, err := input.Open(file.V, report.LargestSummary)
	if err != nil {
		return nil, refused(err)
	}
	defer in.Close()
	run, err := report.ReadSummary(in)
	if err != nil {
		return nil, refused(err)
	}
	var planned, ran []map[string]float64
	for _, p := range s.plan.Phases() {
		planned = append(planned, p.Weights)
	}
	for i := range run.Phases {
		ran = append(ran, run.Phases[i].Weights)
	}
	if own, theirs := taskNames(planned), taskNames(ran); !slices.Equal(own, theirs) {
		return nil, refused(fmt.Errorf("the pilot is of another script: its tasks are %s, those of this plan are %s", listed(theirs), listed(own)))
	}
	pilot, err := effect.NewPilot(run, s.config.judged())
	if err != nil {
		return nil, refused(err)
	}
	return pilot.Sentences(s.plan.Phases()), nil
}

// planLooks plans the looks that may end the run.
func (s *session) planLooks() (err error) {
	flag := &s.values.effect.decided
	if !flag.V {
		return nil
	}
	if s.config.clustered() {
		return &setting.Error{Where: flag.Name(), Problem: "several processes make this load, and a look needs all figures at once: want a load of one process, or no looks"}
	}
	if s.looks, err = looks.Of(s.plan.Phases()); err != nil {
		return &setting.Error{Where: flag.Name(), Problem: err.Error()}
	}
	return nil
}

// taskNames are the tasks of some mixes.
func taskNames(mixes []map[string]float64) (names []string) {
	for _, mix := range mixes {
		names = append(names, slices.Collect(maps.Keys(mix))...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// mostListed is how many names a message lists.
const mostListed = 6

// listed lists names; "none" for none.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	if n := len(names) - mostListed; n > 0 {
		names = append(names[:mostListed:mostListed], fmt.Sprintf("%d more", n))
	}
	return say.And(names)
}
