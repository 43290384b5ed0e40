package account

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// made is a search that found a capacity near 100/s, or 100 users.
func made(t *testing.T, text string, users bool, claims ...string) *Search {
	t.Helper()
	c, err := ParseClaim(text)
	require.NoError(t, err)
	s, err := c.Ask(capacity.Search{From: 20, To: 1000, Users: users, Time: 15 * time.Minute, Hold: 15 * time.Second})
	require.NoError(t, err)
	list, err := claim.ParseAll(claims...)
	require.NoError(t, err)
	a := New(s, c)
	var holds []capacity.Hold
	for {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		began := time.Duration(len(holds)) * step.For
		mean := s.Limit * math.Pow(step.Load/100, 4)
		h := capacity.Hold{
			Load: step.Load, End: began + step.For, Seconds: []capacity.Second{{Count: 10 * step.Load, Sum: 10 * step.Load * mean}},
			Rate: step.Load, Busy: step.Load / 25, Value: 200, Flooded: step.Load > 125,
		}
		holds = append(holds, h)
		sum := &report.Summary{Seed: uint64(len(holds))}
		if len(holds) == 2 {
			sum.Health.Lag = report.TooLate
		}
		a.Add(began, h, sum)
	}
	a.Name = "shop"
	a.Conclude(s.Estimate(holds), list)
	return a
}

func TestADocumentIsReadAsItWasWritten(t *testing.T) {
	a := made(t, "p95 < 250ms", false, "capacity > 50/s")
	var file bytes.Buffer
	require.NoError(t, a.WriteJSON(&file))
	assert.True(t, Is(bytes.NewReader(file.Bytes())))
	b, err := Read(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, a.Holds, b.Holds)
	assert.Equal(t, a.Rows(), b.Rows())
	assert.Equal(t, a.Sentence, b.Result.Sentence())
	again := b.Sought()
	assert.Equal(t, a.Result.Capacity, again.Search.Estimate(again.Holds).Capacity, "the holds in short give the same")
	_, err = report.ReadSummary(bytes.NewReader(file.Bytes()))
	assert.ErrorIs(t, err, report.ErrSchema, "it is not the summary of a run")
}

func TestOtherDocumentsAreRefused(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, made(t, "p95 < 250ms", false).WriteJSON(&file))
	text := file.String()
	for in, want := range map[string]string{
		"":                 "it is empty",
		text[:len(text)/2]: "it is cut off",
		text + "{}":        "there is more after it",
		`{"schema": 3}`:    `its kind is ""`,
		`{"kind": "x"}`:    `its kind is "x"`,
		`{"kind": ["x"]}`:  "cannot unmarshal",
		strings.Replace(text, `"version": 1`, `"version": 2`, 1):       "version 2; this version reads 1",
		strings.Replace(text, `"from": 20`, `"from": -20`, 1):          "want 0 < From < To",
		strings.Replace(text, `"load": 20,`, `"load": 2,`, 2):          "holds[0] has no load of the search",
		`{"kind": "capacity search", "version": 1, "holds": []}`:       "it has no result",
		strings.Replace(text, `"outcome": "found"`, `"outcome": 5`, 1): "cannot unmarshal",
	} {
		_, err := Read(strings.NewReader(in))
		require.ErrorIs(t, err, ErrKind, in)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "\n")
	}
	for _, in := range []string{"", "[", `{"schema": 3, "kind": "capacity search"}`, `{"kind": "x"}`} {
		assert.False(t, Is(strings.NewReader(in)), in)
	}
}

// A claim holds if the whole interval keeps it, and is broken if none of it does.
func TestClaimsOnACapacity(t *testing.T) {
	for text, want := range map[string]claim.Outcome{
		"capacity > 50/s": claim.Holds, "capacity >= 50/s": claim.Holds, "capacity < 150/s": claim.Holds, "capacity <= 150/s": claim.Holds,
		"capacity > 150/s": claim.Broken, "capacity < 50/s": claim.Broken, "capacity <= 50/s": claim.Broken,
	} {
		a := made(t, "p95 < 250ms", false, text)
		assert.Equal(t, want, a.Claims[0].Outcome, text)
		assert.Equal(t, text, a.Claims[0].Claim)
		assert.Equal(t, a.Sentence, a.Claims[0].Said)
		assert.Equal(t, a.Result.Capacity, a.Claims[0].Figure.Estimate)
	}
	a := made(t, "p95 < 250ms", true, "capacity > 40 users", "capacity > 1 user")
	assert.Equal(t, "capacity > 40 users", a.Claims[0].Claim)
	assert.Equal(t, "capacity > 1 user", a.Claims[1].Claim)
	assert.Equal(t, claim.Holds, a.Claims[0].Outcome)
	at := claim.Claim{Metric: claim.Own, Op: report.Op{Name: "capacity"}, Is: claim.Above, Limit: claim.Rate(made(t, "p95 < 250ms", false).Result.Capacity)}
	a = made(t, "p95 < 250ms", false)
	a.Conclude(a.Result, claim.List{at})
	assert.Equal(t, claim.NotShown, a.Claims[0].Outcome, "the interval reaches across it")
	a.Result.High = math.Inf(1)
	at.Is = claim.Below
	a.Conclude(a.Result, claim.List{at})
	assert.Equal(t, claim.NotShown, a.Claims[0].Outcome, "there is no upper limit")
}

