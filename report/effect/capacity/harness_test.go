package capacity

import "time"

// p95 is a search for the capacity of p95 < 250ms.
func p95() Search {
	return Search{Claim: "p95 < 250ms", Limit: .05, From: 10, To: 1000, Time: 15 * time.Minute}
}

// walk runs a search on a target of which only the share of slow requests at a load is known; above 1 a hold floods after 3 s.
func walk(s Search, slow func(load float64) float64) (holds []Hold) {
	at := time.Duration(0)
	for {
		step, ok := s.Next(holds)
		if !ok {
			return holds
		}
		h := Hold{Load: step.Load, Rate: step.Load, Busy: step.Load / 25}
		took := step.For
		if slow(step.Load) > 1 {
			h.Flooded, took = true, 8*time.Second // with its drain
		} else {
			for range int((step.For - step.Settle).Seconds()) {
				h.Seconds = append(h.Seconds, Second{Count: step.Load, Sum: step.Load * slow(step.Load)})
			}
		}
		at += took
		h.End = at
		holds = append(holds, h)
	}
}

// at is a target in which the claim holds up to a load and no further.
func at(load float64) func(float64) float64 {
	return func(l float64) float64 {
		if l > load {
			return .2
		}
		return .01
	}
}
