package claim_test

import (
	"fmt"
	"slices"
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

// otherTimes is the caveat of every comparison of two phases.
const otherTimes = "The two phases ran at different times; anything else that changed between them is included in this difference."

// twoPhases is a baseline and an intervention that is 30 % slower and fails a
// little.
var twoPhases = recorded(
	stage{name: "baseline", arm: "A", seconds: 90, rate: 40, took: 20 * tick},
	stage{name: "intervention", arm: "B", seconds: 90, rate: 40, took: 26 * tick, failing: .01},
)

func TestFiguresAreThoseOfTheTable(t *testing.T) {
	p := twoPhases.Phases[1].Aggregated()
	r := expect(t, twoPhases, "intervention p95 < 1s", claim.Holds, "p95 in intervention was")
	assert.Equal(t, float64(p.ResponseMS.P95), r.Figure.Estimate)
	assert.Equal(t, p.Requests, r.Requests)
	require.NotNil(t, r.Settled)
	assert.InDelta(t, r.Figure.Estimate, r.Settled.Estimate, 3)
	assert.Less(t, r.Settled.Low, r.Settled.Estimate)
	assert.Contains(t, r.Said, "95 % interval")

	broken := expect(t, twoPhases, "intervention p95 < 50ms", claim.Broken, "broken: intervention p95 < 50ms\n")
	assert.Contains(t, broken.String(), "worst: POST /b ", "the slowest first")
	assert.Contains(t, broken.String(), "(50 % of the requests)")
	assert.Contains(t, broken.String(), "replay: seed 7, plan 3fa9c0d1")

	for text, outcome := range map[string]claim.Outcome{
		"intervention p99 < 1s":             claim.Broken,
		"intervention p90 < 1s":             claim.Holds,
		"intervention p50 > 1s":             claim.Broken,
		"intervention GET /a mean < 60ms":   claim.Holds,
		"intervention max < 60ms":           claim.Broken,
		"throughput > 79/s":                 claim.Holds,
		"baseline throughput < 79/s":        claim.Broken,
		"baseline requests >= 7200":         claim.Holds,
		"baseline requests = 7200":          claim.Holds,
		"baseline failures = 0":             claim.Holds,
		"baseline failures <= 0%":           claim.Holds,
		"intervention failures < 2%":        claim.Holds,
		"intervention failures < 0.1%":      claim.Broken,
		"intervention POST /b failures = 0": claim.Broken,
		"exceptions = 0":                    claim.Holds,
		"generator healthy":                 claim.Holds,
		"p95 < 1s":                          claim.Holds,
		"intervention p999 < 10s":           claim.Broken,
	} {
		expect(t, twoPhases, text, outcome, text)
	}
	assert.Contains(t, judged(t, twoPhases, "intervention failures = 0")[0].String(), "http 503 (")
	assert.Contains(t, judged(t, twoPhases, "intervention p999 < 10s")[0].Said, "among the failures")
}

// Where the arms have different load no claim on the effect of the intervention is answered; one on two other
// phases is, with the word.
func TestNoEffectOfConfoundedArmsHolds(t *testing.T) {
	more := recorded(stage{name: "baseline", arm: "A", seconds: 90, rate: 40, took: 20 * tick}, stage{name: "intervention", arm: "B", seconds: 90, rate: 40, took: 26 * tick})
	more.Phases[0].Users, more.Phases[1].Users = 10, 50
	said := "Confounded: slower under intervention and load together, with 50 users in the intervention against 10 in the baseline: p50 +3"
	for _, text := range []string{"intervention vs baseline p50 < +50%", "intervention vs baseline p50 > +10%", "B vs A p50 > +10%"} {
		expect(t, more, text, claim.NotShown, said)
	}
	more.Phases[0].Arm, more.Phases[1].Arm = "", ""
	expect(t, more, "intervention vs baseline p50 > +10%", claim.Holds, said)
	expect(t, more, "intervention vs baseline p50 < +10%", claim.Broken, said)
}

// An effect holds only if its whole interval does.
func TestEffectsHoldByTheirInterval(t *testing.T) {
	expect(t, twoPhases, "intervention vs baseline p50 < +50%", claim.Holds, "p50 +3")
	expect(t, twoPhases, "intervention vs baseline p50 < +10%", claim.Broken, "worst: ")
	r := judged(t, twoPhases, "intervention vs baseline p50 < +30%")[0]
	assert.Equal(t, claim.NotShown, r.Outcome, "the truth is at the limit: %s", r)
	assert.Less(t, r.Figure.Low, 30.)
	assert.Greater(t, r.Figure.High, 30.)
	expect(t, twoPhases, "baseline vs intervention p50 < +10%", claim.Holds, "")
	expect(t, twoPhases, "intervention vs baseline p50 > +10%", claim.Holds, "")
	expect(t, twoPhases, "intervention vs baseline p50 > +31%", claim.NotShown, "")
	expect(t, twoPhases, "intervention vs baseline p50 >= +50%", claim.Broken, "")
	expect(t, twoPhases, "intervention vs baseline mean < +50ms", claim.Holds, "ms")
	expect(t, twoPhases, "intervention vs baseline failures < +5pp", claim.Holds, "points")
	expect(t, twoPhases, "intervention vs baseline exceedance < +1pp", claim.Broken, "")
	expect(t, twoPhases, "intervention vs baseline GET /a p50 < +1%", claim.Broken, "GET /a")
	expect(t, twoPhases, "intervention vs baseline throughput > -20/s", claim.Holds, "")
	assert.Contains(t, r.String(), otherTimes, "the caveat of the design follows")
}

// The first effect is the primary one, at 95 %; the others need 99 %.
func TestOnlyTheFirstEffectIsPrimary(t *testing.T) {
	alone := judged(t, twoPhases, "intervention vs baseline p50 < +50%")[0]
	second := judged(t, twoPhases, "p95 < 1s", "intervention vs baseline mean < +50%", "intervention vs baseline p50 < +50%")[2]
	assert.Less(t, alone.Figure.High, second.Figure.High)
	assert.Contains(t, alone.Said, "95 %")
	assert.Contains(t, second.Said, "99 %")
	list, err := claim.ParseAll("p95 < 1s", "intervention vs baseline GET /a p50 < +50%")
	require.NoError(t, err)
	m, op := list.Primary()
	assert.Equal(t, effect.P50, m)
	assert.Equal(t, ops[0], op)
	m, op = claim.List{}.Primary()
	assert.Equal(t, effect.P95, m)
	assert.Zero(t, op)
}

func TestDesignsAreJudgedAsAWhole(t *testing.T) {
	a := stage{arm: "A", seconds: 70, rate: 40, took: 20 * tick}
	b := stage{arm: "B", seconds: 70, rate: 40, took: 26 * tick}
	named := func(s stage, name string) stage { s.name = name; return s }
	back := recorded(named(a, "baseline"), named(b, "intervention"), named(a, "baseline-2"))
	list, err := claim.ParseAll("intervention vs baseline p50 < +50%", "baseline-2 vs baseline p50 < +20%")
	require.NoError(t, err)
	results := list.Judge(back)
	assert.InEpsilon(t, 3*60*80, results[0].Requests, .01, "both baselines count")
	assert.InEpsilon(t, 2*60*80, results[1].Requests, .01)
	assert.Equal(t, claim.Holds, results[0].Outcome, "%s", results[0])

	var pairs []stage
	for i, order := range []string{"AB", "BA", "AB", "BA", "BA", "AB"} {
		for _, arm := range order {
			s := map[rune]stage{'A': named(a, "baseline-"), 'B': named(b, "intervention-")}[arm]
			s.name += string(rune('1' + i))
			s.seconds = 20
			pairs = append(pairs, s)
		}
	}
	run := recorded(pairs...)
	for _, text := range []string{"intervention vs baseline p50 < +50%", "B vs A p50 < +50%"} {
		expect(t, run, text, claim.Holds, "p50 +3")
	}
	expect(t, run, "intervention p95 < 1s", claim.Holds, "p95 in intervention was")
	expect(t, run, "A throughput > 79/s", claim.Holds, "throughput")
	expect(t, run, "B failures = 0", claim.Holds, "")
	r := expect(t, run, "intervention requests = 0", claim.Broken, "")
	assert.EqualValues(t, 6*20*80, r.Requests)
	expect(t, run, "intervention-1 vs baseline-1 p50 < +50%", claim.NotShown, "usable seconds")
	expect(t, run, "intervention vs baseline-1 p50 < +50%", claim.NotShown, "do not form a design")
	expect(t, run, "intervention vs baseline p50 recovery < 5s", claim.NotShown, "not between arms")
}

// In a design of two loads "high vs low" is the effect of the load, and an interaction has its own claim.
func TestLoadAndInterventionApart(t *testing.T) {
	cell := func(name, arm, load string, took time.Duration) stage {
		return stage{name: name, arm: arm, load: load, seconds: 75, rate: 40, took: took}
	}
	cells := []stage{cell("low-off", "A", "low", 20*tick), cell("low-on", "B", "low", 22*tick), cell("high-on", "B", "high", 66*tick), cell("high-off", "A", "high", 40*tick)}
	run := recorded(cells...)
	expect(t, run, "intervention vs baseline p50 < +50%", claim.Holds, "p50 over both loads +3")
	expect(t, run, "high vs low p50 < +200%", claim.Holds, "Load, 0 users in place of 0 users: worse: p50 +14")
	expect(t, run, "high vs low GET /a p50 > +200%", claim.Broken, "p50 of GET /a +1")
	r := expect(t, run, "intervention vs baseline p50 interaction < +10%", claim.Broken, "Both together: the intervention acts on p50 differently")
	assert.InEpsilon(t, 4*65*80, r.Requests, .01)
	assert.InDelta(t, 50, r.Figure.Estimate, 8)
	assert.NotEmpty(t, r.Worst)
	expect(t, run, "high vs low p50 interaction > +20%", claim.Holds, "")
	expect(t, run, "high-on vs high-off p50 > +50%", claim.Holds, "p50 +6")
	expect(t, run, "high p50 < 80ms", claim.Holds, "p50 in high was")
	expect(t, twoPhases, "intervention vs baseline p50 interaction < +10%", claim.NotShown, "An interaction is that of the intervention with the load")
	expect(t, twoPhases, "high vs low p50 < +10%", claim.NotShown, `No phase "high"`)

	check := func(phases []stage, text string) error {
		list, err := claim.ParseAll(text)
		require.NoError(t, err)
		return list.Check(plan{phases: infos(phases)})
	}
	assert.NoError(t, check(cells, "high vs low p95 < +50%"))
	for i := range cells {
		cells[i].seconds = 60
	}
	assert.ErrorContains(t, check(cells, "B vs A p95 interaction < +5%"), "an effect needs 1m in each phase: a run of 5m would do, 1m15s in each phase")
	assert.ErrorContains(t, check(cells, "high-on vs high-off p95 interaction < +5%"), "an interaction is that of the intervention with the load")
	assert.ErrorContains(t, check([]stage{{name: "baseline", seconds: 100}, {name: "intervention", seconds: 100}}, "intervention vs baseline p95 interaction < +5%"), "an interaction is that of")
}

func TestRecovery(t *testing.T) {
	quick := recorded(
		stage{name: "baseline", arm: "A", seconds: 130, rate: 40, took: 20 * tick},
		stage{name: "chaos", arm: "B", seconds: 20, rate: 40, took: 120 * tick},
		stage{name: "after", arm: "A", seconds: 80, rate: 40, took: 20 * tick, after: 200 * tick},
	)
	r := expect(t, quick, "after vs baseline p50 recovery < 70s", claim.Holds, "recovered after")
	assert.Greater(t, r.Figure.Estimate, 5000.)
	assert.Greater(t, r.Figure.High, r.Figure.Estimate)
	almost := fmt.Sprintf("after vs baseline p50 recovery < %.3fs", (r.Figure.Estimate+r.Figure.High)/2000)
	expect(t, quick, almost, claim.NotShown, "")
	expect(t, quick, "after vs baseline p50 recovery < 2s", claim.Broken, "recovered after")
	expect(t, quick, "after vs chaos p50 recovery < 2s", claim.NotShown, "No recovery time")
	never := recorded(
		stage{name: "baseline", seconds: 130, rate: 40, took: 20 * tick},
		stage{name: "after", seconds: 40, rate: 40, took: 60 * tick},
	)
	expect(t, never, "after vs baseline p50 recovery < 30s", claim.Broken, "did not recover")
	expect(t, never, "after vs baseline p50 recovery < 50s", claim.NotShown, "did not recover")
	expect(t, never, "after vs baseline throughput recovery <= 0s", claim.Holds, "")
}

// Runs that tell nothing get a sentence, not a number.
func TestRunsWithoutAnswersGetASentence(t *testing.T) {
	claims := []string{
		"baseline p95 < 1s", "intervention p99 < 1s", "intervention mean < 1s", "intervention failures < 1%", "throughput > 0/s", "requests > 0",
		"intervention vs baseline p95 < +10%", "intervention vs baseline failures < +1pp", "intervention vs baseline throughput > -5%",
		"intervention vs baseline exceedance < +1pp", "intervention vs baseline mean < +1%", "intervention vs baseline p95 recovery < 10s",
		"GET /a p95 < 1s", "generator healthy", "exceptions = 0", "intervention GET /a max < 1s", "intervention p90 < 1s",
	}
	outcomes := func(sum *report.Summary) string {
		var out []string
		for _, r := range judged(t, sum, claims...) {
			out = append(out, string(r.Outcome)[:1])
		}
		return strings.Join(out, "")
	}
	b, i := stage{name: "baseline", seconds: 70, rate: 20, took: 20 * tick}, stage{name: "intervention", seconds: 70, rate: 20, took: 20 * tick}
	empty, short, failing, constant, single := i, i, i, i, i
	empty.rate = 0
	short.seconds = 5
	failing.failing = 1
	constant.constant = true
	steady := b
	steady.constant = true
	single.seconds, single.rate = 1, 1
	none := b
	none.rate = 0
	for name, c := range map[string]struct {
		sum  *report.Summary
		want string // by claim: holds, broken, not shown
	}{
		"empty intervention": {recorded(b, empty), "hnnnhhnnbnnnhhhnn"},
		"short":              {recorded(b, short), "hhhhhhnnnnnnhhhhh"},
		"all fail":           {recorded(b, failing), "hbbbhhbbbbbbbhhbb"},
		"constant":           {recorded(steady, constant), "hhhhhhhhhhhnhhhhh"},
		"one request":        {recorded(none, single), "nhhhhhnnnnnnhhhhh"},
		"nothing":            {recorded(none, empty), "nnnnbbnnnnnnnhhnn"},
	} {
		got := outcomes(c.sum)
		assert.Equal(t, c.want, got, name)
		if t.Failed() {
			for _, r := range judged(t, c.sum, claims...) {
				t.Log(name, r)
			}
		}
	}
	unreached := recorded(b)
	unreached.NotReached = []string{"intervention"}
	expect(t, unreached, "intervention p95 < 1s", claim.NotShown, `The run ended before phase "intervention" began.`)
	expect(t, unreached, "ramp p95 < 1s", claim.NotShown, `No phase "ramp"; there is "baseline"`)
	expect(t, unreached, "GET /lost p95 < 1s", claim.NotShown, `No operation "GET /lost"; there are "GET /a", "POST /b"`)
}

func TestUnhealthyGeneratorAndExceptions(t *testing.T) {
	sum := *twoPhases
	sum.Health.Bottleneck = "The generator was the bottleneck: it woke late."
	sum.Exceptions = []report.Exception{{Kind: "panic", Message: "list: nil map", Occurrences: 3}}
	expect(t, &sum, "generator healthy", claim.Broken, "it woke late")
	r := expect(t, &sum, "exceptions = 0", claim.Broken, "panic: list: nil map (3)")
	assert.Equal(t, []claim.Result{r}, claim.Failed([]claim.Result{{Outcome: claim.Holds}, r}))

	doubtful := *twoPhases
	doubtful.Phases = slices.Clone(twoPhases.Phases)
	rows := slices.Clone(doubtful.Phases[0].Operations)
	last := &rows[len(rows)-1]
	last.Trust.P95 = report.Rating{Grade: report.Doubtful, LowerBound: true}
	last.CutOff = 50
	doubtful.Phases[0].Operations = rows
	expect(t, &doubtful, "baseline p95 < 1ms", claim.Broken, "The generator was late: p95 is doubtful.\n")
	expect(t, &doubtful, "baseline p95 < 1ms", claim.Broken, "p95 is a lower bound")
}

func TestLongTimesAreGrouped(t *testing.T) {
	run := recorded(stage{name: "baseline", seconds: 90, rate: 1, took: 2500 * tick})
	assert.Regexp(t, `^p95 in baseline was \d,\d{3} ms; 180 requests`, expect(t, run, "baseline p95 < 1s", claim.Broken, "").Said)
}

// A request that was cut off had taken that long at least: the longest success is not the longest request.
func TestMaximumBesideACutOffRequest(t *testing.T) {
	r := record.New(record.Config{})
	get := report.Op{Method: "GET", Name: "/a"}
	r.Shard(0).Record(&record.Sample{Op: get, Done: 10 * tick})
	r.Shard(0).Record(&record.Sample{Op: get, Done: 8 * time.Second, Err: report.CutOff})
	r.Shard(0).Record(&record.Sample{Op: get, Done: 9 * time.Second, Err: "timeout"})
	run := r.Summary(record.Meta{End: 9 * time.Second})
	expect(t, run, "max < 1s", claim.Broken, "Maximum was 10 ms over 1 success; a request that was cut off had taken 8,000 ms.")
	expect(t, run, "max < 8001ms", claim.Holds, "")
	expect(t, run, "max > 5ms", claim.Holds, "")
	expect(t, run, "max > 1s", claim.Broken, "")
}

// Transactions that were cut off are not called requests.
func TestTransactionsThatWereCutOff(t *testing.T) {
	r := record.New(record.Config{Shards: 1, Declared: []report.Declared{report.Declare(report.SortTransaction, "shopping")}})
	of := r.Shard(0).Of(report.SortTransaction)
	for i := range 10 {
		of.Record(&record.Sample{Op: report.Op{Name: "shopping"}, Done: 10 * tick})
		if i < 7 {
			of.Record(&record.Sample{Op: report.Op{Name: "shopping"}, Done: 8 * time.Second, Err: report.CutOff})
		}
	}
	r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Done: tick})
	run := r.Summary(record.Meta{End: 9 * time.Second})
	expect(t, run, "shopping max < 1s", claim.Broken, "a transaction that was cut off had taken 8,000 ms.")
	got := expect(t, run, "shopping p95 < 1s", claim.Broken, "")
	assert.Contains(t, strings.Join(got.Notes, "\n"), "The end of the run cut 7 transactions: p95 is a lower bound.")
	var b strings.Builder
	require.NoError(t, run.WriteText(&b))
	assert.Contains(t, b.String(), "> at least: transactions were cut off")
	assert.Contains(t, b.String(), "7 transactions cut off")
	assert.NotContains(t, b.String(), "requests were cut off")
	c, err := claim.Parse("shopping p99 < 1s")
	require.NoError(t, err)
	assert.Contains(t, claim.List{c}.JudgeSoFar(run)[0].Said, "There were 10 transactions of shopping so far")
}

