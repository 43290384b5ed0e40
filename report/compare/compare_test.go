package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/record"
)

// Moods of 20 % from run to run do not matter to pairs of phases of one run.
func TestRepeatedRunsArePairs(t *testing.T) {
	a, err := Runs(Query{Runs: repeated(8), Claims: claims(t, "intervention vs baseline p50 < +20%", "B vs A GET /a p50 < +5%", "p95 < 1s")})
	require.NoError(t, err)
	e := a.Effect.Find(report.Op{}, effect.P50)
	assert.Equal(t, effect.Pairs, a.Effect.Design)
	assert.True(t, e.Ratio.Contains(1.1), "%v", e.Ratio)
	assert.Less(t, e.Ratio.High-e.Ratio.Low, .1)
	assert.Equal(t, []claim.Outcome{claim.Holds, claim.Broken, claim.NotShown}, []claim.Outcome{a.Claims[0].Outcome, a.Claims[1].Outcome, a.Claims[2].Outcome})
	assert.Contains(t, a.Claims[2].Said, "only effects can be claimed")
	assert.True(t, a.Broken())
	require.Len(t, a.Runs, 8)
	assert.Nil(t, a.Runs[3].Differs, "another seed is the same plan")
	require.NotNil(t, a.Runs[0].Alone)
	text, md := written(t, a)
	assert.Contains(t, text, "run3.json: seed 3, plan plan3: ")
	assert.Contains(t, text, "holds: intervention vs baseline p50 < +20%")
	assert.Contains(t, md, "# 8 runs compared")
	assert.Contains(t, md, "<details><summary>8 pairs</summary>")
	assert.Contains(t, md, "❌ **broken**")
	assert.NotContains(t, text, "different plans")
	assert.Contains(t, text, "All pairs ran in the same order")
}

// A claim names a transaction, or a kind of users, as in a run.
func TestClaimsOnTransactionsAndKinds(t *testing.T) {
	runs := repeated(8)
	for _, r := range runs {
		for _, p := range append(r.Phases, r.Total) {
			p.Operations[0].Kind = "buyer"
		}
		for i := range r.Intervals {
			if x := &r.Intervals[i]; x.Name == "/a" {
				x.Kind = "buyer"
			}
		}
	}
	a, err := Runs(Query{Runs: runs, Claims: claims(t, "B vs A checkout p50 < +20%", "B vs A buyer p50 < +20%", "B vs A buyer GET /a p50 < +20%", "B vs A GET /a p50 < +20%")})
	require.NoError(t, err)
	for i, said := range []string{"p50 of checkout ", "p50 of buyer ", "p50 of buyer GET /a ", "p50 of GET /a "} {
		assert.Equal(t, claim.Holds, a.Claims[i].Outcome, "%s", a.Claims[i])
		assert.Contains(t, a.Claims[i].Said, said)
	}
	assert.Contains(t, a.Claims[0].Said, " transactions against ")
	assert.Contains(t, a.Claims[1].Said, " requests against ")
}

func TestTooFewRuns(t *testing.T) {
	a, err := Runs(Query{Runs: repeated(2)})
	require.NoError(t, err)
	assert.Equal(t, effect.TooShort, a.Effect.Primary().Verdict)
	text, _ := written(t, a)
	assert.Contains(t, text, "Effect (pairs): intervention against baseline\n", "each once, though of two runs")
	assert.NotContains(t, text, "of the variance", "two pairs tell nothing of it")
	a, err = Runs(Query{Runs: repeated(1)})
	require.NoError(t, err)
	assert.Equal(t, effect.AB, a.Effect.Design)
	_, md := written(t, a)
	assert.Contains(t, md, "# 1 run compared")
	assert.False(t, a.Broken())
}

func TestRunsAgainstRuns(t *testing.T) {
	q := Query{}
	for i := range 6 {
		q.Against = append(q.Against, Run{fmt.Sprintf("old%d", i), recorded(uint64(2*i+1), 30, map[string]float64{"only": 1}, "only")})
		q.Runs = append(q.Runs, Run{fmt.Sprintf("new%d", i), recorded(uint64(2*i+2), 30, map[string]float64{"only": 3}, "only")})
	}
	a, err := Runs(q)
	require.NoError(t, err)
	assert.Equal(t, effect.Worse, a.Effect.Primary().Verdict)
	text, _ := written(t, a)
	assert.Contains(t, text, "old0 (baseline): seed 1")
	assert.Contains(t, text, "new5 (intervention): seed 12")

	q.Against, q.Runs = q.Against[:1], q.Runs[:1]
	a, err = Runs(q)
	require.NoError(t, err)
	assert.Equal(t, effect.AB, a.Effect.Design)
}

