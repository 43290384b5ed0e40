package model

import (
	"math/rand/v2"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// Simulate runs a server through phases and returns what a recorder would have: one Series, Aggregated, for each
// phase.
func Simulate(s Server, r *rand.Rand, phases ...Phase) *report.Summary {
	var scales []float64
	var made []handmade.Phase
	var seconds []handmade.Second
	for _, p := range phases {
		first := len(scales)
		for range p.Seconds {
			scales = append(scales, p.Scale)
		}
		each := func(second int) handmade.Second { return seconds[first+second] }
		made = append(made, handmade.NewPhase(p.Name, p.Seconds, each, float64(p.Settle)))
	}
	end := len(scales)
	seconds = make([]handmade.Second, end)
	s.Run(r, end, func(second int) float64 { return scales[min(second, end-1)] }, func(q Request) {
		switch second := int(q.At); {
		case second >= end:
		case q.Failed:
			seconds[second].Failed++
		default:
			seconds[second].OK = append(seconds[second].OK, duration(q.Took))
		}
	})
	out := handmade.Run(made...)
	out.Name, out.EndS = "simulated", float64(end)
	return out
}
