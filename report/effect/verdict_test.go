package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDecide(t *testing.T) {
	inf := math.Inf(1)
	const margin = .1
	for _, c := range []struct {
		m         Metric
		low, high float64
		margin    float64
		want      Verdict
	}{
		{P95, .01, .2, 0, Worse}, {P95, -.2, -.01, 0, Better}, {P95, -.1, .1, 0, NoneSeen},
		{P95, 0, 0, 0, NoneSeen}, {P95, .05, inf, 0, Worse}, {P95, -inf, inf, 0, NoneSeen},
		{Throughput, .01, .2, 0, Higher}, {Throughput, -.2, -.01, 0, Lower},
		{Failures, .001, .2, 0, Worse}, {Exceedance, -.2, -.1, 0, Better},
		{P95, -.05, .05, margin, Equivalent}, {P95, .02, .05, margin, Equivalent}, {P95, .02, .15, margin, Worse}, {P95, -.15, .05, margin, NoneSeen},
	} {
		assert.Equal(t, c.want, decide(c.m, Interval{(c.low + c.high) / 2, c.low, c.high}, c.margin), "%+v", c)
	}
}

func TestVerdictKinds(t *testing.T) {
	for v, want := range map[Verdict][2]bool{
		Worse: {true, true}, Better: {true, true}, Higher: {true, true}, Lower: {true, true}, NoneSeen: {true, false},
		Equivalent: {true, false}, NotEstimable: {false, false}, TooShort: {false, false}, NotSettled: {false, false}, Disturbed: {false, false}, "": {false, false},
	} {
		assert.Equal(t, want, [2]bool{v.Known(), v.Changed()}, v)
	}
}
