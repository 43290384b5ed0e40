package figure_test

import (
	"fmt"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/internal/figure"
)

func ExampleDigits() {
	var s hist.Sketch
	for _, n := range []int64{1, 1_000_000, 3} {
		for d := range figure.Digits(n) {
			s.Add(d)
		}
	}
	fmt.Println(figure.Sum(&s))
	// Output: 1000004
}
