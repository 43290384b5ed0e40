package hist_test

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

func ExampleSketch() {
	var monday, tuesday hist.Sketch
	for i := range 100 {
		monday.Add(time.Duration(i+1) * time.Millisecond)
	}
	for range 25 {
		tuesday.Add(200 * time.Millisecond)
	}
	monday.Merge(&tuesday)
	fmt.Println(monday.Count(), monday.Quantile(.5).Round(time.Millisecond), monday.Max())
	fmt.Println("longer than 90 ms:", math.Round(monday.CountAbove(90*time.Millisecond)))
	// Output:
	// 125 63ms 200ms
	// longer than 90 ms: 35
}
