package main

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// hardServer is a server whose noise is of another kind than one slow swing.
type hardServer struct {
	server
	twoScales bool // its noise has a slower time scale than the one that is seen first
}

// swung is the usual slow swing under what is hard.
var swung = model.Wobble{Rate: 100, Tau: 5, SD: .1}

// hardServers are those of the table.
var hardServers = []hardServer{
	{server{"two time scales: tau 5 s, 10 %, and tau 100 s, 7 %", model.Swinging{Server: swung, Tau: 100, SD: .07}, 1.1, 1}, true},
	{server{"another level every 60 s, 10 %", model.Stepping{Server: model.Wobble{Rate: 100}, Every: 60, SD: .1}, 1.1, 1}, true},
	{server{"the same, slower for 10 s after each", model.Stepping{Server: model.Wobble{Rate: 100}, Every: 60, SD: .1, Cold: 10}, 1.1, 1}, true},
	{server{"two humps: one request in 5 takes 10 times as long", model.Humped{Server: swung, Share: .2, Factor: 10}, 1.1, 1}, false},
	{server{"two humps, p95 between them", model.Humped{Server: swung, Share: .05, Factor: 10}, 1.1, 1}, false},
	{server{"heavy tail: Pareto, exponent 1.5", model.Tailed{Server: swung, Alpha: 1.5}, 1.1, 1}, false},
}

// hard is the table of these servers: false alarms, coverage and power, and how often the report doubts the interval itself.
func hard(s settings) string {
	t := &table{}
	t.add("server", "T (counts)", "runs", "p50: false alarms", "coverage", "**p95: false alarms**", "no interval", "**coverage**", "power",
		"median p95 where called", "doubted, of all", "of the false alarms")
	for _, v := range hardServers {
		for _, seconds := range durations {
			n, c := v.replications(s, seconds), newTally()
			s.each(n, func(rep uint64) { v.hard(s, c, rep, seconds) })
			t.add(v.name, phaseOf(seconds), fmt.Sprint(n), c.share("p50"), c.share("held p50"), "**"+c.share("p95")+"**", c.share("p95 refused"),
				"**"+c.share("held p95")+"**", c.share("power"), words("%+.0f %%", 100*(c.median("called")-1)), c.share("doubted"),
				fmt.Sprintf("%d of %d", c.hit["doubted alarm"], c.of["doubted alarm"]))
		}
	}
	return t.String()
}

// hard compares two equal phases, and two that differ by the server's scale.
func (v server) hard(s settings, c *tally, rep uint64, seconds int) {
	equal, differ := v.pair(s, 1<<42+rep, seconds, 1), v.pair(s, 1<<43+rep, seconds, v.scale)
	for _, m := range []effect.Metric{effect.P50, effect.P95} {
		e := c.judge(equal, m)
		r := between(differ, alone(m))
		d := r.Primary()
		if d.Verdict.Known() {
			c.note("held "+string(m), d.Ratio.Contains(v.scale))
		}
		if m != effect.P95 {
			continue
		}
		c.note("power", d.Verdict.Changed())
		if d.Verdict.Changed() {
			c.value("called", d.Ratio.Estimate)
		}
		if e.Verdict.Known() {
			doubted := doubts(between(equal, alone(m)))
			c.note("doubted", doubted)
			if e.Verdict.Changed() {
				c.note("doubted alarm", doubted)
			}
		}
	}
}

// doubts reports whether the sentence on the server's swings says that the phases may be too short for them.
func doubts(r *effect.Report) bool {
	return r.Swings != nil && r.Swings.Tau != nil && r.Swings.TimesLow < 30
}

// carry is the table of an intervention that adds 50 % and lingers in the phases after it, in ten pairs.
func carry(s settings) string {
	t := &table{}
	t.add("fades with", "T (counts)", "runs", "median of what is measured", "**coverage**", "warned")
	for _, tau := range []float64{0, 5, 10, 20} {
		for _, seconds := range []int{45, 90} {
			c, n := newTally(), s.reps(100)
			s.each(n, func(rep uint64) { lingered(s, c, 1<<44+rep, tau, seconds) })
			t.add(words("%.0f s", tau), phaseOf(seconds), fmt.Sprint(n), words("%+.0f %%", 100*(c.median("measured")-1)), "**"+c.share("held")+"**", c.share("warned"))
		}
	}
	return t.String()
}

// lingered simulates ten pairs of phases whose intervention fades with tau, s; 0: at once.
func lingered(s settings, c *tally, rep uint64, tau float64, seconds int) {
	const scale = 1.5
	r := model.Rand(s.seed, rep)
	arms := treated(r, 20, true)
	var phases []model.Phase
	for i, b := range arms {
		p := phase(fmt.Sprint(i), seconds, 1)
		if b {
			p.Scale = scale
		}
		phases = append(phases, p)
	}
	target := model.Server(model.Wobble{Rate: 60, Tau: 5, SD: .1})
	if tau > 0 {
		target = model.Lingering{Server: target, Tau: tau}
	}
	run := model.Simulate(target, r, phases...)
	for i := range run.Phases {
		run.Phases[i].Arm = map[bool]string{false: "A", true: "B"}[arms[i]]
	}
	of, err := effect.Analyze(run, alone(effect.P95))
	if err != nil {
		panic(err) // the arms are pairs
	}
	e := of.Primary()
	c.note("held", e.Ratio.Contains(scale))
	c.value("measured", e.Ratio.Estimate)
	c.note("warned", len(of.Warnings) > 0 && strings.HasPrefix(of.Warnings[0], "Carry-over"))
}
