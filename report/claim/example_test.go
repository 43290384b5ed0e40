package claim_test

import (
	"fmt"

	"github.com/gensim/load-generator/report/claim"
)

// The first word may be a kind of users; which it is the plan of the run, or its Summary, says.
func ExampleParse_kinds() {
	for _, text := range []string{"buyer GET /items p95 < 80ms", "sale vs usual buyer   p95 < 10%", "browser wins=0"} {
		c, err := claim.Parse(text)
		fmt.Println(c, err)
	}
	// Output:
	// buyer GET /items p95 < 80ms <nil>
	// sale vs usual buyer p95 < +10% <nil>
	// browser wins = 0 <nil>
}

func ExampleParse() {
	for _, text := range []string{
		"intervention   GET /api/todos p95<250ms",
		"intervention vs baseline p95 < 10 %",
		"intervention failures < 5ms",
		"intervention p95 = 250ms",
	} {
		a, err := claim.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s (limit %g %s)\n", a, a.Limit.Value, a.Limit.Unit)
	}
	// Output:
	// intervention GET /api/todos p95 < 250ms (limit 250 ms)
	// intervention vs baseline p95 < +10% (limit 10 %)
	// claim "intervention failures < 5ms": failures is compared with a share such as 1%, or a number such as 10, not 5ms
	// claim "intervention p95 = 250ms": = compares whole numbers, as in failures = 0; measured figures are never equal
}
