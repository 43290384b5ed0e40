package main

import (
	"fmt"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// same is the table of what an A-A run of half an hour and one of two hours say about a server, and what is true.
func same(s settings) string {
	t := &table{}
	t.add("server", "A-A", "correlation time: seen in", "median", "interval holds it", "expected at 75 s", "true", "expected at 334 s", "true")
	list := []foretold{{server{"independent", model.Wobble{Rate: 100}, 1, 1}, 0}}
	for _, tau := range []float64{5, 10, 30} {
		list = append(list, foretold{server{fmt.Sprintf("AR(1) 10 %%, tau %.0f s", tau), model.Wobble{Rate: 100, Tau: tau, SD: .1}, 1, 1}, tau})
	}
	for _, v := range hardServers {
		if v.twoScales {
			list = append(list, foretold{v.server, 0})
		}
	}
	for _, v := range list {
		c := newTally()
		for _, seconds := range []int{75, 334} {
			s.each(s.reps(800), func(rep uint64) {
				e := between(v.pair(s, 1<<33+rep, seconds, 1), alone(effect.P95)).Primary()
				if e.Verdict.Known() {
					c.note(fmt.Sprint("alarm", seconds), e.Verdict.Changed())
				}
			})
		}
		for _, each := range []int{900, 3600} {
			v.row(s, t, c, each)
		}
	}
	return t.String()
}

// foretold is a server with its correlation time, s; 0: it has none, or several.
type foretold struct {
	server
	tau float64
}

// row foretells from A-A runs of two phases of a length; c has the truth.
func (v foretold) row(s settings, t *table, c *tally, each int) {
	of := newTally()
	s.each(s.reps(100*900/each), func(rep uint64) { sameSame(s, of, v.server, v.tau, 1<<32+rep, each) })
	expected := func(seconds int) string {
		mean, sd := of.moments(fmt.Sprint("expected", seconds))
		return fmt.Sprintf("%.1f ± %.1f", 100*mean, 100*sd)
	}
	t.add(v.name, fmt.Sprintf("2 x %d s", each), of.share("seen")+" % of runs", words("%.1f s", of.median("tau")), of.share("held"),
		expected(75), c.share("alarm75"), expected(334), c.share("alarm334"))
}

// sameSame runs the A-A design for two phases of a length.
func sameSame(s settings, c *tally, v server, tau float64, rep uint64, each int) {
	f := sameAA(v.pair(s, rep, each, 1))
	c.note("seen", f.Tau != nil)
	if f.Tau != nil {
		c.value("tau", f.Tau.Estimate)
		if tau > 0 {
			c.note("held", f.Tau.Contains(tau))
		}
	}
	for _, w := range f.Windows {
		c.value(fmt.Sprint("expected", w.PhaseS), w.Expected)
	}
}
