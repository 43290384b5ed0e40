package timing_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report/timing"
)

// Nine requests on a connection that is there, and one that makes it.
func Example() {
	var t timing.Tally
	for i := range 10 {
		x := timing.Times{timing.Waiting: 20 * time.Millisecond}
		if i == 0 {
			x[timing.Connecting] = 100 * time.Millisecond
		}
		t.Add(x.Pack())
	}
	for _, f := range t.Figures() {
		fmt.Printf("%s: mean %.0f ms, p50 %.0f, p95 %.0f\n", f.Part, f.Mean, f.P50, f.P95)
	}
	// Output:
	// connecting: mean 10 ms, p50 0, p95 100
	// waiting: mean 20 ms, p50 20, p95 20
}