func TestWhatDiffersIsSaid(t *testing.T) {
	runs := repeated(6)
	runs[2].Phases[1].Users = 40
	runs[4].Health.Bottleneck = "The generator was the bottleneck."
	runs[5].Summary = runs[3].Summary
	a, err := Runs(Query{Runs: runs})
	require.NoError(t, err)
	warned := strings.Join(a.Effect.Warnings, "\n")
	assert.Contains(t, warned, "phase intervention: users 10 against 40")
	assert.Contains(t, warned, "run5.json: The generator was the bottleneck.")
	assert.Contains(t, warned, "run4.json and run6.json look like the same run")
	assert.Equal(t, []string{"phase intervention: users 10 against 40"}, a.Runs[2].Differs)
	same := repeated(1)
	a, err = Runs(Query{Runs: append(repeated(1), same...)})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(a.Effect.Warnings, "\n"), "All runs have seed 1")
}

// A summary file may come from anywhere: what it calls things does no harm, and
// what its reader must see first is there.
func TestForeignTextIsHarmlessAndNotesAreSaid(t *testing.T) {
	const evil = "a\x1b]0;x\ab\nc"
	run := repeated(1)[0]
	run.Name, run.PlanDigest, run.Notes, run.Health.Bottleneck = evil+".json", evil, []string{"the run was not over" + evil}, evil
	run.Phases[1].Name, run.Phases[1].Model = evil, evil
	for i := range run.Intervals {
		if run.Intervals[i].Phase == "intervention" {
			run.Intervals[i].Phase = evil
		}
		run.Intervals[i].Name += evil
	}
	a, err := Runs(Query{Runs: []Run{run}, Claims: claims(t, "p95 < 1s")})
	require.NoError(t, err)
	text, md := written(t, a)
	assert.NotRegexp(t, `[^[:^cntrl:]\n]`, text+md)
	assert.NotContains(t, text, "\nc", "not on a separate line")
	assert.Contains(t, text, "  ! a·]0;x·b·c.json: the run was not overa·]0;x·b·c\n")
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	single := Run{"one.json", recorded(1, 30, tenth, "only")}
	three := Run{"three.json", recorded(1, 30, tenth, "only", "baseline", "only2")}
	for want, q := range map[string]Query{
		"no run to compare":                                            {},
		`one.json: arms "" are not a design`:                           {Runs: []Run{single, single}},
		"2 runs against 1":                                             {Runs: repeated(2), Against: repeated(1)},
		`three.json: no phase "intervention"; the run has`:             {Runs: []Run{three}, Against: []Run{single}},
		`one.json: no phase "x"; the run has ["only"]`:                 {Runs: []Run{single}, Against: []Run{single}, Phase: "x"},
		`unknown metric "fast"`:                                        {Runs: repeated(1), Options: effect.Options{Primary: "fast"}},
		`no operation "GET /lost" in these phases; there are "Aggrega`: {Runs: repeated(1), Options: effect.Options{Op: report.Op{Method: "GET", Name: "/lost"}}},
	} {
		_, err := Runs(q)
		assert.ErrorContains(t, err, want)
	}
	for text, want := range map[string]string{
		"interventoin vs baseline p95 < +10%":        `"interventoin" is not what is compared: the intervention is intervention, B`,
		"baseline vs intervention p95 < +10%":        `"baseline" is not what is compared: the intervention is intervention, B`,
		"B vs warmup p95 < +10%":                     `"warmup" is not what is compared: the baseline is baseline, A`,
		"intervention vs baseline GET /b p95 < +10%": `no operation "GET /b"; there are ["GET /a" "Aggregated" "checkout"]`,
	} {
		_, err := Runs(Query{Runs: repeated(2), Claims: claims(t, text)})
		wrong := (*claim.Error)(nil)
		require.ErrorAs(t, err, &wrong, text)
		assert.ErrorContains(t, err, want)
	}
	empty := Run{"empty.json", recorded(1, 1, tenth, "baseline", "intervention")}
	a, err := Runs(Query{Runs: []Run{empty, empty, empty, empty, empty}, Claims: claims(t, "intervention vs baseline p95 < +10%")})
	require.NoError(t, err)
	written(t, a)
	assert.Equal(t, claim.NotShown, a.Claims[0].Outcome)
}

