package model

import (
	"math"
	"math/rand/v2"
)

// Menu is a server with several operations. Arrivals are Poisson, each for an operation by its share; response times are
// lognormal about the operation's median, and the level of all of them goes up and down as that of a Wobble does.
type Menu struct {
	Rate       float64 // requests per second
	Tau        float64 // correlation time of the level, s; 0: requests are independent
	SD         float64 // of the log of the level
	Operations []Operation
	// Turn is the factor on the share of the last operation by second; nil: none.
	Turn func(second int) float64
}

// Operation is one of a Menu.
type Operation struct {
	Name   string
	Share  float64 // of the requests; all together 1
	Median float64 // s
	Sigma  float64 // of the log
	Failed float64 // share that fails
}

// Run implements Server.
func (m Menu) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	level := newWave(r, m.Tau)
	for s := range end {
		factor := scale(s) * math.Exp(m.SD*level.next(r))
		turn := 1.0
		if m.Turn != nil {
			turn = m.Turn(s)
		}
		for at := r.ExpFloat64() / m.Rate; at < 1; at += r.ExpFloat64() / m.Rate {
			op := m.choose(r, turn)
			emit(Request{At: float64(s) + at, Took: factor * op.Median * math.Exp(op.Sigma*r.NormFloat64()), Failed: r.Float64() < op.Failed, Operation: op.Name})
		}
	}
}

// choose draws an operation; the share of the last one is turn times as large.
func (m Menu) choose(r *rand.Rand, turn float64) Operation {
	last := m.Operations[len(m.Operations)-1]
	if r.Float64() < turn*last.Share {
		return last
	}
	u := r.Float64() * (1 - last.Share)
	for _, op := range m.Operations {
		if u -= op.Share; u < 0 {
			return op
		}
	}
	return m.Operations[0]
}
