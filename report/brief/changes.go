package brief

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// WriteChanges sets two phases side by side, in a table for a terminal: point
// estimates, without a verdict on chance. It writes nothing about a single phase.
func (b *Brief) WriteChanges(w io.Writer) error {
	phases := b.Run.Phases
	if len(phases) < 2 {
		return nil
	}
	before, after := sides(phases)
	table := say.NewTable(say.Column{Name: "Rate/s", Left: true, Least: 14}, say.Column{Name: "Failures", Left: true, Least: 14},
		say.Column{Name: "Median ms", Left: true, Least: 14}, say.Column{Name: "p95 ms", Left: true})
	mixed := !reflect.DeepEqual(before.Weights, after.Weights)
	for _, pair := range pairs(before.Operations, after.Operations) {
		writeChange(table, pair[0], pair[1], mixed)
	}
	_, err := io.WriteString(w, "\n"+say.Wrap("", "  ", fmt.Sprintf("What changed from %s to %s (point estimates over whole phases, ramps included)",
		say.Printable(before.Name), say.Printable(after.Name)))+table.Text("  "))
	return err
}

// sides are the first phase of each arm, in a run without arms its first and its
// last phase.
func sides(phases []report.PhaseSummary) (before, after report.PhaseSummary) {
	first := func(arm string) int {
		return slices.IndexFunc(phases, func(p report.PhaseSummary) bool { return p.Arm == arm })
	}
	if a, b := first("A"), first("B"); a >= 0 && b >= 0 {
		return phases[a], phases[b]
	}
	return phases[0], phases[len(phases)-1]
}

// pairs sets the same operations side by side: first those of both phases and
// of the first one, then those that only the last one has, then all together.
func pairs(before, after []report.Operation) (rows [][2]report.Operation) {
	find := func(in []report.Operation, o report.Operation) report.Operation {
		if i := slices.IndexFunc(in, func(x report.Operation) bool { return x.Op() == o.Op() }); i >= 0 {
			return in[i]
		}
		return report.Operation{Kind: o.Kind, Method: o.Method, Name: o.Name}
	}
	var all [][2]report.Operation
	for _, a := range before {
		row := [2]report.Operation{a, find(after, a)}
		if aggregated(a) {
			all = append(all, row)
		} else {
			rows = append(rows, row)
		}
	}
	for _, b := range after {
		known := slices.ContainsFunc(before, func(a report.Operation) bool { return a.Op() == b.Op() })
		if !known && !aggregated(b) {
			rows = append(rows, [2]report.Operation{find(before, b), b})
		}
	}
	return append(rows, all...)
}

func aggregated(o report.Operation) bool { return o.Name == report.Aggregated && o.Method == "" }

// writeChange writes one row. The times of all operations together are left
// out where they move with the mix of operations.
func writeChange(table *say.Table, a, b report.Operation, mixed bool) {
	median := change(a, b, .5, func(o report.Operation) (report.Millis, report.Rating) { return o.ResponseMS.P50, o.Trust.P50 })
	p95 := change(a, b, .95, func(o report.Operation) (report.Millis, report.Rating) { return o.ResponseMS.P95, o.Trust.P95 })
	if aggregated(a) && mixed {
		median, p95 = "mix differs", "mix differs"
	}
	table.Row(say.Printable(a.Op().String()))
	table.Row(say.Number(a.RPS)+" -> "+say.Number(b.RPS), say.Part(a.Failures, a.Requests)+" -> "+say.Part(b.Failures, b.Requests), median, p95)
}

// change prints the p-quantile of two rows and their ratio: 3.1 -> 6.4 (x2.1).
func change(a, b report.Operation, p float64, of func(report.Operation) (report.Millis, report.Rating)) string {
	from, trust := of(a)
	if a.Requests == 0 {
		from = report.Millis(math.NaN())
	}
	to, trusted := of(b)
	if b.Requests == 0 {
		to = report.Millis(math.NaN())
	}
	return bare(p, from, trust, a.Requests) + " -> " + bare(p, to, trusted, b.Requests) + ratio(from, to)
}

// ratio is how many times as long b is as a; words where one of them fell among
// failures, and nothing where there is no answer.
func ratio(a, b report.Millis) string {
	x, y := float64(a), float64(b)
	failed, fails := math.IsInf(x, 1), math.IsInf(y, 1)
	switch {
	case failed && y >= 0 && !fails:
		return " (recovered)"
	case failed && fails:
		return " (failed in both)"
	case !(x > 0) || fails || math.IsNaN(y):
		return ""
	}
	return fmt.Sprintf(" (x%s)", say.Number(y/x))
}

// bare prints the p-quantile of some requests in milliseconds without its unit, with the
// signs of the tables; "failed" when it falls among failures, – without requests.
func bare(p float64, m report.Millis, trust report.Rating, requests int64) string {
	if math.IsNaN(float64(m)) {
		return say.None
	}
	return trust.Marked(p, m, requests)
}
