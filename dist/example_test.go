package dist_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

// The same key gives the same think times in every run; each user and each
// purpose has its own stream.
func Example() {
	think := dist.Gamma{Mean: 2 * time.Second, CV: 0.3}
	for user := uint64(1); user <= 2; user++ {
		fmt.Print("user ", user, ":")
		src := stream.Key{Seed: 1, Purpose: stream.Think, User: user}.Source()
		for range 3 {
			fmt.Print(" ", think.Sample(&src).Round(time.Millisecond))
		}
		fmt.Println()
	}
	// Output:
	// user 1: 3.072s 1.171s 2.338s
	// user 2: 2.769s 2.066s 2.637s
}

// A user who joins in the middle of things: the OFF period in progress is a
// long one more often than not, and part of it is over.
func ExampleEquilibrium() {
	off := dist.Gamma{Mean: 30 * time.Second, CV: 1}
	src := stream.Key{Seed: 1, Purpose: stream.Start, User: 1}.Source()
	age, residual := dist.Equilibrium(off, &src)
	fmt.Println("off for", age.Round(time.Second), "and for another", residual.Round(time.Second))
	// Output: off for 59s and for another 29s
}

func ExampleParse() {
	for _, text := range []string{"1s..3s", "gamma 2s cv 0.3", "gamma 2s cv -1"} {
		d, err := dist.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		mean, cv := d.Moments()
		fmt.Printf("%v: mean %v, CV %.2f\n", d, mean, cv)
	}
	// Output:
	// between 1s and 3s: mean 2s, CV 0.29
	// gamma(mean 2s, CV 0.3): mean 2s, CV 0.30
	// distribution "gamma 2s cv -1": gamma: CV is -1: want 0 to 1000
}

func ExampleNewEmpirical() {
	latency, err := dist.NewEmpirical([]time.Duration{8 * time.Millisecond, 9 * time.Millisecond, 40 * time.Millisecond})
	fmt.Println(latency, err)
	// Output: empirical(3 values, mean 19ms, CV 0.782) <nil>
}