// What several claims have to say they say once.
func TestNotesAreToldOnce(t *testing.T) {
	results := judged(t, recorded(
		stage{name: "baseline", arm: "A", seconds: 75, rate: 20, took: 20 * tick},
		stage{name: "intervention", arm: "B", seconds: 75, rate: 20, took: 30 * tick},
	), "intervention vs baseline p50 < +10%", "intervention vs baseline p95 < +10%", "p99 < 1ms", "p50 < 1s")
	require.NotEmpty(t, results[0].Notes)
	require.Contains(t, results[1].Notes, otherTimes)
	once := claim.Once(results, "told before")
	all := strings.Join([]string{once[0].String(), once[1].String(), once[2].String()}, "\n")
	for _, n := range append(results[0].Notes, results[1].Notes...) {
		assert.Equal(t, 1, strings.Count(all, n), n)
	}
	assert.Equal(t, 1, strings.Count(all, "replay: seed 7"))
	assert.Contains(t, results[1].Notes, otherTimes, "the results stay as they are")
	for _, r := range claim.Once(results, append(results[0].Notes, results[1].Notes...)...) {
		assert.True(t, r.Held() || len(r.Notes) == 0)
	}
}

// TestNothingAnswered: of a target that hangs nothing is known, so no claim about a time, a rate or a least
// number of requests holds.
func TestNothingAnswered(t *testing.T) {
	r, end := recorder(stage{name: "all", seconds: 20})
	for range 5 {
		r.Shard(0).Record(&record.Sample{Op: ops[0], Done: end, Err: report.CutOff})
	}
	sum := r.Summary(record.Meta{Name: "hung", End: end})
	for text, want := range map[string]claim.Outcome{
		"throughput < 100/s": claim.Broken, "throughput >= 0/s": claim.Broken, "requests >= 0": claim.Broken, "GET /a throughput < 1/s": claim.Broken,
		"mean < 1s": claim.NotShown, "max > 0ms": claim.NotShown, "failures <= 100%": claim.NotShown,
		"requests < 10": claim.Holds, "requests = 0": claim.Holds,
	} {
		expect(t, sum, text, want, "was answered; 5 were sent.")
	}
}

