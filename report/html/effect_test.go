package html_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gensim/load-generator/report/effect"
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

	text = reportOfArms(t, effect.Options{}, []float64{1, 1.6, 1.6, 1, 1, 1.6, 1, 1.6, 1, 1.6}, "A", "B", "B", "A", "A", "B", "A", "B", "A", "B")
	has(t, text, "<h2>Pairs ")
	has(t, text, "<h2>Phases <small>") // too many for columns
	hasNot(t, text, "Phases side by side")
}
