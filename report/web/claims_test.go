package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestReportAddressShowsClaims judges them when the run is over and not before.
func TestReportAddressShowsClaims(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	s := serve(t, load, web.Options{Claims: func(sum *report.Summary, _ bool) []claim.Result {
		assert.Positive(t, sum.Total.Requests)
		return []claim.Result{{Claim: "baseline p95 < 1ms", Outcome: claim.Broken, Said: "p95 was more."}}
	}})
	hasNot(t, s.get("/stats/report").body, "Claims <small")
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(400 * time.Second)
	hasNot(t, s.get("/stats/report").body, "Claims <small")
	load.Advance(time.Hour)
	has(t, s.get("/stats/report").body, "<b>baseline p95 &lt; 1ms</b>")
}

// TestClaimsAddress checks where the claims stand during the run, and
// their outcomes when it is over.
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
	assert.Nil(t, look(serve(t, fake.New(fake.Todo(), nil), web.Options{})).View, "no claims")

	load := fake.New(fake.Todo(), fake.Schedule())
	calls := 0
	s := serve(t, load, web.Options{Claims: func(sum *report.Summary, over bool) []claim.Result {
		calls++
		if over {
			return []claim.Result{{Claim: "a", Outcome: claim.Holds}, {Claim: "b", Outcome: claim.Broken}}
		}
		return []claim.Result{{Claim: "a", Outcome: claim.Undecided}, {Claim: "b", Outcome: claim.Failing, Said: "It was 3 ms."}, {Claim: "c", Outcome: claim.Passing}}
	}})
	assert.Nil(t, look(s).View, "nothing has run")
	require.NoError(t, load.Start(web.Order{Planned: true}))
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
	assert.Equal(t, "1 of 2 does not hold", over.View.Sum)
}

// TestClaimsTakeAHundredthOfTheTime looks all the time, and slow claims are
// judged seldom.
func TestClaimsTakeAHundredthOfTheTime(t *testing.T) {
	for took, most := range map[time.Duration]int{0: 120, 200 * time.Millisecond: 30, 5 * time.Second: 10} {
		if took < 5*time.Second && testing.Short() {
			continue // 120 summaries, and 30
		}
		synctest.Test(t, func(t *testing.T) {
			load := fake.New(fake.Todo(), fake.Schedule())
			require.NoError(t, load.Start(web.Order{Planned: true}))
			load.Advance(100 * time.Second)
			calls := 0
			h, err := web.New(load, web.Options{Claims: func(*report.Summary, bool) []claim.Result {
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
