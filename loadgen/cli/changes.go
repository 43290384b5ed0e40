package cli

import (
	"fmt"
	"io"
	"math"
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
	fmt.Fprint(table, "Type\tName\tRequests/s\tMedian ms\tp95 ms\tFailures\t\n")
	for _, a := range before.Operations {
		for _, b := range after.Operations {
			if a.Method == b.Method && a.Name == b.Name {
				fmt.Fprintf(table, "%s\t%s\t%.1f -> %.1f\t%s\t%s\t%s -> %s\t\n", escapeControls(a.Method), escapeControls(a.Name), a.RPS, b.RPS,
					change(a.ResponseMS.P50, b.ResponseMS.P50), change(a.ResponseMS.P95, b.ResponseMS.P95),
					percent(a.Failures, a.Requests), percent(b.Failures, b.Requests))
			}
		}
	}
	return table.Flush()
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
