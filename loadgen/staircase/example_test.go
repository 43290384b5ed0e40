package staircase_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// A search that would be too short is refused before anything is sent.
func ExampleSearch_Run() {
	result, err := staircase.Search{
		Runner: newCounter(8).runner(),
		Claim:  capacity.Claim{Metric: effect.P95, Below: 250},
		Range:  capacity.Search{From: 20, To: 1000, Time: time.Minute},
	}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Sentence())
	// Output:
	// capacity: Time is 1m0s; want at least 3m45s, for 15 holds of 15s
}
