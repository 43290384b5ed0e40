package model

import (
	"math"
	"math/rand/v2"
)

// Wobble is a server whose level goes slowly up and down: response times are lognormal, independent of each
// other given the level, and the log of the level is a first-order autoregression by second. Without Tau
// requests are independent. Arrivals are Poisson.
type Wobble struct {
	Rate float64 // requests per second
	Tau  float64 // correlation time of the level, s
	SD   float64 // of the log of the level
	// Arrivals and Errors do the same to the rate and to the share of failures: each has its own
	// autoregression.
	ArrivalTau, ArrivalSD float64
	ErrorShare            float64
	ErrorTau, ErrorSD     float64
	// Stalls: on average every StallEvery seconds the server freezes for StallFor seconds, and requests that
	// come in then wait for its end. 0: none.
	StallEvery, StallFor float64
	// Drift is added to the log of the level by second; nil: none.
	Drift func(second int) float64
	// Load is a factor on Rate by second; nil: none.
	Load func(second int) float64
}

// The response times at level 1: median 30 ms, p95 80 ms.
const (
	medianS = .030
	sigma   = .6
)

// wave is a first-order autoregression with variance 1.
type wave struct{ phi, kick, x float64 }

// newWave returns one in its stationary state. Without tau it is white.
func newWave(r *rand.Rand, tau float64) *wave {
	phi := 0.0
	if tau > 0 {
		phi = math.Exp(-1 / tau)
	}
	return &wave{phi, math.Sqrt(1 - phi*phi), r.NormFloat64()}
}

// next moves on by a second.
func (w *wave) next(r *rand.Rand) float64 {
	w.x = w.phi*w.x + w.kick*r.NormFloat64()
	return w.x
}

// Run implements Server.
func (m Wobble) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	level, arrivals, errors := newWave(r, m.Tau), newWave(r, m.ArrivalTau), newWave(r, m.ErrorTau)
	frozen := m.stall(r, 0)
	for s := range end {
		log := m.SD*level.next(r) + math.Log(scale(s)*medianS)
		if m.Drift != nil {
			log += m.Drift(s)
		}
		rate := m.Rate * math.Exp(m.ArrivalSD*arrivals.next(r)-m.ArrivalSD*m.ArrivalSD/2)
		if m.Load != nil {
			rate *= m.Load(s)
		}
		bad := m.ErrorShare * math.Exp(m.ErrorSD*errors.next(r)-m.ErrorSD*m.ErrorSD/2)
		for at := r.ExpFloat64() / rate; at < 1; at += r.ExpFloat64() / rate {
			q := Request{At: float64(s) + at, Took: math.Exp(log + sigma*r.NormFloat64())}
			q.Failed = bad > 0 && r.Float64() < bad
			for m.StallEvery > 0 && q.At >= frozen+m.StallFor {
				frozen = m.stall(r, frozen+m.StallFor)
			}
			if m.StallEvery > 0 && q.At >= frozen {
				q.Took += frozen + m.StallFor - q.At
			}
			emit(q)
		}
	}
}

// stall returns the start of the next stall.
func (m Wobble) stall(r *rand.Rand, after float64) float64 {
	return after + r.ExpFloat64()*m.StallEvery
}
