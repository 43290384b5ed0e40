package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// planned is how long every design takes, settling included, s.
const planned = 600

// noises are what a server may do over ten minutes. slow returns what is added to the log of its level by second;
// phase says in which phase a second lies.
var noises = []struct {
	name string
	tau  float64
	slow func(r *rand.Rand, phase func(second int) int) func(second int) float64
}{
	{"AR(1) 10 %, tau 5 s", 5, steady},
	{"AR(1) 10 %, tau 30 s", 30, steady},
	{"AR(1) 10 %, tau 300 s", 300, steady},
	{"tau 5 s, drift of 10 % in 600 s", 5, func(*rand.Rand, func(int) int) func(int) float64 {
		return func(second int) float64 { return math.Log(1.1) * float64(second) / planned }
	}},
	{"tau 5 s, random walk of 10 % in 600 s", 5, walk},
	{"tau 5 s, an offset of 3 % in each phase", 5, func(r *rand.Rand, phase func(int) int) func(int) float64 {
		offsets := make([]float64, 64)
		for i := range offsets {
			offsets[i] = .03 * r.NormFloat64()
		}
		return func(second int) float64 { return offsets[phase(second)] }
	}},
}

// steady adds nothing.
func steady(*rand.Rand, func(int) int) func(int) float64 { return nil }

// walk adds a random walk.
func walk(r *rand.Rand, _ func(int) int) func(int) float64 {
	at := make([]float64, planned)
	for i := 1; i < planned; i++ {
		at[i] = at[i-1] + .1/math.Sqrt(planned)*r.NormFloat64()
	}
	return func(second int) float64 { return at[second] }
}

// layouts are the designs.
var layouts = []struct {
	name   string
	phases int
	pairs  bool // whose order is drawn
}{
	{"A-B 2 x 300 s", 2, false},
	{"A-B-A 3 x 200 s", 3, false},
	{"6 pairs of 2 x 50 s", 12, true},
	{"10 pairs of 2 x 30 s", 20, true},
}

// treated draws whether each phase of a layout is the intervention.
func treated(r *rand.Rand, phases int, pairs bool) []bool {
	out := make([]bool, phases)
	for i := range out {
		switch {
		case i%2 == 1:
			out[i] = !out[i-1]
		case pairs:
			out[i] = r.IntN(2) == 0
		}
	}
	return out
}

// designs is the table of designs of ten minutes under different noise: false alarms, sd of the estimate, power.
func designs(s settings) string {
	t := &table{}
	head := []string{"noise"}
	for _, l := range layouts {
		head = append(head, l.name)
	}
	t.add(append(head, "randomisation test, 10 pairs", "A2 against A1 flagged")...)
	for i := range noises {
		row, c := []string{noises[i].name}, newTally()
		for k, l := range layouts {
			s.each(s.reps(1600), func(rep uint64) { laidOut(s, c, i, k, 1<<30+rep, 1) })
			s.each(s.reps(300), func(rep uint64) { laidOut(s, c, i, k, 1<<31+rep, 1.1) })
			_, sd := c.moments(l.name)
			row = append(row, fmt.Sprintf("%s / %s / %s", c.share(l.name+" alarm"), words("%.1f", 100*sd), c.share(l.name+" found")))
		}
		t.add(append(row, c.share("randomisation"), c.share("moved"))...)
	}
	return t.String()
}

// laidOut simulates one run of a design and compares it. scale is the intervention's.
func laidOut(s settings, c *tally, noise, layout int, rep uint64, scale float64) {
	l, r := layouts[layout], model.Rand(s.seed, rep)
	length := planned / l.phases
	var phases []model.Phase
	arms := treated(r, l.phases, l.pairs)
	for i, b := range arms {
		p := model.Phase{Name: fmt.Sprint(i), Seconds: length, Settle: settling, Scale: 1}
		if b {
			p.Scale = scale
		}
		phases = append(phases, p)
	}
	slow := noises[noise].slow(r, func(second int) int { return second / length })
	run := model.Simulate(model.Wobble{Rate: 60, Tau: noises[noise].tau, SD: .1, Drift: slow}, r, phases...)
	for i := range run.Phases {
		run.Phases[i].Arm = map[bool]string{false: "A", true: "B"}[arms[i]]
	}
	record(c, l.name, run, scale)
}

// record compares the arms of a run and counts what came out.
func record(c *tally, name string, run *report.Summary, scale float64) {
	r, err := effect.Analyze(run, alone(effect.P95))
	if err != nil {
		panic(err) // the arms are a design
	}
	e := r.Primary()
	if scale > 1 {
		c.note(name+" found", e.Verdict.Changed())
		return
	}
	if !e.Verdict.Known() {
		return
	}
	c.note(name+" alarm", e.Verdict.Changed())
	c.value(name, math.Log(e.Ratio.Estimate))
	if e.Pairs == 10 {
		c.note("randomisation", e.PValue <= .05)
	}
	if r.Moved != nil {
		c.note("moved", r.Moved.Verdict.Changed())
	}
}
