package locust

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// Columns of Locust's tables.
const (
	typeWidth  = 8
	widestName = 80 // of the name column, and its width without a terminal
	otherWidth = 80 // of all other columns together
)

// nameWidth is the width of the name column on a terminal; 0 columns are none.
func nameWidth(columns int) int {
	if columns <= 0 {
		return widestName
	}
	return max(0, min(columns-otherWidth, widestName))
}

// WriteStats writes Locust's table of requests. total chooses the rates of the
// whole run instead of those of the last seconds. s must hold a median as the
// first of its quantiles.
func WriteStats(w io.Writer, s *report.Snapshot, columns int, total bool) {
	var text strings.Builder
	name := nameWidth(columns)
	fmt.Fprintf(&text, "%-*s %-*s %7s %12s |%7s %7s %7s %7s | %7s %11s\n",
		typeWidth, "Type", name, "Name", "# reqs", "# fails", "Avg", "Min", "Max", "Med", "req/s", "failures/s")
	rule := rule(typeWidth, name, 7, 13, 7, 7, 7, 7, 8, 11)
	text.WriteString(rule)
	rows := s.OverKinds()
	for i := range rows {
		statsTableRow(&text, name, &rows[i], total)
	}
	text.WriteString(rule)
	statsTableRow(&text, name, &s.Total, total)
	text.WriteByte('\n')
	_, _ = io.WriteString(w, text.String()) // a table is worth no failure
}

func statsTableRow(w io.Writer, name int, l *report.Live, total bool) {
	rate, failed := l.RecentRPS, l.RecentFailures
	if total {
		rate, failed = l.RPS, l.RPS*l.FailureShare()
	}
	median := report.NoValue
	if len(l.Quantiles) > 0 {
		median = l.Quantiles[0]
	}
	fails := fmt.Sprintf("%d(%.2f%%)", l.Failures, 100*l.FailureShare())
	fmt.Fprintf(w, "%-*s %-*s %7d %12s |%7d %7d %7d %7d | %7.2f %11.2f\n", typeWidth, say.Printable(l.Op.Method), name, say.Printable(l.Op.Name),
		l.Requests, fails, cutMillis(l.Timed.Mean), cutMillis(l.Timed.Min), cutMillis(l.Timed.Max), roundMillis(median), rate, failed)
}

// WritePercentiles writes Locust's table of response times.
func WritePercentiles(w io.Writer, s *report.Snapshot, columns int) {
	var text strings.Builder
	name := nameWidth(columns)
	text.WriteString("Response time percentiles (approximated)\n")
	fmt.Fprintf(&text, "%-*s %-*s", typeWidth, "Type", name, "Name")
	widths := []int{typeWidth, name}
	for _, column := range tableColumns {
		fmt.Fprintf(&text, " %6s", column)
		widths = append(widths, 6)
	}
	text.WriteString(" # reqs\n")
	rule := rule(append(widths, 6)...)
	text.WriteString(rule)
	rows := s.OverKinds()
	for i := range rows {
		percentileTableRow(&text, name, &rows[i])
	}
	text.WriteString(rule)
	percentileTableRow(&text, name, &s.Total)
	text.WriteByte('\n')
	_, _ = io.WriteString(w, text.String())
}

func percentileTableRow(w io.Writer, name int, l *report.Live) {
	fmt.Fprintf(w, "%-*s %-*s", typeWidth, say.Printable(l.Op.Method), name, say.Printable(l.Op.Name))
	for _, m := range l.Quantiles {
		fmt.Fprintf(w, " %6d", roundMillis(m))
	}
	fmt.Fprintf(w, " %6d\n", l.Requests)
}

// WriteErrors writes Locust's table of failures, if there are any.
func WriteErrors(w io.Writer, s *report.Snapshot, columns int) {
	if len(s.Failures) == 0 {
		return
	}
	const countWidth = 18
	var text strings.Builder
	rule := rule(countWidth, nameWidth(columns)+otherWidth-countWidth)
	fmt.Fprintf(&text, "Error report\n%-*s %s\n%s", countWidth, "# occurrences", "Error", rule)
	for _, f := range report.AnyoneFailed(s.Failures) {
		fmt.Fprintf(&text, "%-*d %s: %s\n", countWidth, f.Occurrences, say.Printable(f.Op().String()), say.Printable(f.Reason))
	}
	text.WriteString(rule + "\n")
	_, _ = io.WriteString(w, text.String())
}

// rule is the line between head, rows and aggregate.
func rule(widths ...int) string {
	parts := make([]string, len(widths))
	for i, width := range widths {
		parts[i] = strings.Repeat("-", width)
	}
	return strings.Join(parts, "|") + "\n"
}

// roundMillis is a percentile, which Locust's histogram keeps in whole
// milliseconds.
func roundMillis(m report.Millis) int64 { return int64(math.RoundToEven(finite(m))) }

// cutMillis is a time in whole milliseconds as Locust prints it; 0 for none.
func cutMillis(m report.Millis) int64 { return int64(finite(m)) }