// TestNoClaimHoldsOfAPhaseWhoseHooksCameLate: for a time its target was another one. A broken claim stays broken.
func TestNoClaimHoldsOfAPhaseWhoseHooksCameLate(t *testing.T) {
	sum := recorded(stage{name: "baseline", arm: "A", seconds: 90, rate: 4, took: 20 * tick, constant: true},
		stage{name: "chaos", arm: "B", seconds: 90, rate: 4, took: 20 * tick, constant: true})
	sum.Phases[1].HooksLateS = 12
	expect(t, sum, "chaos p95 < 1s", claim.NotShown, "note: The hooks of chaos were called 12s late, as no master was there.")
	expect(t, sum, "chaos throughput > 100/s", claim.Broken, "note: The hooks of chaos were called 12s late")
	assert.Len(t, expect(t, sum, "p95 < 1s", claim.Holds, "p95 was ").Notes, 1)
	assert.Empty(t, expect(t, sum, "baseline p95 < 1s", claim.Holds, "p95 in baseline was ").Notes)
}

// A phase that lost load with a worker is judged by what was measured, and a note names the loss where the claim does not
// hold; an effect or a recovery of such phases is not shown.
func TestLostLoadIsSaidWithAClaim(t *testing.T) {
	sum := recorded(stage{name: "baseline", arm: "A", seconds: 140, rate: 4, took: 20 * tick, constant: true},
		stage{name: "chaos", arm: "B", seconds: 90, rate: 4, took: 20 * tick, constant: true}, stage{name: "after", seconds: 60, rate: 4, took: 20 * tick, constant: true})
	sum.Phases[1].Lost, sum.Phases[2].Lost = &report.Loss{Share: .125}, &report.Loss{Share: .02}
	expect(t, sum, "chaos p95 < 1s", claim.Holds, "p95 in chaos was ")
	expect(t, sum, "chaos throughput > 100/s", claim.Broken, "note: Workers were lost, and with them 12.5 % of the load of chaos.")
	expect(t, sum, "throughput > 100/s", claim.Broken, "note: Workers were lost, and with them 12.5 % of the load of chaos and 2 % of the load of after.")
	assert.Empty(t, expect(t, sum, "baseline throughput > 100/s", claim.Broken, "Throughput in baseline was ").Notes)
	expect(t, sum, "chaos vs baseline p95 < +20%", claim.NotShown, "No verdict on p95: workers were lost, and with them 12.5 % of the load of the intervention")
	expect(t, sum, "after vs baseline p95 recovery < 60s", claim.NotShown, "No recovery time of p95: workers were lost")
}

// recorded runs the stages through a recorder.
func recorded(stages ...stage) *report.Summary {
	r, end := recorder(stages...)
	return r.Summary(record.Meta{Name: "made up", Seed: 7, PlanDigest: "3fa9c0d1", End: end})
}
