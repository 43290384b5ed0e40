package model

import (
	"math/rand/v2"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// Simulate runs a server through phases and returns what a recorder would have: for each phase one Series, Aggregated, and
// those of the server's operations.
func Simulate(s Server, r *rand.Rand, phases ...Phase) *report.Summary {
	var scales []float64
	var starts []int
	var made []handmade.Phase
	seconds := map[string][]handmade.Second{report.Aggregated: nil} // by operation
	for _, p := range phases {
		first := len(scales)
		for range p.Seconds {
			scales = append(scales, p.Scale)
		}
		each := func(second int) handmade.Second { return seconds[report.Aggregated][first+second] }
		starts, made = append(starts, first), append(made, handmade.NewPhase(p.Name, p.Seconds, each, float64(p.Settle)))
	}
	end := len(scales)
	seconds[report.Aggregated] = make([]handmade.Second, end)
	s.Run(r, end, func(second int) float64 { return scales[min(second, end-1)] }, func(q Request) {
		if int(q.At) >= end {
			return
		}
		note(seconds[report.Aggregated], q)
		if q.Operation != "" {
			if seconds[q.Operation] == nil {
				seconds[q.Operation] = make([]handmade.Second, end)
			}
			note(seconds[q.Operation], q)
		}
	})
	out := handmade.Run(made...)
	out.Name, out.EndS = "simulated", float64(end)
	operations := map[string]func(phase, second int) handmade.Second{}
	for name, of := range seconds {
		if name != report.Aggregated {
			operations[name] = func(phase, second int) handmade.Second { return of[starts[phase]+second] }
		}
	}
	handmade.Operations(out, operations)
	return out
}

// note adds a request to its second.
func note(seconds []handmade.Second, q Request) {
	second := &seconds[int(q.At)]
	if q.Failed {
		second.Failed++
	} else {
		second.OK = append(second.OK, duration(q.Took))
	}
}
