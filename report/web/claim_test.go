package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

// order checks that parts follow each other in a long text.
func order(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		i := strings.Index(text, part)
		if !assert.GreaterOrEqual(t, i, 0, "it lacks %q after what stands before it", part) {
			return
		}
		text = text[i+len(part):]
	}
}

func TestReportOfAssertions(t *testing.T) {
	hasNot(t, written(t, web.ReportOptions{}), "Assertions")
	text := written(t, web.ReportOptions{Claims: []web.Claim{
		{Text: "p50 < 1s", Held: true, Said: "p50 was 12 ms; 9,000 requests."},
		{Text: "baseline p95 < 20ms", Said: "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", Notes: []string{"worst: GET /slow 90 ms", "replay: seed 7"}},
		{Text: "baseline p99 < 40ms", Outcome: "not shown", Said: "p99 was 39 ms."},
	}})
	order(t, text, `aria-label="Verdict"`, `Assertions <small class="bad">2 of 3 do not hold</small>`,
		"✗ broken", "<b>baseline p95 &lt; 20ms</b>", "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", "worst: GET /slow 90 ms", "replay: seed 7",
		"✗ not shown", "<b>baseline p99 &lt; 40ms</b>", "✓ holds", "<b>p50 &lt; 1s</b>", "p50 was 12 ms; 9,000 requests.", `<dl class="tiles card">`)
	has(t, written(t, web.ReportOptions{Claims: []web.Claim{{Text: "p50 < 1s", Held: true}}}), "Assertions <small>all hold</small>")
}

func TestHostileAssertions(t *testing.T) {
	var claims []web.Claim
	for _, name := range hostile {
		claims = append(claims, web.Claim{Text: name, Outcome: name, Said: name, Notes: []string{name}})
	}
	text := written(t, web.ReportOptions{Claims: claims})
	hasNot(t, text, "<script>window")
	hasNot(t, text, "<img")
	assert.Equal(t, 2, strings.Count(text, "</script>"))
}

// TestReportAddressShowsAssertions judges them when the run is over and not before.
func TestReportAddressShowsAssertions(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	s := serve(t, load, web.Options{Claims: func(sum *report.Summary) []web.Claim {
		assert.Positive(t, sum.Total.Requests)
		return []web.Claim{{Text: "baseline p95 < 1ms", Said: "p95 was more."}}
	}})
	hasNot(t, s.get("/stats/report").body, "Assertions")
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(400 * time.Second)
	hasNot(t, s.get("/stats/report").body, "Assertions")
	load.Advance(time.Hour)
	has(t, s.get("/stats/report").body, "<b>baseline p95 &lt; 1ms</b>")
}
