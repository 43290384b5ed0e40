package loadtest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gensim/load-generator/loadgen/loadtest"
	"github.com/gensim/load-generator/report/claim"
)

// Four minutes of load in virtual time.
func ExampleRun() {
	testOfVisits := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			loadtest.Run(t, runner(100*time.Millisecond),
				"baseline p95 < 250ms",
				"intervention vs baseline p95 < +10%",
				"abort unless failures < 20%",
			)
		})
	}
	_ = testOfVisits // go test runs it

	_, err := claim.ParseAll("baseline p95 < 250ms", "baseline p95 < 250")
	fmt.Println(err)
	// Output:
	// claim "baseline p95 < 250": p95 is compared with a time such as 250ms, not 250
}