// A pooled comparison leaves out the run whose arms lost different parts of their load, and says so; two runs that did
// are not compared.
func TestRunsThatLostLoadAreLeftOut(t *testing.T) {
	var runs []Run
	for i := range 6 {
		runs = append(runs, Run{fmt.Sprint(i), recorded(uint64(i+1), 70, tenth, "baseline", "intervention")})
	}
	runs[2].Phases[1].Lost = &report.Loss{UserSeconds: 75, Share: .125}
	r, err := Runs(Query{Runs: runs})
	require.NoError(t, err)
	assert.Equal(t, 5, r.Effect.Primary().Pairs)
	why := "workers were lost, and with them 12.5 % of the load of phase intervention against 0 % of phase baseline"
	text, md := written(t, r)
	for _, out := range []string{text, md} {
		assert.Contains(t, strings.Join(strings.Fields(out), " "), "1 of 6 pairs do not count: "+why)
	}
	assert.Equal(t, effect.Disturbed, r.Runs[2].Alone.Verdict)

	r, err = Runs(Query{Runs: runs[2:3], Against: runs[:1]})
	require.NoError(t, err)
	assert.Contains(t, r.Effect.Primary().Sentence(), "12.5 % of the load of the intervention against 0 % of the baseline")
}

func repeated(n int) (out []Run) {
	for i := range n {
		sum := recorded(uint64(i+1), 60, tenth, "baseline", "intervention")
		out = append(out, Run{fmt.Sprintf("run%d.json", i+1), sum})
	}
	return out
}

func claims(t *testing.T, texts ...string) claim.List {
	list, err := claim.ParseAll(texts...)
	require.NoError(t, err)
	return list
}

// written checks what must hold for every form of an answer.
func written(t *testing.T, a *Result) (text, md string) {
	t.Helper()
	var x, m, j strings.Builder
	require.NoError(t, a.WriteText(&x))
	require.NoError(t, a.WriteMarkdown(&m))
	require.NoError(t, a.WriteJSON(&j))
	assert.NotContains(t, x.String()+m.String()+j.String(), "NaN")
	assert.True(t, json.Valid([]byte(j.String())))
	return x.String(), m.String()
}

// recorded makes a run of phases of 20 requests a second, each in a transaction; each phase is as much
// slower than 20 ms as told, and each run is slower or faster as a whole.
func recorded(seed uint64, seconds int, phases map[string]float64, names ...string) *report.Summary {
	var infos []report.PhaseInfo
	random := rand.New(rand.NewPCG(seed, 3))
	mood := math.Exp(.2 * random.NormFloat64())
	for i, name := range names {
		start := time.Duration(i*seconds) * time.Second
		infos = append(infos, report.PhaseInfo{Name: name, Start: start, End: start + time.Duration(seconds)*time.Second, RampEnd: start, Settle: 5 * time.Second, Model: "closed", Users: 10})
	}
	r := record.New(record.Config{Phases: infos, Shards: 1})
	for i, name := range names {
		for n := range seconds * 20 {
			at := infos[i].Start + time.Duration(n)*50*time.Millisecond
			took := time.Duration(20e6 * mood * phases[name] * math.Exp(.3*random.NormFloat64()))
			r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Intended: at, Woken: at, Sent: at, Done: at + took})
			r.Shard(0).Of(report.SortTransaction).Record(&record.Sample{Op: report.Op{Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at + 2*took})
		}
	}
	return r.Summary(record.Meta{Name: "shop", Seed: seed, PlanDigest: fmt.Sprint("plan", seed), Streams: 1,
		Start: time.Unix(1e9+int64(seed)*1000, 0), End: time.Duration(len(names)*seconds) * time.Second})
}

var tenth = map[string]float64{"baseline": 1, "intervention": 1.1, "only": 1}
