package main

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
	"github.com/gensim/load-generator/report/effect/internal/simulate/station"
)

// eight is M/M/8 with 25 requests per second a server.
var eight = station.Target{Servers: 8, Service: .04, Slower: .2, Share: .05}

// sought is a target whose capacity is sought.
type sought struct {
	name        string
	target      station.Target
	from, to    float64
	true, later float64 // in a search of 15 and of 30 minutes
}

// known is the true capacity.
func (x sought) known(minutes int) float64 {
	if minutes > 15 {
		return x.later
	}
	return x.true
}

// searched are the targets whose capacity is sought, with its true value. That of M/M/8 is from Erlang's formulae, those of
// the others are from a bisection with 40 runs of 4,000 s at each load. What collapses has a capacity for a time only: it is that of
// the longest hold, a minute in a search of 15 minutes and two in one of 30, by 4,000 of them at each load (Target.Held).
var searched = []sought{
	{"M/M/8", eight, 20, 2000, 180.46, 180.46},
	{"M/G/8, CV 1.5, AR(1) 10 % with tau 5 s", wobbling(5), 20, 2000, 155.07, 155.07},
	{"the same with tau 30 s", wobbling(30), 20, 2000, 152.04, 152.04},
	{"at most 24 in it, others refused", limited(), 20, 2000, 191.73, 191.73},
	{"slower the more are in it, collapses", collapsing(), 20, 2000, 155.2, 153},
	{"users, think time 1 s", thinking(), 10, 2000, 206.7, 206.7},
}

func wobbling(tau float64) station.Target {
	t := eight
	t.CV, t.SlowTau, t.SlowSD = 1.5, tau, .1
	return t
}

func limited() station.Target {
	t := eight
	t.Slots = 24
	return t
}

func collapsing() station.Target {
	t := eight
	t.Crowded = .01
	return t
}

func thinking() station.Target {
	t := eight
	t.Think = 1
	return t
}

// elsewhere are targets that the method was not made on, with their true capacity by the same bisection.
var elsewhere = []sought{
	at("CV 1.5, AR(1) 10 % with tau 10 s", 153.86, func(t *station.Target) { t.CV, t.SlowTau, t.SlowSD = 1.5, 10, .1 }),
	at("CV 3", 139.92, func(t *station.Target) { t.CV = 3 }),
	at("CV 0.5", 188.59, func(t *station.Target) { t.CV = .5 }),
	at("2 servers", 32.902, func(t *station.Target) { t.Servers = 2 }),
	at("32 servers", 779.34, func(t *station.Target) { t.Servers = 32 }),
	at("p99 < 300 ms", 181.72, func(t *station.Target) { t.Share, t.Slower = .01, .3 }),
	at("p99 < 500 ms, CV 1.5, tau 5 s", 162.3, func(t *station.Target) { t.Share, t.Slower, t.CV, t.SlowTau, t.SlowSD = .01, .5, 1.5, 5, .1 }),
	at("failures < 1 %, at most 24 in it", 174.81, func(t *station.Target) { t.Share, t.Slower, t.Slots = .01, 1e9, 24 }),
	at("users, CV 1.5, tau 10 s", 182.05, func(t *station.Target) { t.Think, t.CV, t.SlowTau, t.SlowSD = 1, 1.5, 10, .1 }),
	{"4 servers of 2.5/s each, p95 < 2 s", station.Target{Servers: 4, Service: .4, Slower: 2, Share: .05}, 1, 100, 8.1656, 8.1656},
}

// at is a target that differs from M/M/8.
func at(name string, known float64, change func(*station.Target)) sought {
	t := eight
	change(&t)
	return sought{name, t, 10, 2000, known, known}
}

// others is the table of searches elsewhere.
func others(s settings) string {
	s.seed += 2
	t := &table{}
	t.add("target", "true", "**bias**", "sd", "**interval holds it**", "half-width", "no answer", "no limit")
	for i, x := range elsewhere {
		c := newTally()
		s.each(s.reps(200), func(rep uint64) { x.seek(s, c, 15, uint64(i)<<32+rep) })
		mean, sd := c.moments("found")
		t.add(x.name, fmt.Sprintf("%.4g", x.true), fmt.Sprintf("**%+.1f %%**", 100*mean), fmt.Sprintf("%.1f %%", 100*sd),
			"**"+c.share("covered")+"**", words("%.1f %%", 100*c.median("width")), c.share("none"), c.share("open"))
	}
	return t.String()
}

// capacities is the table of searches.
func capacities(s settings) string {
	t := &table{}
	t.add("target", "true", "search", "**bias**", "sd", "**interval holds it**", "half-width", "no answer", "no limit", "holds", "floods")
	for i := range searched {
		for _, minutes := range []int{15, 30} {
			c := newTally()
			x := searched[i]
			s.each(s.reps(200), func(rep uint64) { x.seek(s, c, minutes, uint64(i)<<32+rep) })
			known := x.known(minutes)
			mean, sd := c.moments("found")
			t.add(x.name, fmt.Sprintf("%.4g", known), fmt.Sprintf("%d min", minutes), fmt.Sprintf("**%+.1f %%**", 100*mean), fmt.Sprintf("%.1f %%", 100*sd),
				"**"+c.share("covered")+"**", words("%.1f %%", 100*c.median("width")), c.share("none"), c.share("open"), words("%.0f", c.median("holds")), words("%.0f", c.median("floods")))
		}
	}
	return t.String()
}

// seek searches once.
func (x sought) seek(s settings, c *tally, minutes int, rep uint64) {
	search := capacity.Search{Limit: x.target.Share, From: x.from, To: x.to, Users: x.target.Think > 0, Time: time.Duration(minutes) * time.Minute}
	holds := x.target.New(model.Rand(s.seed, rep)).Search(search)
	r := search.Estimate(holds)
	c.note("none", r.Outcome != capacity.Found)
	if r.Outcome != capacity.Found {
		return
	}
	floods, known := 0.0, x.known(minutes)
	for _, p := range r.Curve {
		floods += float64(p.Flooded)
	}
	c.value("found", r.Capacity/known-1)
	c.note("covered", r.Low <= known && known <= r.High)
	c.note("open", r.Low == 0 || math.IsInf(r.High, 1))
	c.value("width", (r.High-r.Low)/2/known)
	c.value("holds", float64(r.Holds))
	c.value("floods", floods)
}
