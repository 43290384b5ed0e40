package effect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

func TestForesee(t *testing.T) {
	// A ramp of 2 s and 15 s of settling in each phase.
	plan := func(arms string, seconds int) (out []report.PhaseInfo) {
		for i, arm := range arms {
			start := time.Duration(i*seconds) * time.Second
			out = append(out, report.PhaseInfo{Name: string(rune('a' + i)), Arm: string(arm), Start: start,
				End: start + time.Duration(seconds)*time.Second, RampEnd: start + 2*time.Second, Settle: 15 * time.Second})
		}
		return out
	}
	assert.Empty(t, Foresee(plan("AB", 77)))
	assert.Equal(t, "phase a has 59s after ramp and settling; an effect needs 60 s in each phase", Foresee(plan("AB", 76)))
	assert.Equal(t, "phase a has 0s after ramp and settling; an effect needs 60 s in each phase", Foresee(plan("ABA", 5)))
	assert.Contains(t, Foresee(plan("AA", 60)), "phase a has 43s")
	assert.Empty(t, Foresee(plan("ABBAABBAAB", 22)))
	assert.Equal(t, "phase a has 4s after ramp and settling; a pair needs 5 s in each phase", Foresee(plan("ABBAABBAAB", 21)))
	assert.Equal(t, "3 pairs are too few; it takes 5, better 10", Foresee(plan("ABBAAB", 50)))

	open := plan("AB", 77)
	open[1].End = -1
	assert.Empty(t, Foresee(open), "a phase without end may become long enough")
	short := plan("AB", 10)
	short[0].Arm, short[1].Arm = "", ""
	assert.Empty(t, Foresee(short), "nobody asked")
	assert.Empty(t, Foresee(nil))
}
