package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// names of the phases that the options describe.
const (
	baselineName     = "baseline"
	interventionName = "intervention"
)

// schedule builds the phases.
func (c *config) schedule() (phase.Schedule, error) {
	v := &c.values
	intervention, err := c.phase(interventionName, v.intervention)
	if err != nil {
		return nil, err
	}
	intervention.For = v.runTime
	if v.baseline.users < 0 { // also without a baseline
		return nil, &UsageError{Where: c.where("baseline-users"), Problem: "nobody would do anything", Accepts: acceptsUsers}
	}
	if v.warmUp == 0 && v.verdict.design.kind == "ab" {
		return valid(c.matched(phase.Schedule{intervention}))
	}
	baseline, err := c.phase(baselineName, v.baseline)
	if err != nil {
		return nil, err
	}
	baseline.For = v.warmUp
	if v.runTime > 0 {
		if v.runTime <= v.warmUp {
			return nil, &UsageError{Where: c.where("run-time"),
				Problem: "the run would end before the intervention begins",
				Accepts: "more than " + c.where("warmup-duration") + ", or 0 for no limit"}
		}
		intervention.For = v.runTime - v.warmUp
	}
	s, err := c.designed(baseline, intervention)
	if err != nil {
		return nil, err
	}
	return valid(s)
}

func valid(s phase.Schedule) (phase.Schedule, error) {
	if err := s.Validate(); err != nil {
		return nil, &UsageError{Where: "schedule", Problem: err.Error()}
	}
	return s, nil
}

// phase takes each setting from the stronger of two sources: the option of this
// phase and the one of all phases; from the closer one when they are equally
// strong.
func (c *config) phase(name string, own level) (phase.Phase, error) {
	users, usersFlag := own.users, name+"-users"
	if c.rank("users") > c.rank(usersFlag) {
		users, usersFlag = c.values.users, "users"
	}
	rate := own.rate
	if c.rank("spawn-rate") > c.rank(name+"-spawn-rate") {
		rate = c.values.rate
	}
	if users < 0 || users == 0 && c.alone(name) {
		return phase.Phase{}, &UsageError{Where: c.where(usersFlag), Problem: "nobody would do anything", Accepts: "1 or more"}
	}
	return phase.Phase{Name: name, Users: users, SpawnRate: rate, Weights: own.weights}, nil
}

// alone reports whether no other phase can have users.
func (c *config) alone(name string) bool {
	return c.values.warmUp == 0 && c.values.verdict.design.kind == "ab" || name == interventionName && c.values.baseline.users == 0 ||
		c.rank("users") > max(c.rank("baseline-users"), c.rank("intervention-users"))
}

// pacer builds the rhythm of a user.
func (c *config) pacer() (scenario.Pacer, error) {
	v := &c.values
	if err := c.above("think", v.think); err != nil || v.alwaysOn {
		return scenario.Think{Time: v.think}, err
	}
	if err := cmp.Or(c.above("on", v.on), c.above("off", v.off)); err != nil {
		return nil, err
	}
	return scenario.OnOff{On: v.on, Off: v.off, Think: v.think}, nil
}

// above refuses a time that is nothing on average.
func (c *config) above(flag string, d dist.Distribution) error {
	if mean, _ := d.Moments(); mean > 0 {
		return nil
	}
	return &UsageError{Where: c.where(flag), Problem: "the mean must be above zero", Accepts: AcceptsDistribution}
}

// checkWeights refuses weights of tasks that the scenario does not have, those
// of a phase that there is not too.
func (c *config) checkWeights(s phase.Schedule, tasks []scenario.Task) error {
	for _, part := range []struct {
		phase   string
		weights phase.Weights
	}{{baselineName, c.values.baseline.weights}, {interventionName, c.values.intervention.weights}} {
		if err := usable(part.weights, tasks); err != nil {
			err.Where = c.where(part.phase + "-task-weights")
			return err
		}
	}
	for _, p := range s { // a program may have changed them
		if _, err := scenario.NewDispatcher(tasks, p.Weights); err != nil {
			return &UsageError{Where: c.where(armName(p) + "-task-weights"), Problem: err.Error()}
		}
	}
	return nil
}

// usable refuses a mix of unknown tasks, and one that leaves nothing to do. It
// returns nil for good ones and for none.
func usable(weights phase.Weights, tasks []scenario.Task) *UsageError {
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
			return &UsageError{Problem: fmt.Sprintf("unknown task %q", name), Accepts: strings.Join(names, ", ")}
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
	return &UsageError{Problem: problem, Accepts: "a weight above 0 for at least one of " + strings.Join(names, ", ")}
}
