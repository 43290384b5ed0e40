package main

import (
	"fmt"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// same is the table of what an A-A run of half an hour says about a server, and what is true.
func same(s settings) string {
	t := &table{}
	t.add("server", "correlation time: seen in", "median", "interval holds it", "expected at 60 s", "true", "expected at 300 s", "true")
	for _, tau := range []float64{0, 5, 10, 30} {
		v := server{"independent", model.Wobble{Rate: 100}, 1, 1}
		if tau > 0 {
			v = server{fmt.Sprintf("AR(1) 10 %%, tau %.0f s", tau), model.Wobble{Rate: 100, Tau: tau, SD: .1}, 1, 1}
		}
		c := newTally()
		s.each(s.reps(100), func(rep uint64) { halfHour(s, c, v, tau, 1<<32+rep) })
		for _, seconds := range []int{60, 300} {
			s.each(s.reps(800), func(rep uint64) {
				e := between(v.pair(s, 1<<33+rep, seconds, 1), alone(effect.P95)).Primary()
				if e.Verdict.Known() {
					c.note(fmt.Sprint("alarm", seconds), e.Verdict.Changed())
				}
			})
		}
		expected := func(seconds int) string {
			mean, sd := c.moments(fmt.Sprint("expected", seconds))
			return fmt.Sprintf("%.1f ± %.1f", 100*mean, 100*sd)
		}
		t.add(v.name, c.share("seen")+" % of runs", words("%.1f s", c.median("tau")), c.share("held"),
			expected(60), c.share("alarm60"), expected(300), c.share("alarm300"))
	}
	return t.String()
}

// halfHour runs the A-A design for 2 x 900 s.
func halfHour(s settings, c *tally, v server, tau float64, rep uint64) {
	f := sameAA(v.pair(s, rep, 900, 1))
	c.note("seen", f.Tau != nil)
	if f.Tau != nil {
		c.value("tau", f.Tau.Estimate)
		if tau > 0 {
			c.note("held", f.Tau.Contains(tau))
		}
	}
	for _, w := range f.Windows {
		c.value(fmt.Sprint("expected", w.Seconds), w.Expected)
	}
}
