package main

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// The course of a simulated disruption, s.
const (
	beforeS = 135 // 120 of them usable
	afterS  = 180
)

// recoveries are ways to come back from five times the usual level. level is the factor at a time after the
// end of the disruption; reach is when it falls to a factor.
var recoveries = []struct {
	name  string
	rate  float64
	level func(s float64) float64
	reach func(factor float64) float64
}{
	{"at once, 60/s", 60, flat(1), instantly},
	{"exponential 3 s, 60/s", 60, decay(3), decayed(3)},
	{"exponential 10 s, 60/s", 60, decay(10), decayed(10)},
	{"exponential 30 s, 60/s", 60, decay(30), decayed(30)},
	{"linear in 40 s, 60/s", 60, func(s float64) float64 { return 1 + 4*max(0, 1-s/40) },
		func(factor float64) float64 { return 40 * (1 - (factor-1)/4) }},
	{"exponential 3 s, 300/s", 300, decay(3), decayed(3)},
	{"exponential 10 s, 300/s", 300, decay(10), decayed(10)},
	{"exponential 3 s, twice the level again from 60 to 80 s, 60/s", 60, func(s float64) float64 {
		if s >= 60 && s < 80 {
			return 2
		}
		return decay(3)(s)
	}, decayed(3)},
	{"never (twice the level), 60/s", 60, flat(2), nil},
}

// flat is a level that stays.
func flat(level float64) func(float64) float64 { return func(float64) float64 { return level } }

// instantly is reached at once.
func instantly(float64) float64 { return 0 }

// decay falls exponentially from 5 to 1.
func decay(tau float64) func(float64) float64 {
	return func(s float64) float64 { return 1 + 4*math.Exp(-s/tau) }
}

// decayed says when decay falls to a factor.
func decayed(tau float64) func(float64) float64 {
	return func(factor float64) float64 { return max(0, -tau*math.Log((factor-1)/4)) }
}

// recoveryTimes is the table of recovery times.
func recoveryTimes(s settings) string {
	t := &table{}
	t.add("recovery", "true (median)", "**bias / coverage**", "median width", "not recovered", "relapses", "first second under: bias", "last second over: bias")
	for i := range recoveries {
		c := newTally()
		s.each(s.reps(300), func(rep uint64) { disrupt(s, c, i, 1<<34+rep) })
		t.add(recoveries[i].name, words("%.0f s", c.median("true")),
			fmt.Sprintf("**%s / %s**", words("%+.1f s", c.median("error")), c.share("covered")), words("%.0f s", c.median("width")),
			c.share("not recovered"), c.share("relapsed"), words("%+.0f s", c.median("first")), words("%+.0f s", c.median("last")))
	}
	return t.String()
}

// disrupt simulates one disruption.
func disrupt(s settings, c *tally, i int, rep uint64) {
	v := recoveries[i]
	run := model.Simulate(model.Wobble{Rate: v.rate, Tau: 5, SD: .1, Drift: func(second int) float64 {
		if second < beforeS {
			return 0
		}
		return math.Log(v.level(float64(second-beforeS) + .5))
	}}, model.Rand(s.seed, rep),
		model.Phase{Name: phaseA, Seconds: beforeS, Settle: settling, Scale: 1},
		model.Phase{Name: phaseB, Seconds: afterS, Scale: 1})
	r, err := recovery.Analyze(effect.Phase{Run: run, Name: phaseA}, effect.Phase{Run: run, Name: phaseB}, recovery.Options{Seed: rep})
	if err != nil {
		panic(err) // the phases are there
	}
	c.note("not recovered", !r.Recovered)
	if v.reach == nil {
		return
	}
	// The band is part of the definition, so the truth goes by the band of the run.
	at := v.reach(r.Band / r.Baseline)
	c.value("true", at)
	c.value("error", r.AfterS-at)
	c.value("width", r.HighS-r.LowS)
	// Times are whole seconds.
	c.note("covered", r.LowS-1 <= at && at <= r.HighS+1)
	c.note("relapsed", len(r.Relapses) > 0)
	after := naive.NewSample(&run.Intervals[1], 0)
	limit := naive.LogNS(r.Baseline * 1.1)
	c.value("first", float64(after.FirstUnder(.95, limit))-v.reach(1.1))
	c.value("last", float64(after.LastOver(.95, limit))-v.reach(1.1))
}
