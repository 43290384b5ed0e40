package brief

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestVerdictComesFirst(t *testing.T) {
	b := briefOf(t, chaos(), "chaos vs baseline p95 < +20%", "after p95 < 1s")
	md, text, all := written(t, b)
	assert.True(t, strings.HasPrefix(md, "# shop\n\n**1 of 2 claims does not hold.**\n"), md[:200])
	for _, want := range []string{
		"| ❌ **broken** | chaos vs baseline p95 &lt; +20% | Worse: p95 +1", "| ✅ holds | after p95 &lt; 1s | p95 in after was",
		"- worst: POST /b\\|&lt;script&gt; +", "A-B-A: chaos against baseline, after.", "| **Aggregated** | **p95** |",
		"Second baseline against the first one: ", "## Recovery", "p95 recovered after ", "Failure share recovered after ", "Throughput recovered after ",
		"| chaos | B | closed | 50 | 2:20 – 3:50 | 80 |", "that a run like this one finds 4 times in 5", "Left out: 30 s of ramps and settling", "<details><summary>Operations in chaos</summary>",
		"| POST /b\\|&lt;script&gt; | chaos | http 503 |", "The generator was not the bottleneck.", "Task starts: 0 planned",
		"seed 7, plan 3fa9c0d1, random streams version 1, began 2001-09-09 01:46:40 UTC.", "- chaos: 50 users, think 2s, predicted 80 tasks/s, 10 s to settle",
	} {
		assert.Contains(t, md, want)
	}
	for _, want := range []string{"Effect (A-B-A): chaos against baseline, after", "p95 recovered after", "\nClaims\n  broken: chaos vs", "replay: seed 7", "  holds: after p95 < 1s. p95"} {
		assert.Contains(t, text, want)
	}
	s := all.Suites[0]
	assert.Equal(t, "shop", all.Name)
	assert.Equal(t, "320.000", all.Time)
	assert.Equal(t, "2001-09-09T01:46:40", s.Timestamp)
	assert.Equal(t, 1, all.Failures, "claims decide, not failed requests")
	assert.Equal(t, "chaos vs baseline p95 < +20%", s.Cases[0].Name)
	assert.Contains(t, s.Cases[0].Failure.Text, "replay: seed 7")
	assert.Equal(t, "p95: chaos against baseline, after", s.Cases[2].Name)
	assert.Contains(t, s.Cases[2].Out, "recovered after")
	assert.Equal(t, 1+2+1+3*2, all.Tests)
}

func TestWithoutClaimsFailedRequestsFail(t *testing.T) {
	sum := recorded(part{"baseline", "A", 90, 1, 0}, part{"intervention", "B", 90, 1.3, .01})
	b := briefOf(t, sum)
	b.Title, b.Host, b.Program = "shop of *ours*", "http://shop", "shop 1.2"
	md, text, all := written(t, b)
	assert.Contains(t, md, "# shop of \\*ours\\*\n\n**Worse: p95 +")
	assert.Contains(t, md, "http://shop, shop 1.2.")
	assert.NotContains(t, md, "## Claims")
	assert.NotContains(t, md, "## Recovery")
	assert.Contains(t, strings.Join(strings.Fields(text), " "), "The two phases ran at different times; anything else that changed between them is included in this difference.")
	assert.Equal(t, 2, all.Failures)
	assert.Contains(t, all.Suites[0].Properties, property{"host", "http://shop"})
	last := all.Suites[0].Cases[len(all.Suites[0].Cases)-1]
	assert.Equal(t, "intervention", last.Class)
	assert.Contains(t, last.Failure.Text, "http 503: ")
}

func TestPairsAreListed(t *testing.T) {
	var parts []part
	for i, order := range []string{"AB", "BA", "AB", "BA", "BA", "AB"} {
		for _, arm := range order {
			parts = append(parts, part{string(arm) + "-" + string(rune('1'+i)), string(arm), 25, 1 + .3*float64(arm-'A'), 0})
		}
	}
	md, _, _ := written(t, briefOf(t, recorded(parts...), "B vs A p95 < +50%"))
	assert.Contains(t, md, "The claim holds.**")
	assert.Contains(t, md, "<details><summary>6 pairs</summary>")
	assert.Contains(t, md, "| B-2 | B |", "which came first")
	assert.Contains(t, md, "Comparing within pairs")
}

