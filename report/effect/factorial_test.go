package effect

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// The three effects are sums of the logs of the four values, and the sentences say what they are.
func TestFactorialPartsLoadAndIntervention(t *testing.T) {
	r := factorial(t, crossing(150, 1, 100, 120, 200, 300), Options{Margin: .01})
	f := r.Factors
	ratio := func(e *Effect) float64 { return e.Ratio.Estimate }
	low, high := f.AtLow.Intervention.Estimate/f.AtLow.Baseline.Estimate, f.AtHigh.Intervention.Estimate/f.AtHigh.Baseline.Estimate
	off, on := f.AtHigh.Baseline.Estimate/f.AtLow.Baseline.Estimate, f.AtHigh.Intervention.Estimate/f.AtLow.Intervention.Estimate
	assert.InDelta(t, math.Sqrt(low*high), ratio(r.Primary()), 1e-9)
	assert.InDelta(t, math.Sqrt(off*on), ratio(&f.Load[0]), 1e-9)
	assert.InDelta(t, high/low, ratio(&f.Interaction[0]), 1e-9)
	assert.InDelta(t, 1.2, low, .05)
	assert.InDelta(t, 1.5, high, .06)
	assert.InDelta(t, f.Load[0].Intervention.Estimate-f.Load[0].Baseline.Estimate, f.Load[0].Difference.Estimate, 1e-9)
	assert.Len(t, f.Load, len(r.Effects))
	assert.Len(t, f.Interaction, len(r.Effects))
	assert.Equal(t, []float64{.95, .95, .95}, []float64{r.Primary().Level, f.Load[0].Level, f.Interaction[0].Level})
	assert.False(t, f.Load[0].Primary || f.Interaction[0].Primary, "the verdict is about the intervention")
	assert.Zero(t, f.Load[0].Margin, "a margin is for the intervention")
	load, both := f.Find(report.Op{}, Throughput)
	assert.Equal(t, []Metric{Throughput, Throughput}, []Metric{load.Metric, both.Metric})
	assert.Equal(t, .99, both.Level)
	load, _ = f.Find(report.Op{Name: "none"}, P95)
	assert.Nil(t, load)

	all := strings.Join(r.Sentences(), "\n")
	for _, want := range []string{
		"Worse: p95 over both loads +3", "The intervention at 10 users: worse: p95 +", "The intervention at 50 users: worse: p95 +",
		"Load, 50 users in place of 10 users: worse: p95 +1",
		"Both together: the intervention acts on p95 differently at 50 users than at 10 users: +30 % (95 % interval +23 % to +36 %)", "beyond what load and intervention do alone.",
		"grown steadily slower or faster meanwhile. That is not in the effect of the intervention. What it changes in 300 s is in the effect of the load and both together; an even number of rounds cancels it.",
	} {
		assert.Contains(t, all, want)
	}
	var text strings.Builder
	require.NoError(t, r.WriteText(&text))
	for _, want := range []string{"intervention, both loads ", "intervention, 10 users ", "load  ", "both together "} {
		assert.Contains(t, text.String(), "\n  "+want)
	}
	for line := range strings.Lines(text.String()) {
		assert.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\n"))), 80, line)
	}
	assert.Equal(t, "10 and 50", r.Baseline.UsersText())
	assert.Equal(t, []string{"0", "3"}, r.Baseline.Phases)
	data, err := json.Marshal(r)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"factors":{"low":"10 users","high":"50 users","load":[{`)
}

func TestFactorialWithoutAnInteraction(t *testing.T) {
	f := factorial(t, crossing(150, 1, 100, 130, 300, 390), Options{}).Factors
	assert.Equal(t, NoneSeen, f.Interaction[0].Verdict)
	assert.True(t, f.Interaction[0].Ratio.Contains(1))
	assert.Contains(t, f.Interaction[0].Sentence(), "Both together: no sign that the intervention acts on p95 differently at 50 users than at 10 users: between ")
	assert.Contains(t, f.Interaction[0].Sentence(), " The smallest such difference this run would have found 4 times in 5 is ")
}

// Rounds add up, the reverse order of every second one cancels a drift, and phases count by their labels in any order.
func TestFactorialInRounds(t *testing.T) {
	one, two := factorial(t, crossing(100, 1, 100, 120, 200, 300), Options{}), factorial(t, crossing(100, 2, 100, 120, 200, 300), Options{})
	width := func(e *Effect) float64 { return e.Ratio.High - e.Ratio.Low }
	assert.Less(t, width(&two.Factors.Interaction[0]), width(&one.Factors.Interaction[0]))
	assert.Contains(t, two.Caveat, "is not in the effect of the intervention, the load and both together.")
	run := crossing(100, 1, 100, 120, 200, 300)
	slices.Reverse(run.Phases)
	back := factorial(t, run, Options{})
	assert.Equal(t, one.Factors.Interaction[0].Ratio.Estimate, back.Factors.Interaction[0].Ratio.Estimate)
}

// The ranks of few requests vary more than those of many: what is known of one load does not depend on how many the other has.
func TestLoadsKeepTheirOwnVariance(t *testing.T) {
	low := func(rate int) *Effect {
		var phases []handmade.Phase
		for i, n := range []int{20, 20, rate, rate} {
			phases = append(phases, handmade.NewPhase(fmt.Sprint(i), 150, handmade.Noisy(uint64(i+1), n, 100*ms, 0), 0))
		}
		run := arms(handmade.Run(phases...), "ABBA")
		for i, load := range []string{"low", "low", "high", "high"} {
			run.Phases[i].Load = load
		}
		return &factorial(t, run, Options{}).Factors.Load[0]
	}
	few, many := low(40), low(400)
	require.Equal(t, few.Cosines, many.Cosines)
	assert.Equal(t, few.Baseline, many.Baseline)
	assert.Greater(t, few.Intervention.High-few.Intervention.Low, many.Intervention.High-many.Intervention.Low)
}

func TestFactorialThatLacksSomething(t *testing.T) {
	run := crossing(150, 1, 100, 120, 200, 300)
	run.Phases = run.Phases[:2] // the run ended early
	_, err := Analyze(run, Options{})
	assert.EqualError(t, err, "no phase of high load without the intervention: it takes both loads without the intervention and with it")
	_, err = Couples(run)
	assert.EqualError(t, err, "0 phases without the intervention and 0 with it at one load: no pairs")
	run = crossing(150, 1, 100, 120, 200, 300)
	pairs, err := Couples(run)
	require.NoError(t, err)
	assert.Equal(t, []Couple{{Phase{run, "0"}, Phase{run, "1"}}, {Phase{run, "3"}, Phase{run, "2"}}}, pairs)

	short := factorial(t, crossing(50, 1, 100, 120, 200, 300), Options{})
	assert.Equal(t, TooShort, short.Factors.Interaction[0].Verdict)
	assert.Contains(t, short.Factors.Load[0].Sentence(), "Load, 50 users in place of 10 users: too short to tell on p95: ")
	assert.Contains(t, short.Factors.Load[0].Sentence(), " in the phases of low load and ")
	assert.NotContains(t, strings.Join(short.Sentences(), "\n"), "Both together", "one reason, given once")
}

// A plan of two loads needs whole phases, not pairs.
func TestForeseeFactorial(t *testing.T) {
	plan := func(length time.Duration) (out []report.PhaseInfo) {
		for i, load := range []string{"low", "low", "high", "high"} {
			start := time.Duration(i) * length
			out = append(out, report.PhaseInfo{Name: load, Arm: "ABBA"[i : i+1], Load: load, Start: start, RampEnd: start, End: start + length, Settle: 15 * time.Second})
		}
		return out
	}
	assert.Empty(t, Foresee(plan(75*time.Second)))
	assert.Contains(t, Foresee(plan(70*time.Second)), "an effect needs 1m in each phase: a run of 5m would do, 1m15s in each phase")
}
