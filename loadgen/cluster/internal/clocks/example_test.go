package clocks_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/internal/clocks"
)

func Example() {
	now := time.Now() // a worker asks; its question takes 1 ms, the answer 3 ms
	probe := clocks.Probe{
		Asked:    now,
		Received: 50*time.Second + 1*time.Millisecond,
		Replied:  50*time.Second + 2*time.Millisecond,
		Answered: now.Add(5 * time.Millisecond),
	}
	var clock clocks.Follower
	clock.Add(probe)

	// The run starts when the coordinator's clock shows 60 s.
	line := clock.Line(60*time.Second, now.Add(5*time.Millisecond))
	fmt.Println(line.At, "±", clock.Bound(line.Since).Round(time.Millisecond))
	// Output: -9.996s ± 2ms
}
