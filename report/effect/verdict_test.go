package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDecide(t *testing.T) {
	inf := math.Inf(1)
	margin := Interval{0, -.1, .1}
	for _, c := range []struct {
		m         Metric
		low, high float64
		margin    Interval
		want      Verdict
	}{
		{P95, .01, .2, Interval{}, Worse}, {P95, -.2, -.01, Interval{}, Better}, {P95, -.1, .1, Interval{}, NoneSeen},
		{P95, 0, 0, Interval{}, NoneSeen}, {P95, .05, inf, Interval{}, Worse}, {P95, -inf, inf, Interval{}, NoneSeen},
		{Throughput, .01, .2, Interval{}, Higher}, {Throughput, -.2, -.01, Interval{}, Lower},
		{Failures, .001, .2, Interval{}, Worse}, {Exceedance, -.2, -.1, Interval{}, Better},
		{P95, -.05, .05, margin, Equivalent}, {P95, .02, .05, margin, Equivalent}, {P95, .02, .15, margin, Worse}, {P95, -.15, .05, margin, NoneSeen},
	} {
		assert.Equal(t, c.want, decide(c.m, Interval{(c.low + c.high) / 2, c.low, c.high}, c.margin), "%+v", c)
	}
}

func TestVerdictKinds(t *testing.T) {
	for v, want := range map[Verdict][2]bool{
		Worse: {true, true}, Better: {true, true}, Higher: {true, true}, Lower: {true, true}, NoneSeen: {true, false},
		Equivalent: {true, false}, NotEstimable: {false, false}, TooShort: {false, false}, NotSettled: {false, false}, "": {false, false},
	} {
		assert.Equal(t, want, [2]bool{v.Known(), v.Changed()}, v)
	}
}
