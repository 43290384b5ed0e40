package sampling_test

import (
	"fmt"

	"github.com/gensim/load-generator/loadgen/internal/sampling"
)

func Example() {
	s := sampling.New(7, .03) // seed and share
	for iteration := range uint64(30) {
		if s.Keep(3, iteration) {
			fmt.Println("traced: run", iteration, "of user 3")
		}
	}
	// Output:
	// traced: run 16 of user 3
	// traced: run 28 of user 3
}
