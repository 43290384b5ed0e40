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
	assert.Equal(t, `phases "a" (59s) and "b" (59s) are too short after ramp and settling; an effect needs 1m in each phase: a run of 2m34s would do, 1m17s in each phase`,
		Foresee(plan("AB", 76)))
	assert.Equal(t, `phases "a" (0s), "b" (0s) and "c" (0s) are too short after ramp and settling; an effect needs 1m in each phase: a run of 3m51s would do, 1m17s in each phase`,
		Foresee(plan("ABA", 5)))
	assert.Contains(t, Foresee(plan("AA", 60)), `phases "a" (43s) and "b" (43s)`)
	one := plan("AB", 80)
	one[1].RampEnd += 10 * time.Second
	assert.Equal(t, `phase "b" has 53s after ramp and settling; an effect needs 1m in each phase: a run of 2m54s would do, 1m27s in each phase`, Foresee(one))
	one[0].Start -= 20 * time.Second
	assert.Equal(t, `phase "b" has 53s after ramp and settling; an effect needs 1m in each phase: a run of 3m7s would do, with 1m27s of "b"`, Foresee(one))
	one[0].Start, one[1].RampEnd = one[0].Start+30*time.Second, one[1].RampEnd-10*time.Second
	one[1].End = 0
	assert.Equal(t, `phase "a" has 55s after ramp and settling; an effect needs 1m in each phase: 1m15s of "a" would do`, Foresee(one))
	assert.Empty(t, Foresee(plan("ABBAABBAAB", 22)))
	assert.Equal(t, `phases "a" (4s), "b" (4s), "c" (4s), "d" (4s), "e" (4s) and 5 more are too short after ramp and settling; a pair needs 5s in each phase: a run of 3m40s would do, 22s in each phase`,
		Foresee(plan("ABBAABBAAB", 21)))
	assert.Contains(t, Foresee(plan("ABBAAB", 10)), `3 pairs are too few; it takes 5, better 10; phases "a" (0s), "b" (0s)`)
	assert.Equal(t, "3 pairs are too few; it takes 5, better 10", Foresee(plan("ABBAAB", 50)))

	moves := plan("AB", 100)
	moves[1].Stages, moves[1].RampEnd = []report.Stage{{ForS: 100, To: 50}}, moves[1].End
	assert.Equal(t, `phase "b" has a moving level, so there is no steady state to compare`, Foresee(moves))
	need := []time.Duration{time.Minute, time.Minute}
	assert.Equal(t, `phase "b" has a moving level, and so no steady state`, Short(moves, need))
	assert.Equal(t, `1m without motion at the end of "b" would do, after settling`, Enough(moves, need))
	moves[1].RampEnd -= 80 * time.Second
	assert.Empty(t, Foresee(moves), "its tail is flat for long enough")
	moves[1].Stages, moves[1].Arrivals = nil, &report.Arrivals{Rate: 1, RateTo: 2}
	moves[1].RampEnd = moves[1].End
	assert.Equal(t, `phase "b" has a moving rate of arrivals, so there is no steady state to compare`, Foresee(moves))

	open := plan("AB", 77)
	open[1].End = 0
	assert.Empty(t, Foresee(open), "a phase without end may become long enough")
	short := plan("AB", 10)
	short[0].Arm, short[1].Arm = "", ""
	assert.Empty(t, Foresee(short), "no phase has an arm")
	assert.Empty(t, Foresee(nil))
}
