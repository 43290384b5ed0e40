package claim_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

func TestParse(t *testing.T) {
	get := report.Op{Method: "GET", Name: "/api/todos"}
	for text, want := range map[string]claim.Claim{
		"intervention p95 < 250ms": {Phase: "intervention", Metric: effect.P95, Is: claim.Below, Limit: claim.Time(250 * time.Millisecond)},
		"baseline GET /api/todos failures < 1%": {
			Phase: "baseline", Op: get, Metric: effect.Failures, Is: claim.Below, Limit: claim.InPercent(1)},
		"intervention vs baseline p95 < +10%": {
			Phase: "intervention", Against: "baseline", Metric: effect.P95, Is: claim.Below, Limit: claim.InPercent(10)},
		"generator healthy":                   {Metric: claim.Generator},
		"abort unless generator healthy":      {Metric: claim.Generator, Abort: true},
		"abort unless baseline failures <20%": {Phase: "baseline", Metric: effect.Failures, Is: claim.Below, Limit: claim.InPercent(20), Abort: true},
		"GET /api/todos p99 < 1s":             {Op: get, Metric: effect.P99, Is: claim.Below, Limit: claim.Time(time.Second)},
		"/health mean<=5ms":                   {Op: report.Op{Name: "/health"}, Metric: effect.Mean, Is: claim.AtMost, Limit: claim.Time(5 * time.Millisecond)},
		"p99.9 < 1m30s":                       {Metric: "p999", Is: claim.Below, Limit: claim.Time(90 * time.Second)},
		"run checkout p95 < 1 s":              {Op: report.Op{Name: "checkout"}, Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
		"run rps >= 20/s":                     {Metric: effect.Throughput, Is: claim.AtLeast, Limit: claim.Rate(20)},
		"failures = 0":                        {Metric: effect.Failures, Is: claim.Equal, Limit: claim.Count(0)},
		"exceptions == 0":                     {Metric: claim.Exceptions, Is: claim.Equal, Limit: claim.Count(0)},
		"baseline requests > 1000":            {Phase: "baseline", Metric: claim.Requests, Is: claim.Above, Limit: claim.Count(1000)},
		"after vs baseline p95 recovery < 60s": {
			Phase: "after", Against: "baseline", Metric: effect.P95, Recovery: true, Is: claim.Below, Limit: claim.Time(time.Minute)},
		"B vs A GET /api/todos throughput > -3/s": {
			Phase: "B", Against: "A", Op: get, Metric: effect.Throughput, Is: claim.Above, Limit: claim.Rate(-3)},
		"B vs A failures < +0.5pp":     {Phase: "B", Against: "A", Metric: effect.Failures, Is: claim.Below, Limit: claim.InPoints(.5)},
		"B vs A exceedance < 2 points": {Phase: "B", Against: "A", Metric: effect.Exceedance, Is: claim.Below, Limit: claim.InPoints(2)},
		"B vs A p95 < +20 ms":          {Phase: "B", Against: "A", Metric: effect.P95, Is: claim.Below, Limit: claim.Time(20 * time.Millisecond)},
		`"steady state" "list <all>" p95 < 1s`: {
			Phase: "steady state", Op: report.Op{Name: "list <all>"}, Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
		`"run" p95 < 1s`:          {Phase: "run", Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
		`"say ""hi""" max < 10us`: {Phase: `say "hi"`, Metric: claim.Max, Is: claim.Below, Limit: claim.Time(10 * time.Microsecond)},
		`"GET /a b" p95 < 1s`:     {Op: report.Op{Method: "GET", Name: "/a b"}, Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
		"GET p95 < 1s":            {Phase: "GET", Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
		"a recovery p95 < 1s":     {Phase: "a", Op: report.Op{Name: "recovery"}, Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)},
	} {
		got, err := claim.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
		again, err := claim.Parse(got.String())
		require.NoError(t, err, "%s -> %s", text, got)
		assert.Equal(t, got, again, "%s -> %s", text, got)
	}
}

// Each message names what is wrong and what to write.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "is empty: write a claim such as intervention p95 < 250ms",
		"GET /items {region=eu p95 < 1s":     `the brace in "{region" is not closed: write a tag as GET /items {region=eu} p95 < 100ms`,
		"GET /items{region=a b} p95 < 1s":    `the brace in "/items{region" is not closed`,
		"abort unless":                       `"abort" says which claim must hold`,
		"abort if p95 > 1s":                  `write abort unless intervention failures < 20%`,
		"generator fine":                     "the only claim about the generator is: generator healthy",
		"intervention p95 250ms":             "nothing is compared",
		"intervention p95 ~ 250ms":           "nothing is compared",
		"intervention p95 != 250ms":          `"!=" compares nothing: write <, <=, >, >= or =`,
		"intervention < 250ms":               `"intervention" is not a metric: write p50, p95, p99`,
		"< 250ms":                            "no metric before the comparison",
		`"p95" < 250ms`:                      "no metric before the comparison",
		"intervention p100 < 1s":             `"p100" is not a metric`,
		"intervention p95 <":                 "nothing to compare with: write a limit such as 250ms",
		"intervention p95 < fast":            `"fast" is not a limit: write a limit such as 250ms`,
		"intervention p95 < NaN":             `"NaN" is not a limit`,
		"intervention p95 < 0x1p3ms":         "is not a limit",
		"intervention p95 < 1e300ms":         "is not a limit",
		"intervention p95 < 99999999999999s": "is too large",
		"intervention p95 < 1s < 2s":         "does not belong after the first comparison",
		"intervention p95 < 250":             "p95 is compared with a time such as 250ms, not 250",
		"intervention p95 < 1%":              "p95 is compared with a time such as 250ms, not 1%",
		"intervention p95 < -1ms":            "p95 is never negative",
		"intervention p95 = 250ms":           "= compares whole numbers",
		"intervention failures < 5ms":        "failures is compared with a share such as 1%",
		"intervention throughput > 5":        "throughput is compared with a rate such as 20/s",
		"intervention requests > 5%":         "requests is compared with a number",
		"intervention exceptions = 0":        "exceptions are counted for the whole run",
		"intervention exceedance < 5%":       "exceedance needs a baseline",
		"a vs b failures < +1%":              "the change of failures is compared with percentage points such as +1pp, not 1%",
		"a vs b p95 < +1pp":                  "the change of p95 is compared with a change such as +10% or +20ms",
		"a vs b max < +1%":                   "no effect is computed on max",
		"a vs a p95 < +1%":                   `"a" is compared with itself`,
		"a vs b requests = 0":                "a change is never equal",
		"a vs p95 < +1%":                     `no phase after "vs"`,
		"run vs b p95 < +1%":                 `"vs" stands between two phases`,
		"vs b p95 < +1%":                     `"vs" stands between`,
		"a GET /x vs b p95 < +1%":            "the operation after them",
		"a p95 interaction < +9%":            "an interaction is that of the intervention with the load",
		"p95 interaction < +9%":              "an interaction is that of",
		"a vs b p95 interaction < +1pp":      "the interaction on p95 is compared with a change such as +10% or +20ms",
		"a vs b interaction < +1%":           `"b" is not`,
		"a p95 recovery < 60s":               "a recovery is to a baseline",
		"a vs b p95 recovery > 60s":          "a recovery takes less than something",
		"a vs b mean recovery < 60s":         "no recovery of mean is computed",
		"a vs b p95 recovery < 60%":          "a recovery time is compared with a time such as 60s",
		"abort unless a vs b p95 < +1%":      "effects and recoveries are judged when the run is over",
		"abort unless requests > 100":        "requests cannot end a run",
		"abort unless failures = 0":          "= cannot end a run",
		`"open p95 < 1s`:                     "is not closed",
		`"" p95 < 1s`:                        "a name is empty",
	} {
		_, err := claim.Parse(text)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want, text)
		assert.NotContains(t, err.Error(), "\n")
	}
	_, err := claim.ParseAll("p95 < 1s", "p95", "x")
	require.Error(t, err)
	assert.Equal(t, 2, strings.Count(err.Error(), "claim "), "every error is reported")
}

func TestValidateTypedForm(t *testing.T) {
	ok := claim.Claim{Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Second)}
	assert.NoError(t, claim.List{ok}.Check(plan{}))
	for name, spoil := range map[string]func(*claim.Claim){
		"no metric":   func(a *claim.Claim) { a.Metric = "" },
		"no relation": func(a *claim.Claim) { a.Is = "" },
		"no limit":    func(a *claim.Claim) { a.Limit = claim.Limit{} },
		"NaN":         func(a *claim.Claim) { a.Limit.Value = nan },
		"odd unit":    func(a *claim.Claim) { a.Limit.Unit = "furlongs" },
	} {
		a := ok
		spoil(&a)
		assert.Error(t, claim.List{a}.Check(plan{}), name)
		assert.Equal(t, claim.NotShown, claim.List{a}.Judge(&report.Summary{})[0].Outcome, name)
	}
}

