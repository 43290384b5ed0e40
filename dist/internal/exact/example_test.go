package exact_test

import (
	"fmt"

	"github.com/gensim/load-generator/dist/internal/exact"
)

func ExamplePow() {
	fmt.Println(exact.Pow(2, .5)) // to the last bit, on every platform
	// Output: 1.4142135623730951
}
