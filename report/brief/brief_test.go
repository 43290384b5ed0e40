package brief

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

func TestVerdictComesFirst(t *testing.T) {
	b := briefOf(t, chaos(), "chaos vs baseline p95 < +20%", "after p95 < 1s")
	md, text, all := written(t, b)
	assert.True(t, strings.HasPrefix(md, "# shop\n\n**1 of 2 claims do not hold.**\n"), md[:200])
	for _, want := range []string{
		"| ❌ **broken** | chaos vs baseline p95 &lt; +20% | Worse: p95 +1", "| ✅ holds | after p95 &lt; 1s | p95 in after was",
		"- worst: POST /b\\|&lt;script&gt; +", "A-B-A: chaos against baseline, after.", "| **Aggregated** | **p95** |",
		"Second baseline against the first one: ", "## Recovery", "p95 recovered after ", "Failure share recovered after ", "Throughput recovered after ",
		"| chaos | B | closed | 50 | 2:20 – 3:50 | 80 |", "would have found 4 times in 5 is ", "Left out: 30 s of ramps and settling", "<details><summary>Operations in chaos</summary>",
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
