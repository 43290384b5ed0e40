package model

import (
	"math"
	"math/rand/v2"
)

// The servers of this file do something to another one that makes its noise harder to judge. Each multiplies
// times, so that a factor on service times is still one on every quantile.

// Swinging is a server with another, slow swing: the log of its level has a first-order autoregression with
// correlation time Tau added. On a Wobble it makes noise of two time scales.
type Swinging struct {
	Server
	Tau float64 // s
	SD  float64 // of the log of the level
}

// Run implements Server.
func (m Swinging) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	wave, factor := newWave(r, m.Tau), make([]float64, end)
	for s := range factor {
		factor[s] = math.Exp(m.SD * wave.next(r))
	}
	m.Server.Run(r, end, func(s int) float64 { return factor[s] * scale(s) }, emit)
}

// Stepping is a server whose level jumps every Every seconds, as one does with jobs that come and go, deployments or
// neighbours, and is cold for a while after each jump: its times are longer by half at first, which fades.
type Stepping struct {
	Server
	Every int     // s
	SD    float64 // of the log of the level
	Cold  float64 // time constant of what is longer, s; 0: nothing
}

// coldFactor is how much longer times are just after a step.
const coldFactor = 1.5

// Run implements Server.
func (m Stepping) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	factor, since := make([]float64, end), r.IntN(m.Every)
	level := m.SD * r.NormFloat64()
	for s := range factor {
		if since == m.Every {
			since, level = 0, m.SD*r.NormFloat64()
		}
		log := level
		if m.Cold > 0 {
			log += math.Log1p((coldFactor - 1) * math.Exp(-float64(since)/m.Cold))
		}
		factor[s] = math.Exp(log)
		since++
	}
	m.Server.Run(r, end, func(s int) float64 { return factor[s] * scale(s) }, emit)
}

// Humped is a server with two kinds of requests, of which Share, each by chance, take Factor times as long: those that
// miss a cache, say.
type Humped struct {
	Server
	Share, Factor float64
}

// Run implements Server.
func (m Humped) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	m.Server.Run(r, end, scale, func(q Request) {
		if r.Float64() < m.Share {
			q.Took *= m.Factor
		}
		emit(q)
	})
}

// Tailed is a server with a heavy tail: every time is multiplied by a Pareto variable of exponent Alpha, which is 1
// or more. With 2 or less the times have no variance.
type Tailed struct {
	Server
	Alpha float64
}

// Run implements Server.
func (m Tailed) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	m.Server.Run(r, end, scale, func(q Request) {
		q.Took *= math.Pow(1-r.Float64(), -1/m.Alpha)
		emit(q)
	})
}
