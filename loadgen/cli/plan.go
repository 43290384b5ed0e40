package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// Names of the phases that the options describe.
const (
	baselineName     = "baseline"
	interventionName = "intervention"
)

// schedule builds the phases.
func (c *config) schedule() (phase.Schedule, error) {
	v := &c.values
	intervention, err := c.phase(interventionName, &v.intervention)
	if err != nil {
		return nil, err
	}
	intervention.For = v.runTime.V
	intervention.Enter, intervention.Exit, intervention.AbortOnHook = v.enter.V, v.exit.V, v.enter.V != nil || v.exit.V != nil
	if v.baseline.users.V < 0 { // also without a baseline
		return nil, &setting.Error{Where: v.baseline.users.Where(), Problem: noUsers, Accepts: acceptsUsers}
	}
	s := phase.Schedule{intervention}
	if v.warmUp.V > 0 || v.effect.design.V.kind != "ab" {
		if s, err = c.designed(intervention); err != nil {
			return nil, err
		}
	}
	s = c.matched(s)
	if err := s.Validate(); err != nil {
		return nil, &setting.Error{Where: "schedule", Problem: err.Error()}
	}
	return s, nil
}

const noUsers = "there would be no users"

// phase takes each setting from the stronger of two sources: the option of this
// phase and the one of all phases; from the closer one when they are equally
// strong.
func (c *config) phase(name string, own *phaseValues) (phase.Phase, error) {
	users, rate := &own.users, &own.rate
	if all := &c.values.users; all.Beats(&users.Source) {
		users = all
	}
	if all := &c.values.rate; all.Beats(&rate.Source) {
		rate = all
	}
	if users.V < 0 || users.V == 0 && c.alone(name) {
		return phase.Phase{}, &setting.Error{Where: users.Where(), Problem: noUsers, Accepts: "1 or more"}
	}
	return phase.Phase{Name: name, Users: users.V, SpawnRate: rate.V, Weights: own.weights.V}, nil
}

// alone reports whether no other phase can have users.
func (c *config) alone(name string) bool {
	v := &c.values
	return v.warmUp.V == 0 && v.effect.design.V.kind == "ab" || name == interventionName && v.baseline.users.V == 0 ||
		v.users.Beats(&v.baseline.users.Source) && v.users.Beats(&v.intervention.users.Source)
}

// designed lays the intervention and its baselines out. The warm-up is the length of
// each baseline; without one all phases are as long.
func (c *config) designed(intervention phase.Phase) (phase.Schedule, error) {
	v := &c.values
	baseline, err := c.phase(baselineName, &v.baseline)
	if err != nil {
		return nil, err
	}
	whole, d := v.runTime.V, v.effect.design.V
	if whole > 0 && whole <= v.warmUp.V {
		return nil, &setting.Error{Where: v.runTime.Where(),
			Problem: "the run would end before the intervention starts",
			Accepts: "more than " + v.warmUp.Where() + ", or 0 for no limit"}
	}
	phases := map[string]int{"aba": 3, "pairs": 2 * d.n, "aa": d.n}[d.kind]
	if baseline.For = v.warmUp.V; baseline.For == 0 && phases > 0 {
		baseline.For = whole / time.Duration(phases)
	}
	switch d.kind {
	case "aba":
		intervention.For = whole - 2*baseline.For
		return phase.ABA(baseline, intervention), c.fits(intervention.For)
	case "pairs":
		intervention.For = whole/time.Duration(d.n) - baseline.For
		return phase.Pairs(d.n, v.seed.V, baseline, intervention), c.fits(intervention.For)
	case "aa":
		for _, h := range []*setting.Value[phase.Hook]{&v.enter, &v.exit} {
			if h.V != nil {
				return nil, &setting.Error{Where: h.Where(), Problem: "there is no intervention with " + v.effect.design.Where()}
			}
		}
		return phase.AA(d.n, baseline), c.fits(baseline.For)
	}
	intervention.For = max(whole-baseline.For, 0)
	return phase.Schedule{baseline, intervention}, nil
}

// fits refuses a design whose phases do not fit into the run.
func (c *config) fits(left time.Duration) error {
	if c.values.runTime.V > 0 && left >= time.Second {
		return nil
	}
	e := &setting.Error{Where: c.values.effect.design.Where(), Problem: "the run is too short for these phases",
		Accepts: "a longer --run-time, or a shorter --warmup-duration, which is the length of each baseline"}
	if c.values.runTime.V == 0 {
		e.Problem, e.Accepts = "a design needs an end", "a --run-time, which all phases share"
	}
	return e
}

// matched marks the arms if the same scripts are to be replayed in them.
func (c *config) matched(s phase.Schedule) phase.Schedule {
	v := &c.values.effect
	if v.matched.V && len(s) == 2 && s[0].Arm == "" {
		s = phase.AB(s[0], s[1])
	}
	if v.matched.V {
		s = phase.Matched(s)
	}
	for i := range s {
		s[i].Settle = v.settle.V
	}
	return s
}

// pacer builds the rhythm of a user.
func (c *config) pacer() (scenario.Pacer, error) {
	v := &c.values
	if err := above(&v.think); err != nil || v.alwaysOn.V {
		return scenario.Think{Time: v.think.V}, err
	}
	if err := cmp.Or(above(&v.on), above(&v.off)); err != nil {
		return nil, err
	}
	return scenario.OnOff{On: v.on.V, Off: v.off.V, Think: v.think.V}, nil
}

// above refuses a time that is zero on average.
func above(v *setting.Value[dist.Distribution]) error {
	if mean, _ := v.V.Moments(); mean > 0 {
		return nil
	}
	return &setting.Error{Where: v.Where(), Problem: "the mean must be above zero", Accepts: setting.AcceptsDistribution}
}

// checkWeights refuses weights of tasks that the scenario does not have, also those
// of a phase that the plan leaves out.
func (c *config) checkWeights(s phase.Schedule, tasks []scenario.Task) error {
	for _, own := range []*phaseValues{&c.values.baseline, &c.values.intervention} {
		if err := usable(own.weights.V, tasks); err != nil {
			err.Where = own.weights.Where()
			return err
		}
	}
	for _, p := range s { // a program may have changed them
		if _, err := scenario.NewDispatcher(tasks, p.Weights); err != nil {
			return &setting.Error{Where: c.weightsOf(p), Problem: err.Error()}
		}
	}
	return nil
}

// weightsOf names the setting of a phase's weights, or a phase that has none.
func (c *config) weightsOf(p phase.Phase) string {
	name := map[string]string{"A": baselineName, "B": interventionName}[p.Arm]
	switch cmp.Or(name, p.Name) {
	case baselineName:
		return c.values.baseline.weights.Where()
	case interventionName:
		return c.values.intervention.weights.Where()
	}
	return "phase " + setting.Quote(p.Name)
}

// usable refuses a mix of unknown tasks, and one that leaves nothing to do. It
// returns nil for good ones and for none.
func usable(weights phase.Weights, tasks []scenario.Task) *setting.Error {
	if weights == nil {
		return nil
	}
	var names []string
	for _, task := range tasks {
		names = append(names, task.Name)
	}
	some := false
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !slices.Contains(names, name) {
			return &setting.Error{Problem: fmt.Sprintf("unknown task %q", name), Accepts: strings.Join(names, ", ")}
		}
		some = some || weights[name] > 0
	}
	if some {
		return nil
	}
	problem := "all weights are zero"
	if len(weights) == 0 {
		problem = "the mix is empty"
	}
	return &setting.Error{Problem: problem, Accepts: "a weight above 0 for at least one of " + strings.Join(names, ", ")}
}
