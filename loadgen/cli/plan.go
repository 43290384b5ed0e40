package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/internal/say"
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
	if v.climb.Asked() {
		return c.highestHold()
	}
	if err := c.checkStages(); err != nil {
		return nil, err
	}
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
	switch {
	case c.staged() && name == interventionName:
		p := c.shaped(c.values.stages.V)
		p.Name, p.Weights, p.Kinds = name, own.weights.V, own.kinds.V
		return p, nil
	case users.V < 0 || users.V == 0 && !c.staged() && c.alone(name):
		return phase.Phase{}, &setting.Error{Where: users.Where(), Problem: noUsers, Accepts: "1 or more"}
	}
	return phase.Phase{Name: name, Users: users.V, SpawnRate: rate.V, Weights: own.weights.V, Kinds: own.kinds.V}, nil
}

// shaped is a phase whose load moves as a shape says. Single tasks arrive, at random times.
func (c *config) shaped(s shape) phase.Phase {
	if s.rate {
		return phase.Phase{Arrivals: &phase.Arrivals{Spacing: phase.Poisson, Stages: s.curve, MaxInFlight: c.values.maxInFlight.V}}
	}
	return phase.Phase{Stages: s.curve}
}

// text is what stages reads.
func (s shape) text() string {
	if s.rate {
		return s.curve.Rates()
	}
	return s.curve.String()
}

// rivals are the settings that give the intervention a level as well, and are given.
func (c *config) rivals() (out []*setting.Source) {
	v := &c.values
	for _, from := range []*setting.Source{&v.users.Source, &v.rate.Source, &v.intervention.users.Source, &v.intervention.rate.Source} {
		if from.Given() {
			out = append(out, from)
		}
	}
	return out
}

// staged reports whether stages give the load of the intervention: no stronger source
// gives it a level.
func (c *config) staged() bool {
	stages := &c.values.stages
	return stages.V.curve != nil && !slices.ContainsFunc(c.rivals(), func(from *setting.Source) bool { return from.Beats(&stages.Source) })
}

// mostShared bounds the text of stages that other processes get in one message, in bytes.
const mostShared = 500_000

// checkStages refuses a level from a source as strong as that of the stages, and a design
// that would need a level.
func (c *config) checkStages() error {
	stages := &c.values.stages
	if !c.staged() {
		return nil
	}
	for _, from := range c.rivals() {
		if !stages.Beats(from) {
			return &setting.Error{Where: from.Name() + " and " + stages.Name() + " both give a level", Problem: "want one of them"}
		}
	}
	if size := len(stages.V.text()); size > mostShared && c.clustered() {
		return &setting.Error{Where: stages.Where(), Problem: fmt.Sprintf("%s stages are %s of text, and several processes take at most %s: want fewer",
			say.Count(len(stages.V.curve)), say.Bytes(float64(size)), say.Bytes(mostShared))}
	}
	if design := &c.values.effect.design; design.V.kind != "ab" {
		return &setting.Error{Where: design.Where() + " with " + stages.Name(), Problem: "a moving level gives no effect: want one of them"}
	}
	return nil
}

