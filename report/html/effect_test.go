package html_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

func TestReportOfDesigns(t *testing.T) {
	text := reportOfArms(t, effect.Options{}, []float64{1, 1}, "A", "B")
	has(t, text, "<strong>No detectable effect on p95: </strong>between ")
	has(t, text, "The smallest effect this run would have found 4 times in 5 is ")
	hasNot(t, text, "recovered after")

	text = reportOfArms(t, effect.Options{Margin: .5}, []float64{1, 1}, "A", "B")
	has(t, text, "<strong>Equivalent on p95 within the margin of 50 % set before the run: </strong>")

	text = reportOfArms(t, effect.Options{}, []float64{1.5, 1}, "A", "B")
	has(t, text, "<strong>Better: </strong>p95 -")

	text = reportOfArms(t, effect.Options{Primary: effect.Failures}, []float64{1, 3}, "A", "B")
	has(t, text, "<strong>Worse: </strong>failure share &#43;")
	has(t, text, "primary metric: failure share of all operations")

	text = reportOfArms(t, effect.Options{}, []float64{1, 1.6, 1}, "A", "B", "A")
	has(t, text, "A-B-A")
	has(t, text, "Second baseline against the first one: ")
	has(t, text, "p95 recovered after ")

	text = reportOfArms(t, effect.Options{}, []float64{1, 1, 1}, "A", "A", "A")
	has(t, text, "False alarms")
	for _, want := range []string{" in the first phase, ", "First phase: ", "Last phase: ", `class="broad">First phase</th>`, `<th scope="col">Last phase</th>`, "atio to the first phase", "<td>last phase</td>"} {
		has(t, text, want)
	}
	said := regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>`).ReplaceAllString(text, "")
	for _, word := range []string{"baseline", "intervention"} {
		hasNot(t, strings.ToLower(said), word)
	}

	if testing.Short() {
		return // ten phases take as long as all before
	}
	text = reportOfArms(t, effect.Options{}, []float64{1, 1.6, 1.6, 1, 1, 1.6, 1, 1.6, 1, 1.6}, "A", "B", "B", "A", "A", "B", "A", "B", "A", "B")
	has(t, text, "<h2>Pairs ")
	has(t, text, "<h2>Phases <small>") // too many for columns
	hasNot(t, text, "Phases side by side")
}

// The effects of load, intervention and both together stand on one axis, above the others.
func TestReportOfLoadAndIntervention(t *testing.T) {
	var phases []report.PhaseInfo
	for i, cell := range []string{"low-off", "low-on", "high-on", "high-off"} {
		load, arm, _ := strings.Cut(cell, "-")
		start := time.Duration(i) * 150 * time.Second
		phases = append(phases, report.PhaseInfo{
			Name: cell, Load: load, Arm: map[string]string{"off": "A", "on": "B"}[arm], Start: start, End: start + 150*time.Second,
			Users: map[string]int{"low": 60, "high": 150}[load], RampEnd: start, Settle: 15 * time.Second, Model: "closed", SpawnRate: 1000,
		})
	}
	load := fake.New(fake.Todo(), phases)
	load.Slow = []float64{1, 1.3, 2.6, 2}
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(time.Hour)
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, load.Summary(), html.Options{}))
	order(t, out.String(), `aria-label="Verdict"`, "load x intervention · primary metric: p95", "Worse: </strong>p95 over both loads ", "<li>The intervention at 60 users: ", "<li>Load, 150 users in place of 60 users: worse",
		"<li>Both together: ", "Baseline: closed model, 60 and 150 users", "<caption>p95 by what changes it: ratio to the baseline</caption>", ">Effect of</th>", "intervention, both loads", "intervention, 60 users",
		"intervention, 150 users", ">load</th>", ">both together</th>", ">Metric</th>", ">Operation</th>")
	hasNot(t, out.String(), "NaN")
}

// reportOfArms is the report of a schedule.
func reportOfArms(t *testing.T, o effect.Options, slow []float64, arms ...string) string {
	t.Helper()
	var phases []report.PhaseInfo
	for i, arm := range arms {
		start := time.Duration(i) * 150 * time.Second
		phases = append(phases, report.PhaseInfo{Name: arm + "-" + string(rune('1'+i)), Arm: arm, Start: start, End: start + 150*time.Second, Users: 60, RampEnd: start, Settle: 15 * time.Second, Model: "closed", SpawnRate: 1000})
	}
	load := fake.New(fake.Todo(), phases)
	load.Slow = slow
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(time.Hour)
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, load.Summary(), html.Options{Effect: o}))
	hasNot(t, out.String(), "NaN")
	return out.String()
}
