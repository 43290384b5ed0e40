package effect

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

// shop has a slow operation, whose share is turned by a factor in phase B.
func shop(turn float64, phases ...model.Phase) *report.Summary {
	if phases == nil {
		phases = []model.Phase{{Name: "A", Seconds: 150, Scale: 1}, {Name: "B", Seconds: 150, Scale: 1}}
	}
	server := model.Menu{Rate: 100, Operations: []model.Operation{
		{Name: "list", Share: .6, Median: .02, Sigma: .4}, {Name: "item", Share: .3, Median: .03, Sigma: .4, Failed: .02}, {Name: "pay", Share: .1, Median: .3, Sigma: .4},
	}, Turn: func(second int) float64 {
		if second < phases[0].Seconds {
			return 1
		}
		return turn
	}}
	return model.Simulate(server, model.Rand(1, 7), phases...)
}

// An intervention that changes nothing but how much of each operation is asked for has no effect; what the requests as they
// came show is given too.
func TestAChangeOfMixIsNoEffect(t *testing.T) {
	r := ab(t, shop(1.5), Options{})
	e := r.Primary()
	assert.Equal(t, NoneSeen, e.Verdict, e.Sentence())
	assert.Equal(t, 3, e.Strata)
	require.NotNil(t, e.Raw)
	assert.Equal(t, Worse, e.Raw.Verdict)
	assert.Greater(t, e.Raw.Ratio.Estimate, 1.1)
	assert.Contains(t, r.Warnings, "The arms differ in mix: pay is 9.74 % of the requests against 14.8 %; effects are weighted to the mix of both arms together.")
	assert.Contains(t, strings.Join(r.Further(), "\n"), "Unweighted, with the change of mix in it: p95 +")
	for _, m := range []Metric{Mean, Exceedance} {
		x := r.Find(report.Op{}, m)
		assert.Equal(t, NoneSeen, x.Verdict, m)
		assert.Equal(t, Worse, x.Raw.Verdict, m)
	}
	assert.Regexp(t, `^[+-][0-9.]+ % \(unweighted \+[0-9.]+ %\)$`, e.Cells().Change)
	rate := r.Find(report.Op{}, Throughput)
	assert.Nil(t, rate.Raw, "a rate is what came")
	assert.Zero(t, rate.Strata)
	one := r.Find(report.Op{Name: "pay"}, P95)
	assert.Nil(t, one.Raw, "one operation has no mix")
	assert.Zero(t, one.Strata)
	checkReport(t, r)
	checkReport(t, &Report{Effects: []Effect{*e.Raw}})
}

// Where the mix is the same except for chance no sentence mentions it, and the interval is the narrower one.
func TestTheSameMixIsWeightedWithoutAWord(t *testing.T) {
	run := shop(1)
	r, raw := ab(t, run, Options{}), ab(t, run, Options{Raw: true})
	width := func(e *Effect) float64 { return e.Ratio.High / e.Ratio.Low }
	assert.Less(t, width(r.Primary()), width(raw.Primary()))
	assert.Nil(t, r.Primary().Raw)
	assert.Zero(t, raw.Primary().Strata)
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	assert.NotContains(t, b.String(), "mix")
	assert.NotContains(t, strings.ToLower(b.String()), "unweighted")
}

// A summary that was written and read again has all that weighting takes.
func TestASummaryOfAFileIsWeightedToo(t *testing.T) {
	run := shop(1.5)
	var file bytes.Buffer
	require.NoError(t, run.WriteJSON(&file))
	again, err := report.ReadSummary(&file)
	require.NoError(t, err)
	assert.Equal(t, ab(t, run, Options{}).Effects, ab(t, again, Options{}).Effects)
	text, err := json.Marshal(ab(t, again, Options{}).Primary())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"strata":3`)
	assert.Contains(t, string(text), `"raw":{`)
}

// Of several kinds of users the operations of each are weighted, of all kinds together and of one.
func TestKindsAreWeighted(t *testing.T) {
	run := shop(1.5)
	for i := range run.Intervals {
		if x := &run.Intervals[i]; x.Name != report.Aggregated {
			x.Kind = map[string]string{"list": "guest", "item": "guest", "pay": "buyer"}[x.Name]
		}
	}
	assert.Equal(t, 3, ab(t, run, Options{}).Primary().Strata)
	guests := ab(t, run, Options{Op: report.Op{Kind: "guest"}}).Primary()
	assert.Equal(t, 2, guests.Strata)
	assert.Nil(t, guests.Raw, "the mix of guests is the same")
}

// Pairs and two baselines are weighted as A-B is.
func TestOtherDesignsAreWeighted(t *testing.T) {
	var phases []model.Phase
	for i := range 12 {
		phases = append(phases, model.Phase{Name: string(rune('a' + i)), Seconds: 40, Scale: 1})
	}
	run := arms(shop(1, phases...), "ABBAABBABAAB")
	r, err := Analyze(run, Options{})
	require.NoError(t, err)
	raw, err := Analyze(run, Options{Raw: true})
	require.NoError(t, err)
	assert.Equal(t, 3, r.Primary().Strata)
	assert.Equal(t, 6, r.Primary().Pairs)
	assert.Equal(t, 5.0, r.Primary().Degrees)
	assert.Less(t, r.Find(report.Op{}, Mean).MDE, raw.Find(report.Op{}, Mean).MDE)
	assert.Equal(t, raw.Find(report.Op{}, Throughput).Ratio, r.Find(report.Op{}, Throughput).Ratio)

	back := arms(shop(1, phases[0], phases[1], phases[2]), "ABA")
	for i := range back.Phases {
		back.Phases[i].SettleS = 0
	}
	r, err = Analyze(back, Options{Settle: -1})
	require.NoError(t, err)
	assert.Equal(t, TooShort, r.Primary().Verdict, "which 40 s are")
	assert.Equal(t, 3, r.Primary().Strata)
}

// An operation that only one arm has cannot be weighted: the sentence says which, and what it counts with.
func TestAnOperationOfOneArmIsFolded(t *testing.T) {
	r := ab(t, shop(0), Options{})
	assert.Equal(t, 2, r.Primary().Strata)
	require.NotNil(t, r.Primary().Raw)
	assert.Contains(t, r.Warnings, "Counted together with list, since fewer than 20 requests in some phase cannot be weighted: pay.")
	checkReport(t, r)
}
