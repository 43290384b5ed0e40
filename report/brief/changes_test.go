package brief

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestWriteChanges(t *testing.T) {
	op := func(rps float64, p50, p95 report.Millis, failures int64) []report.Operation {
		return []report.Operation{{Method: "GET", Name: "/x", Requests: 300, Failures: failures, RPS: rps, ResponseMS: report.Figures{P50: p50, P95: p95}}}
	}
	sum := &report.Summary{Phases: []report.PhaseSummary{
		{Name: "baseline", Operations: op(2, 3, 12, 0)},
		{Name: "intervention", Operations: op(10, 9, report.Millis(math.Inf(1)), 21)},
	}}
	var out strings.Builder
	require.NoError(t, (&Brief{Run: sum}).WriteChanges(&out))
	inOrder(t, out.String(), "What changed from baseline to intervention", "GET /x\n", "2 -> 10", "0 % -> 7 %", "3 -> 9 (x3)", "12 -> failed\n")
	out.Reset()
	require.NoError(t, (&Brief{Run: &report.Summary{Phases: []report.PhaseSummary{sum.Phases[1], sum.Phases[0]}}}).WriteChanges(&out))
	inOrder(t, out.String(), "9 -> 3 (x0.33)", "failed -> 12 (recovered)\n")
	out.Reset()
	third := sum.Phases[0]
	sum.Phases[0].Arm, sum.Phases[1].Arm, third.Arm, third.Name = "A", "B", "A", "baseline-2"
	require.NoError(t, (&Brief{Run: &report.Summary{Phases: append(sum.Phases, third)}}).WriteChanges(&out))
	assert.Contains(t, out.String(), "What changed from baseline to intervention", "and not to the second baseline")
	out.Reset()
	require.NoError(t, (&Brief{Run: &report.Summary{Phases: sum.Phases[:1]}}).WriteChanges(&out))
	assert.Empty(t, out.String())
}

func TestChangesOfTheMix(t *testing.T) {
	row := func(method, name string, p50 report.Millis, grade report.Grade) report.Operation {
		return report.Operation{Method: method, Name: name, Requests: 200, ResponseMS: report.Figures{P50: p50, P95: p50}, Trust: report.Trust{P50: report.Rating{Grade: grade}}}
	}
	before := report.PhaseSummary{Operations: []report.Operation{row("GET", "/a", 2, report.NotMeasured), row("GET", "/b", 2, ""), row("", report.Aggregated, 2, "")}}
	after := report.PhaseSummary{Operations: []report.Operation{row("GET", "/a", 246, report.Doubtful), row("PUT", "/c", 7, ""), row("", report.Aggregated, 4, "")}}
	after.Operations[2].Requests = 19
	var out strings.Builder
	require.NoError(t, (&Brief{Run: &report.Summary{Phases: []report.PhaseSummary{before, after}}}).WriteChanges(&out))
	inOrder(t, out.String(), "/a", "2? -> 246~ (x123)", "/b", "2 -> –", "PUT /c", "– -> 7", report.Aggregated, "2 -> 4* (x2)", "2 -> 4* (x2)")
	after.Weights = map[string]float64{"list": 1}
	out.Reset()
	require.NoError(t, (&Brief{Run: &report.Summary{Phases: []report.PhaseSummary{before, after}}}).WriteChanges(&out))
	inOrder(t, out.String(), report.Aggregated, "mix differs", "mix differs")
}
