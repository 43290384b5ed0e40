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

// capacities is the table of searches.
func capacities(s settings) string {
	t := &table{}
	t.add("target", "true", "search", "**bias**", "sd", "**interval holds it**", "half-width", "no answer", "no limit", "holds", "floods")
	for i := range searched {
		for _, minutes := range []int{15, 30} {
			c := newTally()
			s.each(s.reps(200), func(rep uint64) { seek(s, c, i, minutes, rep) })
			x := searched[i]
			known := x.known(minutes)
			mean, sd := c.moments("found")
			t.add(x.name, fmt.Sprintf("%.4g", known), fmt.Sprintf("%d min", minutes), fmt.Sprintf("**%+.1f %%**", 100*mean), fmt.Sprintf("%.1f %%", 100*sd),
				"**"+c.share("covered")+"**", words("%.1f %%", 100*c.median("width")), c.share("none"), c.share("open"), words("%.0f", c.median("holds")), words("%.0f", c.median("floods")))
		}
	}
	return t.String()
}

// seek searches once.
func seek(s settings, c *tally, i, minutes int, rep uint64) {
	x := searched[i]
	search := capacity.Search{Limit: x.target.Share, From: x.from, To: x.to, Users: x.target.Think > 0, Time: time.Duration(minutes) * time.Minute}
	holds := x.target.New(model.Rand(s.seed, uint64(i)<<32+rep)).Search(search)
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
