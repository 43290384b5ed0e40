package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
)

// methods are the usual ones, for the columns of the alarms.
var methods = []string{"bootstrap over requests", "Mann-Whitney", "order statistics", "Welch on 1-s p95", "blocks sqrt(T)"}

// alarms is the table of false alarms on p95 in A/A runs.
func alarms(s settings) string {
	t := &table{}
	t.add(slices.Concat([]string{"server", "tau", "T (counts)", "counts/tau", "runs", "**effect**", "no interval", "own variances"}, methods)...)
	for _, v := range servers {
		tau := v.tau(s)
		for _, seconds := range durations {
			n := v.replications(s, seconds)
			c := newTally()
			s.each(n, func(rep uint64) { v.alarm(s, c, rep, seconds) })
			row := []string{v.name, words("%.1f s", tau), phaseOf(seconds), words("%.0f", float64(seconds-settles(seconds))/tau), fmt.Sprint(n),
				"**" + c.share("p95") + "**", c.share("p95 refused"), c.share("own")}
			t.add(slices.Concat(row, c.shares(methods...))...)
		}
	}
	return t.String()
}

// alarm compares two equal phases by every method.
func (v server) alarm(s settings, c *tally, rep uint64, seconds int) {
	run := v.pair(s, rep, seconds, 1)
	c.judge(run, effect.P95)
	if own, ok := naive.OwnVariances(run, phaseA, phaseB, .95); ok {
		c.note("own", own.Excludes(0))
	}
	a, b := samples(run)
	r := rand.New(rand.NewPCG(s.seed, rep))
	c.note(methods[0], naive.OverRequests(r, a, b, .95).Excludes(0))
	c.note(methods[1], naive.MannWhitney(a, b))
	c.note(methods[2], naive.OrderStatistics(a, b, .95).Excludes(0))
	c.note(methods[3], naive.WelchOfSeconds(a, b, .95).Excludes(0))
	c.note(methods[4], naive.Blocks(r, a, b, .95).Excludes(0))
}