func TestClaimsThatASearchCannotBeHeldTo(t *testing.T) {
	for text, want := range map[string]string{
		"p95 < 250ms":               "a search for a capacity is held to claims on that alone, such as capacity > 150/s",
		"baseline capacity > 150/s": "a search for a capacity is held to claims on that alone",
		"capacity > 40 users":       "this search can be held to a claim such as capacity > 150/s",
		"generator healthy":         "a search for a capacity is held to claims on that alone",
		"capacity > 99%":            "this search can be held to",
	} {
		c, err := claim.Parse(text)
		require.NoError(t, err, text)
		assert.ErrorContains(t, CheckClaim(c, false), want, text)
	}
	c, err := claim.Parse("capacity > 150/s")
	require.NoError(t, err)
	assert.NoError(t, CheckClaim(c, false))
	assert.ErrorContains(t, CheckClaim(c, true), "capacity > 40 users")
	c.Abort = true
	assert.ErrorContains(t, CheckClaim(c, false), "known at the end of the search")
}

func TestWhatCanBeSearchedFor(t *testing.T) {
	for text, want := range map[string]capacity.Claim{
		"p95 < 250ms":               {Metric: "p95", Below: 250},
		"GET /api/todos p99.9 < 1s": {Metric: "p999", Op: report.Op{Method: "GET", Name: "/api/todos"}, Below: 1000},
		"checkout p95 <= 2s":        {Metric: "p95", Op: report.Op{Name: "checkout"}, Below: 2000},
		"failures < 1%":             {Metric: "failures", Below: .01},
		"mean < 100ms":              {Metric: "mean", Below: 100},
	} {
		c, err := ParseClaim(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, c, text)
	}
	for text, want := range map[string]string{
		"p95":                            "nothing is compared",
		"p95 > 250ms":                    `">" does not get worse under more load; write p95 < 250ms`,
		"intervention GET / p95 < 250ms": "a search has no phases",
		"B vs A p95 < +10%":              "a search has no phases",
		"abort unless failures < 1%":     "a search has no phases and ends at its time",
		"failures < 10":                  "write p95 < 250ms",
		"throughput < 20/s":              "write p95 < 250ms",
		"max < 2s":                       `no load is too high for the metric "max"`,
		"failures < 100%":                "a share below 1",
	} {
		_, err := ParseClaim(text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestDoubtsAboutTheGeneratorComeFirst(t *testing.T) {
	a := made(t, "p95 < 250ms", false)
	a.Ended = "no time"
	require.GreaterOrEqual(t, len(a.Doubts()), 2)
	assert.Equal(t, "The search ended before its time: no time.", a.Doubts()[0])
	assert.Regexp(t, `^The generator was too late in 1 of \d+ holds: what it could not send on time is not the target's limit\.$`, a.Doubts()[1])
}

func TestFiguresAreInTheUnitOfTheClaim(t *testing.T) {
	for text, want := range map[string][3]string{
		"p95 < 250ms":   {"200 ms", "5 %", "failed"},
		"failures < 1%": {"20000 %", "1 %", "failed"},
		"mean < 100ms":  {"200 ms", "100 ms", "failed"},
	} {
		a := made(t, text, false)
		h := &a.Holds[0]
		assert.Equal(t, want[0], strings.ReplaceAll(a.Measured(h), ",", ""), text)
		assert.Equal(t, want[1], a.Mean(a.Result.Limit), text)
		h.Value = report.NoValue
		assert.Equal(t, want[2], a.Measured(h), text)
		h.Count = 0
		assert.Equal(t, "no request", a.Measured(h), text)
	}
}
