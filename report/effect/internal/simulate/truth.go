package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
)

// judged are the quantiles of the table of coverage.
var judged = []effect.Metric{effect.P50, effect.P95, effect.P99}

// truth is the table of coverage and power with a real effect.
func truth(s settings) string {
	t := &table{}
	t.add("server", "true p95", "T (counts)", "runs", "p50", "**p95**", "p95, ms", "p95, own variances", "p99", "p99 refused", "median p95", "**power p95**", "bootstrap over requests", "Welch on 1-s p95")
	for _, v := range servers {
		ratios, gap := v.ratios(s, .50, .95, .99)
		for _, seconds := range durations {
			n, c := v.replications(s, seconds), newTally()
			s.each(n, func(rep uint64) { v.cover(s, c, 1<<20+rep, seconds, ratios, gap) })
			t.add(v.name, fmt.Sprintf("%+.1f %%", 100*(ratios[1]-1)), phaseOf(seconds), fmt.Sprint(n),
				c.share("p50"), "**"+c.share("p95")+"**", c.share("ms"), c.share("own"), c.share("p99"), c.share("p99 refused"),
				words("%+.1f %%", 100*(c.median("p95")-1)), "**"+c.share("power")+"**", c.share(methods[0]), c.share(methods[3]))
		}
	}
	return t.String()
}

// cover compares two phases that differ.
func (v server) cover(s settings, c *tally, rep uint64, seconds int, ratios []float64, gap float64) {
	run := v.pair(s, rep, seconds, v.scale)
	for i, m := range judged {
		e := between(run, alone(m)).Primary()
		c.note(string(m)+" refused", !e.Verdict.Known())
		if m == effect.P95 {
			c.note("power", e.Verdict.Changed())
		}
		if e.Verdict.Known() {
			c.note(string(m), e.Ratio.Contains(ratios[i]))
			c.value(string(m), e.Ratio.Estimate)
		}
		if m == effect.P95 && e.Verdict.Known() {
			c.note("ms", e.Difference.Contains(gap))
		}
	}
	if own, ok := naive.OwnVariances(run, phaseA, phaseB, .95); ok {
		c.note("own", !own.Excludes(math.Log(ratios[1])))
	}
	a, b := samples(run)
	r := rand.New(rand.NewPCG(s.seed, rep))
	c.note(methods[0], !naive.OverRequests(r, a, b, .95).Excludes(math.Log(ratios[1])))
	c.note(methods[3], !naive.WelchOfSeconds(a, b, .95).Excludes(math.Log(ratios[1])))
}
