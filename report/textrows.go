package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxNameColumn is how wide the column of names gets; a longer name has a line of its own.
const maxNameColumn = 24

// marks notes which marks the rows of a phase carry.
type marks struct{ doubtful, notMeasured, lowerBound, noSuccess bool }

// legend explains the marks in use.
func (m marks) legend() []string {
	var words []string
	if m.doubtful {
		words = append(words, "~ doubtful: the generator's lateness may have moved it")
	}
	if m.notMeasured {
		words = append(words, "? not measured: the generator was too late")
	}
	if m.lowerBound {
		words = append(words, "> at least: requests were cut off")
	}
	if m.noSuccess {
		words = append(words, "- no success: minimum, maximum and mean are those of successes")
	}
	if words == nil {
		return nil
	}
	return []string{strings.Join(words, "; ")}
}

// writeRows writes the table of operations.
func (p *PhaseSummary) writeRows(b *strings.Builder) (m marks) {
	t := newTable(column{"Method", true, 0}, column{"Name", true, 22}, column{"Requests", false, 0}, column{"Failures", false, 12},
		column{"Rate/s", false, 0}, column{"Min ms", false, 0}, column{"p50", false, 6}, column{"p95", false, 6}, column{"p99", false, 6},
		column{"p99.9", false, 6}, column{"Max", false, 5}, column{"Mean", false, 5})
	for i := range p.Operations {
		o := &p.Operations[i]
		counts := []string{thousands(o.Requests), failures(o), perSecond(o.RPS)}
		t.operation(Printable(o.Method), Printable(o.Name), counts, m.figures(o.ResponseMS, o.Trust, o.Requests))
		if o.SuccessMS != nil {
			t.operation("", "  successes", []string{thousands(o.Successes()), "", perSecond(o.Throughput)}, m.figures(*o.SuccessMS, Trust{}, 1))
		}
	}
	if all := p.Aggregated(); all.Requests > 0 {
		t.operation("", "  from the actual send", []string{"", "", ""}, m.figures(all.ServiceMS, Trust{}, 1))
	}
	t.write(b, "  ")
	return m
}

// operation adds a row, in two lines if the name is long.
func (t *table) operation(method, name string, counts, figures []string) {
	if utf8.RuneCountInString(name) > maxNameColumn {
		t.row(strings.TrimSpace(method + " " + name))
		method, name = "", ""
	}
	t.row(append(append([]string{method, name}, counts...), figures...)...)
}

// failures words the failures of a row.
func failures(o *Operation) string {
	if o.Failures == 0 {
		return "0"
	}
	return fmt.Sprintf("%s (%s)", thousands(o.Failures), percent(o.FailureShare()))
}

// figures words the columns of times.
func (m *marks) figures(f Figures, t Trust, requests int64) []string {
	cells := []string{
		m.spread(f.Min, requests), m.mark(f.P50, t.P50), m.mark(f.P95, t.P95), m.mark(f.P99, t.P99), m.mark(f.P999, t.P999),
		m.spread(f.Max, requests), m.spread(f.Mean, requests),
	}
	for i, v := range []Millis{f.Min, f.P50, f.P95, f.P99, f.P999, f.Max, f.Mean} {
		if requests == 0 && !v.IsFinite() {
			cells[i] = "-"
		}
	}
	return cells
}

// spread words a minimum, mean or maximum, which there is only of successes.
func (m *marks) spread(v Millis, requests int64) string {
	if v.IsFinite() {
		return ms(v)
	}
	m.noSuccess = m.noSuccess || requests > 0
	return "-"
}

// mark words a percentile with its verdict.
func (m *marks) mark(v Millis, verdict Verdict) string {
	text := ms(v)
	if verdict.LowerBound && v.IsFinite() {
		m.lowerBound = true
		text = ">" + text
	}
	switch verdict.Verdict {
	case Doubtful:
		m.doubtful = true
		text += "~"
	case NotMeasured:
		m.notMeasured = true
		text += "?"
	}
	return text
}

// writeFailures writes the table of failures, if there are any.
func writeFailures(b *strings.Builder, rows []Failure) {
	if len(rows) == 0 {
		return
	}
	t := newTable(column{"Times", false, 0}, column{"First", false, 0}, column{"Last", false, 0},
		column{"Phase", true, 0}, column{"Operation", true, 0}, column{"Reason", true, 0})
	for _, f := range rows {
		t.row(thousands(f.Occurrences), tenths(f.FirstS), tenths(f.LastS), Printable(f.Phase),
			Printable(Op{f.Method, f.Name}.String()), Printable(f.Reason))
	}
	b.WriteString("\nFailures\n")
	t.write(b, "  ")
}

// stackLines is how much of a stack the text shows; JSON has all that was kept.
const stackLines = 8

// writeExceptions writes the exceptions, if there are any.
func writeExceptions(b *strings.Builder, rows []Exception) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\nExceptions\n")
	for _, e := range rows {
		fmt.Fprintf(b, "  %s: %s (%s)\n", Printable(e.Kind), Printable(e.Message), e.when())
		lines := strings.Split(strings.TrimSpace(e.Stack), "\n")
		for i, line := range lines {
			if i == stackLines {
				fmt.Fprintf(b, "      (%d more lines)\n", len(lines)-i)
				break
			}
			if line != "" {
				fmt.Fprintf(b, "      %s\n", Printable(strings.ReplaceAll(line, "\t", "  ")))
			}
		}
	}
}

// when says how often and when an exception was seen.
func (e *Exception) when() string {
	if e.Occurrences == 1 {
		return "once, at " + clockS(e.FirstS)
	}
	return fmt.Sprintf("%s times, %s to %s", thousands(e.Occurrences), clockS(e.FirstS), clockS(e.LastS))
}
