package model

import (
	"math"
	"math/rand/v2"
)

// Lingering is a server on which an intervention comes and goes slowly, as one does that leaves caches cold or
// queues full: the log of the factor on service times follows that of the plan with time constant Tau. It carries the effect of each
// phase over into the next one.
type Lingering struct {
	Server
	Tau float64 // s
}

// Run implements Server.
func (m Lingering) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	log := make([]float64, end)
	at := 0.0
	for s := range log {
		at += (math.Log(scale(s)) - at) * -math.Expm1(-1/m.Tau)
		log[s] = at
	}
	m.Server.Run(r, end, func(s int) float64 { return math.Exp(log[s]) }, emit)
}
