package claim_test

import (
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

// shop is a run of buyers, who wait for 20 ms, and browsers, who wait for 200 ms, in two arms of 2 minutes, of which the
// second has more browsers.
func shop() *report.Summary {
	kinds := func(buyers float64) []report.KindInfo {
		return []report.KindInfo{{Name: "buyer", Share: buyers}, {Name: "browser", Share: 1 - buyers}}
	}
	r := record.New(record.Config{Shards: 1, Phases: []report.PhaseInfo{
		{Name: "usual", End: 2 * time.Minute, Arm: "A", Kinds: kinds(.8)}, {Name: "sale", Start: 2 * time.Minute, End: 4 * time.Minute, Arm: "B", Kinds: kinds(.5)},
	}})
	for at := time.Duration(0); at < 4*time.Minute; at += 100 * time.Millisecond {
		op, took := report.Op{Kind: "buyer", Method: "GET", Name: "/items"}, 20*time.Millisecond
		if n := int(at / (100 * time.Millisecond)); n%5 == 0 || at > 2*time.Minute && n%2 == 0 {
			op.Kind, took = "browser", 200*time.Millisecond
		}
		r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took})
		op = report.Op{Kind: op.Kind, Name: "think hard"}
		r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took/2, Err: map[bool]string{true: "tired"}[op.Kind == "buyer" && at < time.Second]})
	}
	return r.Summary(record.Meta{End: 4 * time.Minute})
}

// planned are the phases of the shop.
func planned(sum *report.Summary) (phases []report.PhaseInfo) {
	for _, p := range sum.Phases {
		phases = append(phases, report.PhaseInfo{Name: p.Name, Arm: p.Arm, Start: time.Duration(p.StartS) * time.Second, End: time.Duration(p.EndS) * time.Second, Kinds: p.Kinds})
	}
	return phases
}

// A kind of users stands where a phase does, or after it.
func TestClaimsOfKinds(t *testing.T) {
	sum := shop()
	for text, said := range map[string]string{
		"buyer GET /items p95 < 80ms":               "p95 of buyer GET /items was 20 ms",
		"browser GET /items p95 < 80ms":             "p95 of browser GET /items was 200 ms",
		"GET /items requests = 2400":                "There were 2,400 requests of GET /items.",
		"run GET /items max < 300ms":                "Maximum of GET /items was 200 ms; 2,400 requests",
		"buyer requests > 1":                        "requests of buyer",
		"usual buyer p50 < 30ms":                    "p50 of buyer in usual was ",
		"usual buyer GET /items p50 < 30ms":         "p50 of buyer GET /items in usual was 20 ms",
		"run browser think hard p50 > 90ms":         "p50 of browser think hard was 100 ms",
		"run think hard failures = 10":              "8 of 2,400 requests of think hard failed.",
		"buyer think hard failures < 1":             "8 of ",
		"sale vs usual buyer GET /items p95 < +10%": "p95 of buyer GET /items: between",
		"sale vs usual GET /items mean < +10%":      "mean of successes of GET /items: between",
	} {
		c, err := claim.Parse(text)
		require.NoError(t, err)
		require.NoError(t, claim.List{c}.Check(plan{phases: planned(sum)}))
		again, err := claim.Parse(c.String())
		require.NoError(t, err)
		assert.Equal(t, claim.List{c}.Judge(sum), claim.List{again}.Judge(sum), "%s", c)
		r := claim.List{c}.Judge(sum)[0]
		assert.Contains(t, r.Said, said, "%s: %+v", text, r)
		assert.Equal(t, r.Claim, c.String())
		got := claim.List{c}.JudgeSoFar(sum)[0]
		assert.NotEqual(t, claim.NotShown, got.Outcome, "%s: %s", text, got.Said)
	}
}

func TestUnknownKindsInClaims(t *testing.T) {
	p := plan{phases: planned(shop()), ops: []string{"GET /items", "buyer GET /items"}}
	for text, want := range map[string]string{
		"seller GET /items p95 < 80ms":     `no phase "seller"; there are "usual", "sale"; kinds of users are "buyer", "browser"`,
		"run seller GET /items p95 < 80ms": `no operation "seller GET /items"; there are "GET /items", "buyer GET /items"`,
		"buyer POST /items p95 < 80ms":     `no operation "buyer POST /items"; there are`,
	} {
		c, err := claim.Parse(text)
		require.NoError(t, err)
		assert.ErrorContains(t, claim.List{c}.Check(p), want)
	}
	c := claim.Claim{Op: report.Op{Kind: "seller"}, Metric: effect.P95, Is: claim.Below, Limit: claim.Limit{Value: 1, Unit: claim.Milliseconds}}
	assert.ErrorContains(t, claim.List{c}.Check(p), `no kind of users "seller"; there are "buyer", "browser"`)
}

