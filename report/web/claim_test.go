package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
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

func TestReportOfClaims(t *testing.T) {
	hasNot(t, written(t, web.ReportOptions{}), "Claims <small")
	text := written(t, web.ReportOptions{Claims: []web.Claim{
		{Text: "p50 < 1s", Held: true, Said: "p50 was 12 ms; 9,000 requests."},
		{Text: "baseline p95 < 20ms", Said: "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", Notes: []string{"worst: GET /slow 90 ms", "replay: seed 7"}},
		{Text: "baseline p99 < 40ms", Outcome: "not shown", Said: "p99 was 39 ms."},
	}})
	order(t, text, `aria-label="Verdict"`, `Claims <small class="bad">2 of 3 do not hold</small>`,
		`is-broken">broken</span>`, "<b>baseline p95 &lt; 20ms</b>", "p95 was 31 ms (95 % interval 30 ms to 32 ms); 4,000 requests.", "worst: GET /slow 90 ms", "replay: seed 7",
		`is-broken">not shown</span>`, "<b>baseline p99 &lt; 40ms</b>", `is-held">holds</span>`, "<b>p50 &lt; 1s</b>", "p50 was 12 ms; 9,000 requests.", `<dl class="tiles card">`)
	has(t, written(t, web.ReportOptions{Claims: []web.Claim{{Text: "p50 < 1s", Held: true}}}), "Claims <small>all hold</small>")
}

func TestHostileClaims(t *testing.T) {
	var claims []web.Claim
	for _, name := range hostile {
		claims = append(claims, web.Claim{Text: name, Outcome: name, Said: name, Notes: []string{name}})
	}
	text := written(t, web.ReportOptions{Claims: claims})
	hasNot(t, text, "<script>window")
	hasNot(t, text, "<img")
	assert.Equal(t, 2, strings.Count(text, "</script>"))
}

// TestReportAddressShowsClaims judges them when the run is over and not before.
func TestReportAddressShowsClaims(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	s := serve(t, load, web.Options{Claims: func(sum *report.Summary, _ bool) []web.Claim {
		assert.Positive(t, sum.Total.Requests)
		return []web.Claim{{Text: "baseline p95 < 1ms", Said: "p95 was more."}}
	}})
	hasNot(t, s.get("/stats/report").body, "Claims <small")
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(400 * time.Second)
	hasNot(t, s.get("/stats/report").body, "Claims <small")
	load.Advance(time.Hour)
	has(t, s.get("/stats/report").body, "<b>baseline p95 &lt; 1ms</b>")
}

// TestClaimsAddress tells where the claims stand while the run goes on, and
// what came of them when it is over.
func TestClaimsAddress(t *testing.T) {
	type body struct {
		Run  int
		Over bool
		View *struct {
			Broken bool
			Sum    string
			Rows   []struct{ Kind, Text, Outcome, Said string }
		}
	}
	look := func(s *site) (b body) {
		require.NoError(t, json.Unmarshal([]byte(s.get("/api/claims").body), &b))
		return b
	}
	assert.Nil(t, look(serve(t, fake.New(fake.Todo(), nil), web.Options{})).View, "nothing was asserted")

	load := fake.New(fake.Todo(), fake.Schedule())
	calls := 0
	s := serve(t, load, web.Options{Claims: func(sum *report.Summary, over bool) []web.Claim {
		calls++
		if over {
			return []web.Claim{{Text: "a", Held: true}, {Text: "b"}}
		}
		return []web.Claim{{Text: "a", Undecided: true, Held: true}, {Text: "b", Outcome: "failing so far", Said: "It was 3 ms."}, {Text: "c", Held: true, Outcome: "passing so far"}}
	}})
	assert.Nil(t, look(s).View, "nothing has run")
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(100 * time.Second)
	live := look(s)
	require.NotNil(t, live.View)
	assert.False(t, live.Over)
	assert.Equal(t, "so far: 1 failing, 1 passing, 1 not yet decidable", live.View.Sum)
	assert.True(t, live.View.Broken)
	var rows []string
	for _, r := range live.View.Rows {
		rows = append(rows, r.Kind+" "+r.Text+" "+r.Outcome)
	}
	assert.Equal(t, []string{"broken b failing so far", "undecided a not yet decidable", "held c passing so far"}, rows)
	for range 20 {
		look(s)
	}
	assert.Equal(t, 1, calls, "many who look cost no more than one")
	load.Advance(time.Hour)
	over := look(s)
	assert.True(t, over.Over)
	assert.Equal(t, "1 of 2 do not hold", over.View.Sum)
}

// TestClaimsTakeAHundredthOfTheTime looks all the time, and slow claims are
// judged seldom.
func TestClaimsTakeAHundredthOfTheTime(t *testing.T) {
	for took, most := range map[time.Duration]int{0: 120, 200 * time.Millisecond: 30, 5 * time.Second: 10} {
		synctest.Test(t, func(t *testing.T) {
			load := fake.New(fake.Todo(), fake.Schedule())
			require.NoError(t, load.Start(web.Order{Scheduled: true}))
			load.Advance(100 * time.Second)
			calls := 0
			h, err := web.New(load, web.Options{Claims: func(*report.Summary, bool) []web.Claim {
				calls++
				time.Sleep(took)
				return nil
			}})
			require.NoError(t, err)
			for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(time.Second) {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/claims", nil))
			}
			assert.InDelta(t, most, calls, 2, "each takes %s", took)
		})
	}
}
