package html_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
)

func TestReportOfClaims(t *testing.T) {
	hasNot(t, written(t, html.Options{}), "Claims <small")
	text := written(t, html.Options{Claims: []claim.Result{
		{Claim: "p50 < 1s", Outcome: claim.Holds, Said: "p50 was 12 ms; 9,000 requests."},
		{Claim: "baseline p95 < 20ms", Outcome: claim.Broken, Said: "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", Worst: []string{"GET /slow 90 ms"}, Seed: 7, Plan: "9f2c"},
		{Claim: "baseline p99 < 40ms", Outcome: claim.NotShown, Said: "p99 was 39 ms."},
	}})
	order(t, text, `aria-label="Verdict"`, `Claims <small class="bad">2 of 3 do not hold</small>`,
		`is-broken">broken</span>`, "<b>baseline p95 &lt; 20ms</b>", "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", "worst: GET /slow 90 ms", "replay: seed 7",
		`is-broken">not shown</span>`, "<b>baseline p99 &lt; 40ms</b>", `is-held">holds</span>`, "<b>p50 &lt; 1s</b>", "p50 was 12 ms; 9,000 requests.", `<dl class="tiles card">`)
	has(t, written(t, html.Options{Claims: []claim.Result{{Claim: "p50 < 1s", Outcome: claim.Holds}}}), "Claims <small>all hold</small>")
}

func TestHostileClaims(t *testing.T) {
	var claims []claim.Result
	for _, name := range fake.Hostile {
		claims = append(claims, claim.Result{Claim: name, Outcome: claim.Outcome(name), Said: name, Notes: []string{name}})
	}
	text := written(t, html.Options{Claims: claims})
	hasNot(t, text, "<script>window")
	hasNot(t, text, "<img")
	assert.Equal(t, 2, strings.Count(text, "</script>"))
}