// Whatever is read without an error reads back as itself.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"intervention p95 < 250ms", "abort unless generator healthy", `"a b" vs c GET "/x y" p99.9 <= +1.5pp`, "run vs < 1",
		"a vs b p95 recovery < 1m30s", `"""" failures=0`, "GET GET p5>=0.3ns", "wins = 1", `a "title ok">=99%`, "GET /x {a=b} p95 < 1s", "{a=b} = 2", `"p95" = 1`, "run \"vs\" mean > 1min", "x rps > -0/s",
		"intervention vs baseline GET /a p95 interaction < +10%", "high vs low p95 < +50%", `p95 "interaction" = 1`, "p95 interaction < 3", "interaction > 2", "a interaction interaction >= 1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := claim.Parse(s)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		again, err := claim.Parse(a.String())
		require.NoError(t, err, "%q -> %q", s, a.String())
		require.Equal(t, a, again, "%q -> %q", s, a.String())
	})
}

// What a claim takes for a metric or a keyword no kind, journey or figure may be called.
func TestWordsOfClaimsAreReserved(t *testing.T) {
	_, err := claim.Parse("zzz < 5ms")
	require.Error(t, err)
	_, list, _ := strings.Cut(err.Error(), "write ")
	words := strings.FieldsFunc(strings.NewReplacer(" or ", ",", "any other p<number>", "p999,P50,p99.9").Replace(list), func(r rune) bool { return r == ',' || r == ' ' })
	require.Greater(t, len(words), 10)
	for _, word := range append(words, "rps", "RUN", "run", "vs", "abort", "unless", "generator", "recovery", "GET", "delete", "Aggregated") {
		assert.True(t, report.Op{Name: word}.Reserved(), word)
	}
	for _, word := range []string{"", "p", "pp95", "p95x", "wins", "my requests", "basket", "get it"} {
		assert.False(t, report.Op{Name: word}.Reserved(), word)
	}
}

var nan = math.NaN()
