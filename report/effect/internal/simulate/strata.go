package main

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// menus are servers whose operations take different times. Times are in seconds.
var menus = []struct {
	name   string
	server model.Menu
}{
	{"4 operations, a slow one of 8 %", model.Menu{Rate: 100, Operations: fourOperations}},
	{"the same, AR(1) 10 %, tau 5 s", model.Menu{Rate: 100, Tau: 5, SD: .1, Operations: fourOperations}},
	{"2 operations, AR(1) 10 %, tau 5 s", model.Menu{Rate: 100, Tau: 5, SD: .1, Operations: []model.Operation{
		{Name: "read", Share: .94, Median: .03, Sigma: .5}, {Name: "write", Share: .06, Median: .2, Sigma: .5}}}},
	{"the to-do mix, a slow delete", model.Menu{Rate: 100, Operations: []model.Operation{
		{Name: "list", Share: .4, Median: .04, Sigma: .45}, {Name: "create", Share: .3, Median: .03, Sigma: .45}, {Name: "update", Share: .15, Median: .03, Sigma: .45},
		{Name: "complete", Share: .1, Median: .03, Sigma: .45}, {Name: "delete", Share: .05, Median: .2, Sigma: .45}}}},
	{"the to-do mix, all alike", model.Menu{Rate: 100, Operations: []model.Operation{
		{Name: "list", Share: .4, Median: .04, Sigma: .45}, {Name: "create", Share: .3, Median: .04, Sigma: .45}, {Name: "update", Share: .15, Median: .04, Sigma: .45},
		{Name: "complete", Share: .1, Median: .04, Sigma: .45}, {Name: "delete", Share: .05, Median: .04, Sigma: .45}}}},
	{"one operation", model.Menu{Rate: 100, Operations: []model.Operation{{Name: "all", Share: 1, Median: .03, Sigma: .5}}}},
}

// fourOperations have a slow one.
var fourOperations = []model.Operation{
	{Name: "a", Share: .5, Median: .02, Sigma: .4}, {Name: "b", Share: .27, Median: .03, Sigma: .4},
	{Name: "c", Share: .15, Median: .04, Sigma: .4}, {Name: "d", Share: .08, Median: .3, Sigma: .4},
}

// stratified are the metrics of the table.
var stratified = []effect.Metric{effect.Mean, effect.P95}

// strata is the table of effects that are weighted to one mix of operations, against those of the requests as they came.
func strata(s settings) string {
	t := &table{}
	t.add("server", "metric", "T", "runs", "false alarms: as it came", "**weighted**", "coverage of +10 %: as it came", "**weighted**",
		"found: as it came", "**weighted**", "half-width, part of that as it came", "sd of the estimate, the same")
	for i, v := range menus {
		for _, seconds := range []int{75, 334} {
			n, c := s.reps(200), newTally()
			s.each(n, func(rep uint64) { weighed(s, c, i, 1<<37+rep, seconds, 1) })
			s.each(n, func(rep uint64) { weighed(s, c, i, 1<<38+rep, seconds, 1.1) })
			for _, m := range stratified {
				raw, own := string(m)+" raw", string(m)
				_, sd := c.moments(own)
				_, other := c.moments(raw)
				covered := func(of string) string { return c.share(of + " held") }
				t.add(v.name, own, phaseOf(seconds), fmt.Sprint(n), c.share(raw+" alarm"), "**"+c.share(own+" alarm")+"**",
					covered(raw), "**"+covered(own)+"**", c.share(raw+" found"), "**"+c.share(own+" found")+"**",
					words("%.2f", c.median(own+" width")), words("%.2f", sd/other))
			}
		}
	}
	return t.String()
}

// weighed judges a run of two phases both ways.
func weighed(s settings, c *tally, i int, rep uint64, seconds int, scale float64) {
	v := server{menus[i].name, menus[i].server, scale, 1}
	run := v.pair(s, rep, seconds, scale)
	for _, m := range stratified {
		o := alone(m)
		own := between(run, o).Primary()
		o.Raw = true
		raw := between(run, o).Primary()
		if !own.Verdict.Known() || !raw.Verdict.Known() {
			continue
		}
		if width := halfWidth(own) / halfWidth(raw); !math.IsNaN(width) {
			c.value(string(m)+" width", width)
		}
		for name, e := range map[string]*effect.Effect{string(m): own, string(m) + " raw": raw} {
			if scale == 1 {
				c.note(name+" alarm", e.Verdict.Changed())
				c.value(name, e.Change().Estimate)
				continue
			}
			c.note(name+" found", e.Verdict.Changed())
			c.note(name+" held", e.Ratio.Contains(scale))
		}
	}
}

// halfWidth is that of the change.
func halfWidth(e *effect.Effect) float64 { return e.Change().High - e.Change().Low }
