package looks

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/look"
)

// planned are phases one after another, each with 15 s to settle.
func planned(arms string, lengths ...int) (out []report.PhaseInfo) {
	at := time.Duration(0)
	for i, arm := range arms {
		p := report.PhaseInfo{Name: string(rune('a' + i)), Arm: string(arm), Users: 10, Start: at, RampEnd: at, Settle: 15 * time.Second}
		at += time.Duration(lengths[min(i, len(lengths)-1)]) * time.Second
		if p.End = at; p.End == p.Start {
			p.End = 0
		}
		if arm == '-' {
			p.Arm = ""
		}
		out = append(out, p)
	}
	return out
}

// offsets are when the looks are.
func offsets(l *look.Plan) (at []float64) {
	for _, look := range l.Planned {
		at = append(at, look.AtS)
	}
	return at
}

func TestLooksOfABaselineAndAnIntervention(t *testing.T) {
	l, err := Of(planned("AB", 285))
	require.NoError(t, err)
	assert.Equal(t, []float64{365, 395, 425, 455, 485, 515, 545, 570}, offsets(l), "65 s after settling, each 30 s, and the end")
	assert.InDelta(t, 2./270/(1/270.+1/65.), l.Planned[0].Information, 1e-9)
	assert.Equal(t, 1., l.Planned[7].Information)
	assert.InDeltaSlice(t, []float64{3.15, 2.15}, []float64{effect.Limits(l, .95)[0], effect.Limits(l, .95)[7]}, .015)
	assert.Equal(t, 570., l.EndS())
	assert.Equal(t, []int{0, 1, 1, 8}, []int{l.Made(364.9), l.Made(365), l.Made(394.9), l.Made(570)})
	assert.Equal(t, []string{
		"The run ends at the first look that is sure; there are 8, at 6:05, 6:35, 7:05, 7:35, 8:05, 8:35, 9:05 and 9:30.",
		"The earlier the look, the larger a change must be to count: 3.15, 2.75, 2.53, 2.40, 2.30, 2.24, 2.19 and 2.16 times its standard error, which is how far chance alone usually moves it. So all looks together take chance for a change in 5 % of the runs (O'Brien-Fleming spending, Lan and DeMets).",
	}, Sentences(l, 0))

	without := planned("--", 285)
	unlabelled, err := Of(without)
	require.NoError(t, err)
	assert.Equal(t, l, unlabelled, "two phases are baseline and intervention")
	assert.Empty(t, without[0].Arm, "the plan is as it was")
}

// At most ten looks: more decide hardly earlier.
func TestLooksOfALongPhase(t *testing.T) {
	l, err := Of(planned("AB", 1015))
	require.NoError(t, err)
	assert.Len(t, l.Planned, 10)
	assert.Equal(t, []float64{1095, 1199}, offsets(l)[:2], "a tenth of it apart")
}

// Of A-B-A something is known about the second border before the second baseline has begun to count.
func TestLooksOfAReturnToTheBaseline(t *testing.T) {
	l, err := Of(planned("ABA", 285))
	require.NoError(t, err)
	assert.Equal(t, 650., l.Planned[0].AtS)
	assert.InDelta(t, 1.5/270/(1.25/270+.25/65), l.Planned[0].Information, 1e-9)
}

func TestLooksOfPairs(t *testing.T) {
	l, err := Of(planned("ABBAABBABAABAB", 60))
	require.NoError(t, err)
	assert.Equal(t, []float64{599, 719, 840}, offsets(l), "a second before the end of pairs 5 and 6, and the end of the 7th")
	assert.InDelta(t, 5./7, l.Planned[0].Information, 1e-9)
	many := phase.Pairs(100, 1, phase.Phase{For: time.Minute}, phase.Phase{For: time.Minute})
	arms := ""
	for _, p := range many {
		arms += p.Arm
	}
	l, err = Of(planned(arms, 60))
	require.NoError(t, err)
	assert.Len(t, l.Planned, 20)
}

func TestLooksOfARunWithoutEnd(t *testing.T) {
	l, err := Of(planned("AB", 285, 0))
	require.NoError(t, err)
	assert.Equal(t, &look.Plan{Planned: []look.Look{{AtS: 365}}, EveryS: 30}, l)
	assert.Zero(t, l.EndS())
	at, ok := l.Next(3)
	assert.True(t, ok)
	assert.Equal(t, 455., at)
	assert.Equal(t, 4, l.Made(460))
	assert.Contains(t, Sentences(l, .95)[0], "every 30 s, from 6:05 on")
}

func TestPlansWithoutLooks(t *testing.T) {
	loaded, moving, uneven := planned("AB", 285), planned("AB", 285), planned("AB", 285)
	loaded[0].Load = "low"
	moving[1].Stages, moving[1].RampEnd = []report.Stage{{ForS: 285, To: 20}}, moving[1].End
	uneven[1].Users = 50
	for _, tc := range []struct {
		name string
		plan []report.PhaseInfo
		want string
	}{
		{"no arms", planned("-", 300), "the plan has no baseline and intervention"},
		{"A-A", planned("AA", 300), "the plan has no baseline and intervention"},
		{"no design", planned("BAB", 300), `arms "BAB" are not a design`},
		{"something follows", planned("AB-", 300), `phase "c" comes after those that are compared`},
		{"two loads", loaded, "load x intervention is judged when all of its loads are over"},
		{"a look before 60 s", planned("AB", 285, 70), `phase "b" has 55s after ramp and settling; an effect needs 1m`},
		{"no look but the end", planned("AB", 285, 100), `phase "b" has 1m25s after ramp and settling; a look takes 1m5s of it, so there would be none before the end; want 1m35s or more`},
		{"five pairs", planned("ABBAABBAAB", 60), "the first look comes after pair 5, which is the end of this plan; want 6 pairs or more"},
		{"a moving level", moving, "moving level"},
		{"other loads", uneven, `the verdict would be confounded, with 50 users in phase "b" against 10 in "a"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Of(tc.plan)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
