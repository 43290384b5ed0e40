package loadgen

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/look"
	"github.com/gensim/load-generator/report/outline"
)

// looked is a run of two phases that is looked at, and what it did: asked at these offsets, decided at the n-th, and its hooks.
type looked struct {
	Runner
	asked []float64
	did   []string
}

func newLooked(decidedAt int, looks look.Plan) *looked {
	x := &looked{}
	hook := func(what string) phase.Hook {
		return phase.HookFunc(func(context.Context) error { x.did = append(x.did, what); return nil })
	}
	x.Runner = Runner{
		NewUser: visitors(&diary{took: func(int) time.Duration { return 20 * time.Millisecond }}), Pace: bursty, Seed: 5,
		Schedule: phase.Schedule{
			{Name: "baseline", For: 100 * time.Second, Users: 5},
			{Name: "intervention", For: 100 * time.Second, Users: 5, Enter: hook("enter"), Exit: hook("exit")},
		},
		Looks: &looks,
		Decide: func(sum *report.Summary) (string, bool) {
			x.asked = append(x.asked, sum.EndS)
			return fmt.Sprintf("look %d of %d", sum.Looks.Made(sum.EndS), len(sum.Looks.Planned)), len(x.asked) == decidedAt
		},
	}
	return x
}

// fourLooks are looks at 130, 150 and 170 s and the end.
var fourLooks = look.Plan{Planned: []look.Look{{AtS: 130, Information: .3}, {AtS: 150, Information: .5}, {AtS: 170, Information: .7}, {AtS: 200, Information: 1}}}

func TestTheLookThatDecidesEndsTheRunInTime(t *testing.T) {
	x := newLooked(2, fourLooks)
	sum := inBubble(t, x.Runner)
	assert.Equal(t, []float64{130, 150}, x.asked)
	assert.Equal(t, []string{"enter", "exit"}, x.did)
	assert.Equal(t, 150., sum.EndS)
	assert.Equal(t, 150., sum.Phases[1].EndS)
	assert.Equal(t, "look 2 of 4", sum.Looks.Decided)
	assert.Equal(t, fourLooks.Planned, sum.Looks.Planned)
	assert.Empty(t, fourLooks.Decided, "the Runner's own are as they were")
	assert.Empty(t, sum.Notes, "it was not stopped")
}

func TestARunThatIsNotDecidedEndsWithItsPlan(t *testing.T) {
	x := newLooked(0, fourLooks)
	sum := inBubble(t, x.Runner)
	assert.Equal(t, []float64{130, 150, 170}, x.asked, "no one is asked at the end")
	assert.Equal(t, 200., sum.EndS)
	require.NotNil(t, sum.Looks)
	assert.Empty(t, sum.Looks.Decided)
}

func TestARunWithoutEndIsLookedAtUntilItIsDecided(t *testing.T) {
	x := newLooked(4, look.Plan{Planned: []look.Look{{AtS: 165}}, EveryS: 30})
	x.Schedule[1].For = 0
	sum := inBubble(t, x.Runner)
	assert.Equal(t, []float64{165, 195, 225, 255}, x.asked)
	assert.Equal(t, 255., sum.EndS)
	assert.Equal(t, []string{"enter", "exit"}, x.did)
}

func TestASlowLookSkipsThoseThatItMisses(t *testing.T) {
	x := newLooked(0, fourLooks)
	decide := x.Decide
	x.Decide = func(sum *report.Summary) (string, bool) {
		time.Sleep(25 * time.Second)
		return decide(sum)
	}
	inBubble(t, x.Runner)
	assert.Equal(t, []float64{130, 155, 180}, x.asked)
}

func TestALookThatPanicsDecidesNothing(t *testing.T) {
	x := newLooked(0, fourLooks)
	x.Decide = func(*report.Summary) (string, bool) { panic("no") }
	sum := inBubble(t, x.Runner)
	assert.Equal(t, 200., sum.EndS)
	require.Len(t, sum.Exceptions, 1)
	assert.Equal(t, "Decide: no", sum.Exceptions[0].Message)
	assert.EqualValues(t, 3, sum.Exceptions[0].Occurrences)
}

func TestLooksThatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(r *Runner)
		want  string
	}{
		{"no Decide", func(r *Runner) { r.Decide = nil }, "Runner.Looks is set and Runner.Decide is nil"},
		{"no looks", func(r *Runner) { r.Looks = nil }, "Runner.Decide is set and Runner.Looks has no look"},
		{"an empty list", func(r *Runner) { r.Looks = &look.Plan{} }, "Runner.Looks has no look"},
		{"other processes", func(r *Runner) { r.Fleet = &near{} }, "figures of other processes come too late"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newLooked(0, fourLooks).Runner
			tc.spoil(&r)
			_, err := r.Plan()
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

// A page sees how far the looks have come, and what the last one said.
func TestARunSaysWhatItsLastLookSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newLooked(2, fourLooks)
		c := NewController(func(StartRequest) (Runner, error) { return x.Runner, nil })
		defer c.Close()
		require.NoError(t, c.Start(StartRequest{Planned: true}))
		at := func(d time.Duration) *outline.Looks {
			time.Sleep(d - time.Since(c.Info().Start))
			synctest.Wait()
			return c.Run().Looks
		}
		assert.Equal(t, &outline.Looks{Of: 4, Next: 130 * time.Second}, at(129*time.Second))
		assert.Equal(t, &outline.Looks{Made: 1, Of: 4, Next: 150 * time.Second, Said: "look 1 of 4"}, at(149*time.Second))
		assert.Equal(t, &outline.Looks{Made: 2, Of: 4, Said: "look 2 of 4"}, at(151*time.Second))
	})
}
