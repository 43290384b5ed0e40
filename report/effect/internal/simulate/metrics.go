package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/simulate/naive"
)

// restless is a server on which everything wobbles: level, arrivals and failures.
var restless = server{"restless", model.Wobble{
	Rate: 100, Tau: 5, SD: .1, ArrivalTau: 10, ArrivalSD: .2, ErrorShare: .02, ErrorTau: 5, ErrorSD: 1,
}, 1.1, 1}

// allMetrics are judged one by one.
var allMetrics = []effect.Metric{effect.P50, effect.P95, effect.Mean, effect.Failures, effect.Throughput, effect.Exceedance}

// metrics is the table of all metrics under noise in everything.
func metrics(s settings) string {
	t := &table{}
	columns := []string{"p50", "p95", "p95, ms", "mean", "mean withheld", "failures", "throughput", "exceedance", "any at 95 %", "any as judged", "binomial, failures", "Poisson, throughput"}
	t.add(slices.Insert(columns, 0, "T (counts)")...)
	for _, seconds := range durations {
		c := newTally()
		s.each(s.reps(400), func(rep uint64) { everyMetric(s, c, 1<<21+rep, seconds) })
		t.add(slices.Insert(c.shares(columns...), 0, phaseOf(seconds))...)
	}
	return t.String()
}

// everyMetric judges each metric of two equal phases.
func everyMetric(s settings, c *tally, rep uint64, seconds int) {
	run := restless.pair(s, rep, seconds, 1)
	any95 := false
	for _, m := range allMetrics {
		e := c.judge(run, m)
		any95 = any95 || e.Verdict.Changed()
		switch {
		case m == effect.Mean:
			c.note("mean withheld", e.Verdict == effect.NotEstimable)
		case m == effect.P95 && e.Verdict.Known():
			c.note("p95, ms", !e.Difference.Contains(0))
		}
	}
	c.note("any at 95 %", any95)
	c.note("any as judged", slices.ContainsFunc(between(run, effect.Options{}).Effects, func(e effect.Effect) bool { return e.Verdict.Changed() }))
	a, b := samples(run)
	c.note("binomial, failures", naive.Binomial(a, b))
	c.note("Poisson, throughput", naive.Poisson(a, b))
}

// thin is the table of few requests.
func thin(s settings) string {
	t := &table{}
	t.add("requests/s", "T (counts)", "p95: false alarms", "coverage of +10 %", "no interval", "p50: false alarms", "no interval", "p99: no interval")
	for _, perSecond := range []float64{1, 2.6, 10} {
		for _, seconds := range durations {
			v, c := server{"thin", model.Wobble{Rate: perSecond, Tau: 5, SD: .1}, 1.1, 1}, newTally()
			s.each(s.reps(1000), func(rep uint64) { few(s, c, v, 1<<22+rep, seconds) })
			t.add(fmt.Sprint(perSecond), phaseOf(seconds), c.share("p95"), c.share("covered"), c.share("p95 refused"),
				c.share("p50"), c.share("p50 refused"), c.share("p99 refused"))
		}
	}
	return t.String()
}

// few judges quantiles of few requests.
func few(s settings, c *tally, v server, rep uint64, seconds int) {
	run := v.pair(s, rep, seconds, 1)
	for _, m := range judged {
		c.judge(run, m)
	}
	e := between(v.pair(s, 1<<23+rep, seconds, 1.1), alone(effect.P95)).Primary()
	if e.Verdict.Known() {
		c.note("covered", e.Ratio.Contains(1.1))
	}
}

// mde is the table that holds the smallest effect that runs say they would find against how often they find it.
func mde(s settings) string {
	t := &table{}
	t.add("T (counts)", "mean reported", "sd over runs", "found at that size")
	for _, seconds := range durations {
		v, c := servers[1], newTally()
		s.each(s.reps(400), func(rep uint64) {
			e := between(v.pair(s, 1<<24+rep, seconds, 1), alone(effect.P95)).Primary()
			if !e.Verdict.Known() || e.MDE == 0 {
				return
			}
			c.value("mde", e.MDE)
			again := between(v.pair(s, 1<<25+rep, seconds, 1+e.MDE), alone(effect.P95)).Primary()
			if again.Verdict.Known() {
				c.note("found", again.Verdict.Changed())
			}
		})
		mean, sd := c.moments("mde")
		t.add(phaseOf(seconds), words("%.1f %%", 100*mean), words("%.1f", 100*sd), c.share("found")+" %")
	}
	return t.String()
}

// settle is the table of phases that count as not settled.
func settle(s settings) string {
	t := &table{}
	t.add("server", "phase", "bias of p95", "MSER-5 alone", "trend alone", "**both: withheld**")
	for _, v := range servers {
		for _, seconds := range []int{75, 315} {
			v.settled(s, t, seconds, 0)
		}
	}
	for _, decay := range []float64{10, 30, 60} {
		for _, seconds := range []int{120, 300} {
			v := server{fmt.Sprintf("tau 5 s, x3 at the start, decaying with %.0f s", decay), model.Wobble{
				Rate: 100, Tau: 5, SD: .1,
				Drift: func(second int) float64 { return math.Log1p(2 * math.Exp(-float64(second)/decay)) },
			}, 1, 1}
			v.settled(s, t, seconds, decay)
		}
	}
	return t.String()
}

// settled looks at one phase of a server. decay is that of its transient; 0: it has none.
func (v server) settled(s settings, t *table, seconds int, decay float64) {
	settle := max(settling, seconds/10)
	limit := float64(settle) + .2*float64(seconds)
	c := newTally()
	s.each(s.reps(300)/v.heavy, func(rep uint64) {
		run := model.Simulate(v.model, model.Rand(s.seed, 1<<26+rep),
			model.Phase{Name: phaseA, Seconds: seconds, Settle: settle, Scale: 1},
			model.Phase{Name: phaseB, Seconds: 1, Scale: 1})
		p := between(run, alone(effect.P95)).Phases[0]
		c.note("mser", p.MSERCutS > limit)
		c.note("trend", p.Trend > .95)
		c.note("both", p.MSERCutS > limit && p.Trend > .95)
		c.value("p95", naive.NewSample(&run.Intervals[0], settle).Quantile(.95)/80.49e6)
	})
	bias := "0"
	if decay > 0 {
		bias = words("%+.0f %%", 100*(c.median("p95")/1.01-1)) // the wobble itself adds 1 % to the pooled p95
	}
	t.add(v.name, fmt.Sprintf("%d s, %d of them settling", seconds, settle), bias, c.share("mser"), c.share("trend"), "**"+c.share("both")+"**")
}