// Runs that tell nothing get sentences.
func TestRunsWithoutAVerdictGetASentence(t *testing.T) {
	for name, c := range map[string]struct {
		sum  *report.Summary
		want string
	}{
		"empty":      {recorded(part{"a", "", 0, 1, 0}), "No request came to an end."},
		"one phase":  {recorded(part{"a", "", 5, 1, 0}), "400 requests, 0 % failed."},
		"short":      {recorded(part{"baseline", "", 5, 1, 0}, part{"intervention", "", 5, 1, 0}), "Too short to tell"},
		"all failed": {recorded(part{"baseline", "", 90, 1, 1}, part{"intervention", "", 90, 1, 1}), "Not estimable on p95"},
	} {
		md, _, _ := written(t, briefOf(t, c.sum, "baseline p95 < 1s", "intervention vs baseline p95 < +10%"))
		_ = md
		md, text, all := written(t, briefOf(t, c.sum))
		assert.Contains(t, md, c.want, name)
		assert.NotEmpty(t, text, name)
		assert.Equal(t, 1, all.Suites[0].Skipped, name)
	}
	sum := recorded(part{"baseline", "", 90, 1, 0}, part{"intervention", "", 90, 1, 0})
	sum.Health.Bottleneck, sum.Health.Warnings = "The generator was the bottleneck: late.", []string{"busy"}
	sum.Notes, sum.NotReached = []string{"run aborted: x\x1b[31m"}, []string{"after"}
	for range 30 {
		sum.Exceptions = append(sum.Exceptions, report.Exception{Kind: "panic", Message: "line\nbreak", Occurrences: 1})
	}
	md, _, all := written(t, briefOf(t, sum))
	assert.Contains(t, md, "**The generator was the bottleneck: late. No detectable effect on p95")
	assert.Contains(t, md, "> run aborted: x \\[31m")
	assert.Contains(t, md, "ended before phase after began")
	assert.Contains(t, md, "| panic | line break |")
	assert.Contains(t, md, "... and 20 more.")
	assert.Equal(t, 1, all.Failures)
}

// What was lost with a worker stands before the verdict, and nothing stands there twice.
func TestALossStandsBeforeTheVerdict(t *testing.T) {
	sum := recorded(part{"one", "", 5, 1, 0})
	sum.Notes = []string{"figures of a second could not be used"}
	sum.Phases[0].Lost = &report.Loss{UserSeconds: 2, Share: .25}
	sum.SetWorkers([]report.Worker{{ID: "w0"}, {ID: "w1", State: report.WorkerLost, LostS: 3}})
	sum.Health.Bottleneck = "The generator was the bottleneck: late."
	md, _, _ := written(t, briefOf(t, sum))
	at := -1
	for _, want := range []string{"> Worker w1 was lost at 0:03: ", "\n**The generator was the bottleneck: late.", "> figures of a second"} {
		assert.Equal(t, 1, strings.Count(md, want), md)
		assert.Greater(t, strings.Index(md, want), at, md)
		at = strings.Index(md, want)
	}
}

// Where p95 lies among the failures of both arms there is no verdict on it, but on how many failed there is one.
func TestTheOtherMetricsAreToldWhereThePrimaryOneCannotBe(t *testing.T) {
	b := briefOf(t, recorded(part{"baseline", "A", 100, 1, .06}, part{"intervention", "B", 100, 1, .2}))
	_, text, _ := written(t, b)
	assert.Contains(t, text, "Not estimable on p95: p95 lies among the failures in both arms.")
	assert.Contains(t, text, "Worse: failure share +1")
	assert.Regexp(t, `failure share +[56]\.\d* % +2.* points +worse`, text)
	_, text, _ = written(t, briefOf(t, recorded(part{"baseline-1", "A", 30, 1, 0}, part{"baseline-2", "A", 30, 1, 0})))
	assert.Contains(t, text, "Too short to tell on p95")
	assert.Contains(t, text, "The phases are too short to tell what noise this system has.")
	assert.NotContains(t, text, "Secondary")
}

// That the load differs is in the headline of every form.
func TestConfoundedIsInTheHeadline(t *testing.T) {
	sum := recorded(part{"baseline", "A", 100, 1, 0}, part{"intervention", "B", 100, 2, 0})
	sum.Phases[0].Users = 10
	b := briefOf(t, sum, "intervention vs baseline p95 > +20%")
	md, text, _ := written(t, b)
	said := "Confounded: slower under intervention and load together, with 50 users in the intervention against 10 in the baseline: p95 +"
	inOrder(t, md, "**The claim does not hold.**", said)
	assert.Contains(t, strings.Join(strings.Fields(text), " "), said)
	b.Claims = nil
	assert.True(t, strings.HasPrefix(b.Verdict(), said), b.Verdict())
	md, _, all := written(t, b)
	assert.Contains(t, md, "**"+said)
	assert.Contains(t, md, "| confounded |")
	assert.Contains(t, all.Suites[0].Properties, property{"verdict", b.Verdict()})
}

