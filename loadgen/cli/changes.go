package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/gensim/load-generator/report"
)

// writeChanges sets the last phase beside the first one. These are figures of
// two stretches of time, without a claim about chance.
func writeChanges(w io.Writer, sum *report.Summary) error {
	if len(sum.Phases) < 2 {
		return nil
	}
	before, after := sum.Phases[0], sum.Phases[len(sum.Phases)-1]
	fmt.Fprintf(w, "\nWhat changed from %s to %s (point estimates over whole phases, ramps included)\n", before.Name, after.Name)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  Method\tName\tRate/s\tFailures\tMedian ms\tp95 ms\n")
	for _, a := range before.Operations {
		i := slices.IndexFunc(after.Operations, func(b report.Operation) bool { return a.Method == b.Method && a.Name == b.Name })
		if i >= 0 {
			writeChange(table, a, after.Operations[i])
		}
	}
	return table.Flush()
}

// writeChange writes one row. The times of all operations together are left
// out: they move with the mix of operations.
func writeChange(w io.Writer, a, b report.Operation) {
	median, p95 := change(a.ResponseMS.P50, b.ResponseMS.P50), change(a.ResponseMS.P95, b.ResponseMS.P95)
	if a.Name == report.Aggregated && a.Method == "" {
		median, p95 = "", ""
	}
	fmt.Fprintf(w, "  %s\t%s\t%.2f -> %.2f\t%s -> %s\t%s\t%s\n", escapeControls(a.Method), escapeControls(a.Name),
		a.RPS, b.RPS, percent(a.Failures, a.Requests), percent(b.Failures, b.Requests), median, p95)
}

// change prints two times and their ratio: 3.1 -> 6.4 (x2.1).
func change(a, b report.Millis) string {
	text := bare(a) + " -> " + bare(b)
	if ratio := float64(b) / float64(a); a > 0 && !math.IsInf(ratio, 0) && !math.IsNaN(ratio) {
		text += fmt.Sprintf(" (x%.2g)", ratio)
	}
	return text
}

// bare prints a time in milliseconds without its unit; "failed" when the
// quantile falls among failures.
func bare(m report.Millis) string {
	x := float64(m)
	switch {
	case math.IsInf(x, 1):
		return "failed"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(part)/float64(whole))
}