// unusedLevels are lines for the log about settings of a level that a stronger one leaves
// without use.
func (c *config) unusedLevels() (lines []string) {
	stages := &c.values.stages
	if most := &c.values.maxInFlight; most.Given() && c.values.web.headless.V && !(c.staged() && stages.V.rate) {
		lines = append(lines, most.Where()+" has no effect: no stages give a rate of arrivals")
	}
	if stages.V.curve == nil {
		return lines
	}
	for _, from := range c.rivals() {
		switch {
		case !c.staged() && from.Beats(&stages.Source):
			return append(lines, stages.Name()+" has no effect: "+from.Where()+" gives the level")
		case c.staged():
			lines = append(lines, from.Where()+" has no effect in the intervention: "+stages.Name()+" gives the level")
		}
	}
	return lines
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
	phases := map[string]int{"aba": 3, "pairs": 2 * d.n, "aa": d.n, loadXIntervention: 4 * d.n}[d.kind]
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
	case loadXIntervention:
		intervention.For = whole/time.Duration(2*d.n) - baseline.For
		return c.crossed(d.n, baseline, intervention)
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

// ownOf are the settings of a phase; nil: a program's own phase has none.
func (c *config) ownOf(p phase.Phase) *phaseValues {
	name := map[string]string{"A": baselineName, "B": interventionName}[p.Arm]
	switch cmp.Or(name, p.Name) {
	case baselineName:
		return &c.values.baseline
	case interventionName, holdName:
		return &c.values.intervention
	}
	return nil
}

// weightsOf names the setting of a phase's weights, or a phase that has none.
func (c *config) weightsOf(p phase.Phase) string {
	if own := c.ownOf(p); own != nil {
		return own.weights.Where()
	}
	return "phase " + setting.Quote(p.Name)
}

// levelOf names the setting of a phase's level, or a phase that has none.
func (c *config) levelOf(p phase.Phase) string {
	v, own := &c.values, c.ownOf(p)
	switch {
	case own == nil:
		return "phase " + setting.Quote(p.Name)
	case p.Load != "" && p.Users != own.users.V: // the load is that of the other arm
		return map[bool]*phaseValues{true: &v.intervention, false: &v.baseline}[own == &v.baseline].users.Where()
	case own == &v.intervention && c.staged():
		return v.stages.Where()
	case v.users.Beats(&own.users.Source):
		return v.users.Where()
	}
	return own.users.Where()
}

// checkMixes refuses shares of kinds and levels that do not fit the kinds of users, with the setting that says so: that
// of a phase, or what is set of the kinds, without which they are plain.
func (c *config) checkMixes(s phase.Schedule, kinds, plain []scenario.Kind) error {
	users := &c.values.locust.configUsers
	for _, own := range []*phaseValues{&c.values.baseline, &c.values.intervention} {
		if own.kinds.V == nil {
			continue
		}
		if _, err := phase.NewOrder(kinds, own.kinds.V); err != nil { // also of a phase that the plan leaves out
			return &setting.Error{Where: own.kinds.Where(), Problem: err.Error()}
		}
	}
	for i, p := range s {
		other := slices.IndexFunc(s[:i], func(o phase.Phase) bool { return p.Replay > 0 && o.Replay == p.Replay && !maps.Equal(o.Kinds, p.Kinds) })
		if v := &c.values; other >= 0 && v.effect.matched.V {
			return &setting.Error{Where: v.effect.matched.Where(), Problem: "the arms have other kinds of users",
				Accepts: "the same " + v.baseline.kinds.Name() + " and " + v.intervention.kinds.Name()}
		}
		if err := p.Fit(kinds); err != nil {
			if c.users != nil && p.Fit(plain) == nil {
				return &setting.Error{Where: users.Where(), Problem: err.Error()}
			}
			if _, unordered := phase.NewOrder(kinds, p.Kinds); unordered != nil {
				return nil // the program's own kinds: the plan refuses them
			}
			return &setting.Error{Where: c.levelOf(p), Problem: err.Error()}
		}
	}
	return nil
}

// checkMixesOfTasks refuses weights of tasks that do not fit the kinds of users, with the setting that says so.
func (c *config) checkMixesOfTasks(s phase.Schedule, kinds []phase.KindTasks) error {
	check := func(weights phase.Weights, where string) error {
		of, err := weights.Of(kinds)
		if err != nil {
			return &setting.Error{Where: where, Problem: err.Error()}
		}
		for i, k := range kinds {
			_, err := scenario.NewDispatcher(k.Tasks, of[i])
			if err != nil && of[i] == nil {
				where = c.values.locust.configUsers.Where()
			}
			if err != nil && (of[i] != nil || c.users != nil) { // the plan refuses a script
				return &setting.Error{Where: where, Problem: fmt.Sprintf("kind %q: %v", k.Name, err)}
			}
		}
		return nil
	}
	for _, own := range []*phaseValues{&c.values.baseline, &c.values.intervention} {
		if own.weights.V == nil {
			continue
		}
		if err := check(own.weights.V, own.weights.Where()); err != nil {
			return err
		}
	}
	for _, p := range s { // a program may have changed them
		if err := check(p.Weights, c.weightsOf(p)); err != nil {
			return err
		}
	}
	return nil
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
