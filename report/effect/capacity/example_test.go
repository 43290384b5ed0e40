package capacity_test

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report/effect/capacity"
)

// served stands in for a load of so many seconds: the share of slow requests doubles with each 10 requests per second from 100/s on.
func served(load float64, seconds int) (out []capacity.Second) {
	for range seconds {
		out = append(out, capacity.Second{Count: load, Sum: load * min(1, .01*math.Exp2((load-100)/10))})
	}
	return out
}

func ExampleSearch() {
	s := capacity.Search{Claim: "p95 < 250ms", Limit: .05, From: 20, To: 500, Time: 15 * time.Minute}
	if err := s.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	var holds []capacity.Hold
	for at := time.Duration(0); ; {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		at += step.For
		counted := int((step.For - step.Settle).Seconds())
		holds = append(holds, capacity.Hold{Load: step.Load, End: at, Seconds: served(step.Load, counted)})
	}
	fmt.Println(s.Estimate(holds).Sentence())
	// Output:
	// Capacity: p95 < 250ms holds up to 124/s (95 % interval 123/s to 125/s).
}