// A claim on a journey that a kind of users does not have is refused before the run.
func TestClaimsOnJourneysOfOtherKinds(t *testing.T) {
	shopping := report.Declare(report.SortTransaction, "shopping")
	shopping.Kinds = []string{"buyer"}
	for _, ops := range [][]string{nil, {"GET /items"}} {
		p := plan{phases: planned(shop()), ops: ops, declared: []report.Declared{shopping, report.Declare(report.SortTransaction, "checkout")}}
		for text, want := range map[string]string{
			"browser shopping failures < 1%":   `browser has no journey "shopping"; it belongs to "buyer"`,
			"sale browser shopping p95 < 1s":   `browser has no journey "shopping"`,
			"buyer shopping failures < 1%":     "",
			"shopping failures < 1%":           "",
			"browser checkout failures < 1%":   "",
			"sale vs usual shopping p95 < +5%": "",
			"sale vs usual browser p95 < +5%":  "",
		} {
			c, err := claim.Parse(text)
			require.NoError(t, err)
			err = claim.List{c}.Check(p)
			if want == "" {
				assert.NoError(t, err, text)
				continue
			}
			assert.ErrorContains(t, err, want)
		}
	}
}

// The effect on an operation over all kinds is weighted to the mix of both arms together: more browsers do not make it
// slower. What the sum shows is given too.
func TestEffectsOfMixedKinds(t *testing.T) {
	sum := shop()
	r, err := effect.Analyze(sum, effect.Options{Op: report.Op{Method: "GET", Name: "/items"}, Primary: effect.Mean})
	require.NoError(t, err)
	assert.InDelta(t, .6*20+.4*200, r.Primary().Baseline.Estimate, 2)
	assert.Equal(t, effect.NoneSeen, r.Primary().Verdict)
	require.NotNil(t, r.Primary().Raw)
	assert.InDelta(t, .8*20+.2*200, r.Primary().Raw.Baseline.Estimate, 2)
	assert.Equal(t, effect.Worse, r.Primary().Raw.Verdict)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "The arms differ in mix: ")
	raw, err := effect.Analyze(sum, effect.Options{Op: report.Op{Method: "GET", Name: "/items"}, Primary: effect.Mean, Raw: true})
	require.NoError(t, err)
	assert.Contains(t, raw.Warnings, "The arms mix kinds of users differently: compare kind by kind.")
	assert.Equal(t, effect.Worse, raw.Primary().Verdict)
	r, err = effect.Analyze(sum, effect.Options{Op: report.Op{Name: "buyer GET /items"}, Primary: effect.Mean})
	require.NoError(t, err)
	assert.InDelta(t, 20, r.Primary().Intervention.Estimate, 1)
	assert.Equal(t, "buyer", r.Primary().Kind)
}

// A claim on all kinds together, or on all that one does, doubts a figure as one on a row of the report does.
func TestClaimsOverKindsSayThatTheGeneratorWasLate(t *testing.T) {
	r := record.New(record.Config{Shards: 1, Phases: []report.PhaseInfo{{Name: "usual", End: time.Minute, Kinds: []report.KindInfo{{Name: "buyer"}, {Name: "browser"}}}}})
	for i := range 600 {
		at := time.Duration(i) * 100 * time.Millisecond
		op := report.Op{Kind: []string{"buyer", "browser"}[i%2], Method: "GET", Name: "/items"}
		r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at + 50*time.Millisecond, Sent: at + 50*time.Millisecond, Done: at + 60*time.Millisecond})
	}
	sum := r.Summary(record.Meta{End: time.Minute})
	for _, text := range []string{"buyer GET /items p95 < 80ms", "GET /items p95 < 80ms", "buyer p95 < 80ms", "usual GET /items p95 < 80ms", "p95 < 80ms"} {
		got := expect(t, sum, text, claim.Holds, "was 60 ms")
		assert.Contains(t, got.Notes, "The generator was late: p95 is not measured.", text)
	}
}
