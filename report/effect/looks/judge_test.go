package looks

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// patient is a user of a target whose answers take 100 ms, give or take, times slower once the intervention is on.
type patient struct {
	env  scenario.Env
	slow func() float64
}

func (p patient) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "get", Weight: 1, Do: func(ctx context.Context) error {
		return measure.Do(ctx, report.Op{Name: "get"}, func(context.Context) error {
			time.Sleep(time.Duration(p.slow() * float64(dist.Lognormal{Mean: 100 * time.Millisecond, CV: .3}.Sample(p.env.Rand))))
			return nil
		})
	}}}
}

// run makes a run in virtual time that is looked at; the target's answers take scale times as long in the intervention.
func run(t *testing.T, scale float64, o effect.Options, s phase.Schedule) (sum *report.Summary, exits int) {
	t.Helper()
	var on atomic.Bool
	slow := func() float64 {
		if on.Load() {
			return scale
		}
		return 1
	}
	for i := range s {
		if s[i].Arm == "B" {
			s[i].Enter = phase.HookFunc(func(context.Context) error { on.Store(true); return nil })
			s[i].Exit = phase.HookFunc(func(context.Context) error { on.Store(false); exits++; return nil })
		}
	}
	r := loadgen.Runner{
		NewUser: func(env scenario.Env) (scenario.User, error) { return patient{env, slow}, nil },
		Pace:    scenario.Think{Time: dist.Constant{Value: 900 * time.Millisecond}}, Seed: 3, Schedule: s, StopTimeout: time.Minute,
	}
	synctest.Test(t, func(t *testing.T) {
		plan, err := r.Plan()
		require.NoError(t, err)
		r.Looks, err = Of(plan.Phases())
		require.NoError(t, err)
		r.Decide = Judge(o)
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum, exits
}

// ab is five minutes of each arm.
func ab() phase.Schedule {
	p := phase.Phase{For: 300 * time.Second, Users: 20}
	return phase.AB(p, p)
}

func TestALargeEffectEndsTheRunAtTheFirstLook(t *testing.T) {
	sum, exits := run(t, 1.3, effect.Options{}, ab())
	assert.Equal(t, 395., sum.EndS, "30 s to settle and 65 s that count")
	assert.Equal(t, 1, exits)
	assert.Regexp(t, `^Worse, sure of it at look 1 of \d: p95 \+`, sum.Looks.Decided)

	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Equal(t, effect.Worse, r.Primary().Verdict)
	assert.Regexp(t, `^Decided at look 1 of \d, 6m35s after the start, which saved 3m25s of the plan: its intervals are \d+ % wider than those of a single look\.$`, r.Further()[0])
	plain := *sum
	plain.Looks = nil
	one, err := effect.Analyze(&plain, effect.Options{})
	require.NoError(t, err)
	assert.Less(t, r.Primary().Ratio.Low, one.Primary().Ratio.Low, "the interval pays for the looks")
	assert.Equal(t, r.Primary().Ratio.Estimate, one.Primary().Ratio.Estimate)

	c, err := claim.Parse("intervention vs baseline p95 < +5%")
	require.NoError(t, err)
	result := claim.List{c}.Judge(sum)[0]
	assert.Equal(t, claim.Broken, result.Outcome)
	assert.InDelta(t, 100*(r.Primary().Ratio.Low-1), result.Figure.Low, 1e-9, "a claim has the same interval")
	assert.Contains(t, result.Notes, r.Looked.Sentence())
}

func TestEquivalenceEndsARunToo(t *testing.T) {
	sum, _ := run(t, 1, effect.Options{Margin: .2}, ab())
	assert.Less(t, sum.EndS, 600.)
	assert.Regexp(t, `^Decided at look \d of \d\. Equivalent on p95 within the margin of 20 %`, sum.Looks.Decided)
}

func TestWithoutAnEffectARunGoesOnToItsEnd(t *testing.T) {
	sum, exits := run(t, 1, effect.Options{}, ab())
	assert.Equal(t, 600., sum.EndS)
	assert.Equal(t, 1, exits)
	assert.Empty(t, sum.Looks.Decided)
	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Equal(t, effect.NoneSeen, r.Primary().Verdict)
	assert.Regexp(t, `^Looked at (\d) times, the last one at the end, and not decided before that: its intervals are 1\d % wider than those of a single look\.$`, r.Looked.Sentence())
}

func TestPairsAreJudgedFromTheFifthOn(t *testing.T) {
	p := phase.Phase{For: 45 * time.Second, Users: 20}
	sum, exits := run(t, 1.3, effect.Options{}, phase.Pairs(12, 1, p, p))
	assert.Equal(t, 449., sum.EndS, "a second before the end of the fifth pair")
	assert.Equal(t, 5, exits)
	assert.Len(t, sum.Phases, 10)
	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Equal(t, 5, r.Primary().Pairs)
	assert.Equal(t, effect.Worse, r.Primary().Verdict)
	assert.Contains(t, r.Looked.Sentence(), "Decided at look 1 of 8")
}

// A run that was decided so late that the next phase had begun is judged without that.
func TestAPhaseThatBeganByChanceDoesNotCount(t *testing.T) {
	p := phase.Phase{For: 45 * time.Second, Users: 20}
	sum, _ := run(t, 1.3, effect.Options{}, phase.Pairs(12, 1, p, p))
	next := sum.Phases[9]
	next.Name, next.StartS, next.EndS = "next", 450, 450.1
	sum.Phases, sum.EndS = append(sum.Phases, next), 450.1
	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Equal(t, 5, r.Primary().Pairs)
}

func TestARunWithoutEndIsDecided(t *testing.T) {
	s := ab()
	s[1].For = 0
	sum, exits := run(t, 1.3, effect.Options{}, s)
	assert.Equal(t, 1, exits)
	assert.Regexp(t, `^Worse, sure of it at look \d+: p95`, sum.Looks.Decided)
	r, err := effect.Analyze(sum, effect.Options{})
	require.NoError(t, err)
	assert.Regexp(t, `^Decided at look \d+, .* after the start: its intervals are \d+ % wider`, r.Looked.Sentence())
}

func TestALookSaysWhyItDecidesNothing(t *testing.T) {
	sum, _ := run(t, 1, effect.Options{}, ab())
	said, decided := Judge(effect.Options{})(sum)
	assert.False(t, decided)
	assert.Regexp(t, `^Look \d of \d decides nothing yet\. No detectable effect on p95: between`, said)
	sum.Phases = sum.Phases[:1]
	said, decided = Judge(effect.Options{})(sum)
	assert.False(t, decided)
	assert.Regexp(t, `^look \d of \d decides nothing: `, said)
}
