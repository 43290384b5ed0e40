package stream_test

import (
	"fmt"

	"github.com/gensim/load-generator/dist/stream"
)

func ExampleKey_Rand() {
	script := stream.Key{Seed: 1, Purpose: stream.Script, User: 7}.Rand()
	fmt.Println(script.IntN(100), script.IntN(100), script.IntN(100))
	// Output: 6 59 99
}