// Workers and what was lost with one of them are in every form.
func TestWorkersAndLossesAreShown(t *testing.T) {
	sum := recorded(part{"baseline", "A", 90, 1, 0}, part{"intervention", "B", 90, 1, 0})
	sum.Phases[1].Lost = &report.Loss{UserSeconds: 560, Arrivals: 7, Share: .125}
	sum.Phases[1].Counters.Planned, sum.Phases[1].Counters.Lost = 7, 7
	sum.Total.Counters = sum.Phases[1].Counters
	worker := report.Worker{ID: "lg-1|", State: report.WorkerStopped, Requests: 7200, LagMS: report.Lag{P99: .9, Max: 2}, Health: report.Health{CPU: 1, CPULimit: 4}}
	gone := worker
	gone.ID, gone.Index, gone.State, gone.LostS, gone.Why = "lg-2", 1, report.WorkerLost, 130, "killed"
	sum.SetWorkers([]report.Worker{worker, gone})
	md, text, all := written(t, briefOf(t, sum))
	said := "Worker lg-2 was lost at 2:10 (killed): 12.5 % of the load of intervention (560 user-seconds and 7 arrivals) was lost with it."
	inOrder(t, md, "> "+said, "**No verdict on p95: workers were lost, and with them 12.5 % of the load of the intervention against 0 % of the baseline;",
		"- Task starts: 7 planned, 0 started, 0 missed, 0 dropped, 7 lost with workers; 0 tasks", "## Workers",
		"| 0 | lg-1\\| | stopped | 0 | 7,200 | 25 % | 0.9 | 0 ± 0 | 0 |  |", "| 1 | lg-2 | lost | 0 | 7,200 | 25 % | 0.9 | 0 ± 0 | 0 | 2:10 killed |",
		"| lost of phase | user-seconds | arrivals | share |", "| intervention | 560 | 7 | 12.5 % |", report.LossMeans)
	assert.Equal(t, 1, strings.Count(strings.Join(strings.Fields(text), " "), said))
	s := all.Suites[0]
	assert.Contains(t, s.Properties, property{"workers", "2"})
	assert.Contains(t, s.Properties, property{"lost share", "0.0625"})
	var cases []testCase
	for _, c := range s.Cases {
		if c.Class == "workers" {
			cases = append(cases, c)
		}
	}
	require.Len(t, cases, 2)
	assert.Nil(t, cases[0].Skipped)
	assert.Equal(t, "stopped, 7,200 requests, lag p99 0.9 ms, CPU 25 %", cases[0].Out)
	assert.Equal(t, &skipped{"lost at 2:10 killed"}, cases[1].Skipped)
}

// A design of two loads has the effects of the load and of both together next to the intervention's.
func TestLoadAndInterventionStandApart(t *testing.T) {
	sum := recorded(part{"low-off", "A", 90, 1, 0}, part{"low-on", "B", 90, 1.1, 0}, part{"high-on", "B", 90, 3.3, 0}, part{"high-off", "A", 90, 2, 0})
	for i, load := range []string{"low", "low", "high", "high"} {
		sum.Phases[i].Load, sum.Phases[i].Users = load, map[string]int{"low": 10, "high": 50}[load]
	}
	b := briefOf(t, sum, "high vs low p95 < +200%", "intervention vs baseline p95 interaction < +10%")
	md, text, all := written(t, b)
	for _, want := range []string{
		"load x intervention: low-on, high-on against low-off, high-off.", "- Load, 50 users in place of 10 users: worse: p95 +",
		"| effect of | baseline | intervention | change in p95 | 95 % interval | finds 4 in 5 | verdict |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n| intervention, both loads | ",
		"| intervention, 50 users | ", "| load |  |  | +", "| both together |  |  | +", "| baseline | closed | 10 and 50 | ",
	} {
		assert.Contains(t, md, want)
	}
	assert.Contains(t, text, "\n  both together ")
	cases := all.Suites[0].Cases
	assert.Equal(t, []string{"p95: low-on, high-on against low-off, high-off", "p95: load", "p95: both together"}, []string{cases[2].Name, cases[3].Name, cases[4].Name})
	assert.True(t, strings.HasPrefix(cases[3].Out, "Load, 50 users in place of 10 users: worse: p95 +"), cases[3].Out)

	for i := range sum.Phases {
		sum.Phases[i].SettleS = 60 // too little is left
	}
	_, _, all = written(t, briefOf(t, sum))
	assert.Contains(t, all.Suites[0].Cases[1].Skipped.Message, "Load, 50 users in place of 10 users: too short to tell on p95: ")
}
