package main

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// crossings are runs of the design of two loads: the noise, seconds of each phase, settling included, and rounds.
var crossings = []struct {
	name    string
	server  model.Wobble
	seconds int
	rounds  int
}{
	{"independent", model.Wobble{}, 75, 1},
	{"independent", model.Wobble{}, 334, 1},
	{"AR(1) 10 %, tau 5 s", model.Wobble{Tau: 5, SD: .1}, 75, 1},
	{"AR(1) 10 %, tau 5 s", model.Wobble{Tau: 5, SD: .1}, 167, 1},
	{"AR(1) 10 %, tau 5 s", model.Wobble{Tau: 5, SD: .1}, 334, 1},
	{"AR(1) 10 %, tau 5 s", model.Wobble{Tau: 5, SD: .1}, 167, 2},
	{"AR(1) 10 %, tau 30 s", model.Wobble{Tau: 30, SD: .1}, 334, 1},
	{"AR(1) 10 %, tau 30 s", model.Wobble{Tau: 30, SD: .1}, 1000, 1},
	{"tau 5 s, drift of 10 % over the run", model.Wobble{Tau: 5, SD: .1, Drift: func(int) float64 { return 0 }}, 167, 1},
	{"tau 5 s, drift of 10 % over the run", model.Wobble{Tau: 5, SD: .1, Drift: func(int) float64 { return 0 }}, 167, 2},
}

// What low and high load are, requests per second, and what the load, the intervention, and both together do to the level.
const (
	lowRate, highRate              = 20., 100.
	byLoad, byIntervention, byBoth = 2., 1.1, 1.15
)

// factors are the effects of the design, the intervention's first.
var factors = []string{"intervention", "load", "both together"}

// factorial is the table of the design of two loads: false alarms where nothing has an effect, coverage and power where
// everything has one.
func factorial(s settings) string {
	t := &table{}
	t.add("server", "T (counts)", "rounds", "runs", "**false alarms: intervention, load, both together**", "any of the three", "no interval",
		"**coverage: intervention, load, both together**", "found: +18 % by the intervention", "found: +15 % by both together")
	for i, v := range crossings {
		c := newTally()
		n := s.reps(500)
		s.each(n, func(rep uint64) { crossed(s, c, i, 1<<35+rep, false) })
		s.each(n, func(rep uint64) { crossed(s, c, i, 1<<36+rep, true) })
		three := func(what string) string {
			return fmt.Sprintf("**%s / %s / %s**", c.share(what+factors[0]), c.share(what+factors[1]), c.share(what+factors[2]))
		}
		t.add(v.name, phaseOf(v.seconds), fmt.Sprint(v.rounds), fmt.Sprint(n), three("alarm "), c.share("any"), c.share("refused"),
			three("held "), c.share("found "+factors[0]), c.share("found "+factors[2]))
	}
	return t.String()
}

// crossed simulates one run of the design, without any effect or with all of them, and judges it.
func crossed(s settings, c *tally, i int, rep uint64, real bool) {
	v := crossings[i]
	length := v.seconds
	var phases []model.Phase
	var loads, arms []string
	for round := range v.rounds {
		order := [][2]string{{"low", "A"}, {"low", "B"}, {"high", "B"}, {"high", "A"}}
		for k := range order {
			x := order[k]
			if round%2 == 1 {
				x = order[len(order)-1-k]
			}
			p := phase(fmt.Sprint(len(phases)), length, 1)
			if real {
				p.Scale = map[string]float64{"lowA": 1, "lowB": byIntervention, "highA": byLoad, "highB": byLoad * byIntervention * byBoth}[x[0]+x[1]]
			}
			phases, loads, arms = append(phases, p), append(loads, x[0]), append(arms, x[1])
		}
	}
	server, end := v.server, length*len(phases)
	server.Rate = 1
	server.Load = func(second int) float64 {
		return map[string]float64{"low": lowRate, "high": highRate}[loads[second/length]]
	}
	if server.Drift != nil {
		server.Drift = func(second int) float64 { return math.Log(1.1) * float64(second) / float64(end) }
	}
	run := model.Simulate(server, model.Rand(s.seed, rep), phases...)
	for k := range run.Phases {
		run.Phases[k].Load, run.Phases[k].Arm = loads[k], arms[k]
	}
	r, err := effect.Analyze(run, alone(effect.P95))
	if err != nil {
		panic(err) // the phases are a design
	}
	effects := []*effect.Effect{r.Primary(), &r.Factors.Load[0], &r.Factors.Interaction[0]}
	judgeFactors(c, effects, real)
}

// judgeFactors counts what came out.
func judgeFactors(c *tally, effects []*effect.Effect, real bool) {
	known, any := true, false
	for _, e := range effects {
		known, any = known && e.Verdict.Known(), any || e.Verdict.Changed()
	}
	c.note("refused", !known)
	if !known {
		return
	}
	if !real {
		c.note("any", any)
	}
	truths := []float64{byIntervention * math.Sqrt(byBoth), byLoad * math.Sqrt(byBoth), byBoth}
	for k, e := range effects {
		if real {
			c.note("held "+factors[k], e.Ratio.Contains(truths[k]))
			c.note("found "+factors[k], e.Verdict == effect.Worse)
		} else {
			c.note("alarm "+factors[k], e.Verdict.Changed())
		}
	}
}
