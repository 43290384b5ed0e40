package assert_test

import (
	"fmt"

	"github.com/gensim/load-generator/report/assert"
)

func ExampleParse() {
	for _, text := range []string{
		"intervention   GET /api/todos p95<250ms",
		"intervention vs baseline p95 < 10 %",
		"intervention failures < 5ms",
		"intervention p95 = 250ms",
	} {
		a, err := assert.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s (limit %g %s)\n", a, a.Limit.Value, a.Limit.Unit)
	}
	// Output:
	// intervention GET /api/todos p95 < 250ms (limit 250 ms)
	// intervention vs baseline p95 < +10% (limit 10 %)
	// assertion "intervention failures < 5ms": failures is compared with a share such as 1%, or a number such as 10, not 5ms
	// assertion "intervention p95 = 250ms": = compares whole numbers, as in failures = 0; measured figures are never equal
}
