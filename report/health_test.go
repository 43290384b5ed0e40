package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLargeLagsAreReadable checks the sentence that a report opens with.
func TestLargeLagsAreReadable(t *testing.T) {
	total := PhaseSummary{
		LateMS:     Lateness{P50: 900, P99: 1310, Max: 12_345},
		Operations: []Operation{{Name: Aggregated, Trust: Trust{P95: Verdict{Verdict: NotMeasured, LateShare: 1}}}},
	}
	assert.Equal(t, "The generator was the bottleneck: it woke 100 % of the tasks too late for their p95 to be true (lateness p99 1310 ms, max 12345 ms).",
		new(Health).bottleneck(&total))
}
