package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// marks notes which marks the rows of a phase carry.
type marks struct{ doubtful, notMeasured, lowerBound, noSuccess bool }

// legend explains the marks in use.
func (m marks) legend() []string {
	var words say.Parts
	words.Add(m.doubtful, "~ doubtful: the generator's lag may have moved it")
	words.Add(m.notMeasured, "? not measured: the generator was too late")
	words.Add(m.lowerBound, "> at least: requests were cut off")
	words.Add(m.noSuccess, "- no success: minimum, maximum and mean are those of successes")
	if words == nil {
		return nil
	}
	return []string{strings.Join(words, "; ")}
}

// figureColumns are those of a row of figures; where a table gets too wide the minimum and the mean, which
// every other report has, are left out.
var figureColumns = []say.Column{
	{Name: "Requests", Least: 8}, {Name: "Failed", Least: 7}, {Name: "Rate/s", Least: 6}, {Name: "Min ms", Least: 6, Spare: 2}, {Name: "p50", Least: 6},
	{Name: "p95", Least: 6}, {Name: "p99", Least: 6}, {Name: "p99.9", Least: 6}, {Name: "Max", Least: 6}, {Name: "Mean", Least: 6, Spare: 1},
}

// writeRows writes the table of operations, each with its name in a separate line.
func (p *PhaseSummary) writeRows(b *strings.Builder) (m marks) {
	t := say.NewTable(figureColumns...)
	row := func(name string, counts []string, figures []string) {
		t.Row(name)
		t.Row(append(counts, figures...)...)
	}
	for i := range p.Operations {
		o := &p.Operations[i]
		counts := []string{say.Count(o.Requests), failedShare(o), say.Number(o.RPS)}
		row(named(o), counts, m.figures(o.ResponseMS, o.Trust, o.Requests))
		if o.SuccessMS != nil {
			row("  its successes", []string{say.Count(o.Successes()), "", say.Number(o.Throughput)}, m.figures(*o.SuccessMS, Trust{}, 1))
		}
	}
	if all := p.Aggregated(); all.Requests > 0 {
		row("  from the actual send", []string{"", "", ""}, m.figures(all.ServiceMS, Trust{}, 1))
	}
	b.WriteString(t.Text("  "))
	return m
}

// named is the name of an operation, and how many of its requests failed.
func named(o *Operation) string {
	name := say.Printable(o.Op().String())
	if o.Failures > 0 {
		name += ": " + say.Count(o.Failures) + " failed"
	}
	return name
}

// failedShare is the share of failures of a row.
func failedShare(o *Operation) string {
	if o.Failures == 0 {
		return "0"
	}
	return say.Share(o.FailureShare())
}

// figures formats the columns of times.
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

// spread formats a minimum, mean or maximum, which there is only of successes.
func (m *marks) spread(v Millis, requests int64) string {
	if v.IsFinite() {
		return ms(v)
	}
	m.noSuccess = m.noSuccess || requests > 0
	return "-"
}

// mark formats a percentile with the mark of its grade.
func (m *marks) mark(v Millis, verdict Rating) string {
	text := ms(v)
	if verdict.LowerBound && v.IsFinite() {
		m.lowerBound = true
		text = ">" + text
	}
	switch verdict.Grade {
	case Doubtful:
		m.doubtful = true
		text += "~"
	case NotMeasured:
		m.notMeasured = true
		text += "?"
	}
	return text
}

// mostReasons is how many failures and exceptions the text shows; JSON has all that was kept.
const mostReasons = 10

// writeFailures writes the most frequent failures, if there are any.
func writeFailures(b *strings.Builder, rows []Failure) {
	if len(rows) == 0 {
		return
	}
	shown, more := MostFrequent(rows, mostReasons)
	t := say.NewTable(say.Column{Name: "Times"}, say.Column{Name: "First"}, say.Column{Name: "Last"}, say.Column{Name: "Operation: reason (phase)", Left: true})
	for _, f := range shown {
		t.Row(say.Count(f.Occurrences), tenths(f.FirstS), tenths(f.LastS), say.Printable(fmt.Sprintf("%s: %s (%s)", Op{f.Method, f.Name}, f.Reason, f.Phase)))
	}
	b.WriteString("\nFailures\n" + t.Text("  "))
	if more != "" {
		writeLine(b, more)
	}
}

// MostFrequent returns the n rows of failures that were seen most, the most frequent first, and what to
// say of all others: "and 191 more, 293 times in all"; "" for none.
func MostFrequent(rows []Failure, n int) (shown []Failure, more string) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Failure) int { return cmp.Compare(b.Occurrences, a.Occurrences) })
	if len(rows) <= n {
		return rows, ""
	}
	var times int64
	for _, f := range rows[n:] {
		times += f.Occurrences
	}
	return rows[:n], fmt.Sprintf("and %s more, seen %s in all", say.Count(len(rows)-n), say.Plural(times, "time"))
}

// stackLines is how much of a stack the text shows; JSON has all that was kept.
const stackLines = 8

// writeExceptions writes the exceptions, if there are any.
func writeExceptions(b *strings.Builder, rows []Exception) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\nExceptions\n")
	for i, e := range rows {
		if i == mostReasons {
			writeLine(b, fmt.Sprintf("and %s more", say.Count(len(rows)-i)))
			break
		}
		b.WriteString(say.Wrap("  ", "    ", say.Printable(fmt.Sprintf("%s: %s (%s)", e.Kind, e.Message, e.when()))))
		e.writeStack(b)
	}
}

// writeStack writes the first lines of a stack.
func (e *Exception) writeStack(b *strings.Builder) {
	lines := strings.Split(strings.TrimSpace(e.Stack), "\n")
	for i, line := range lines {
		if i == stackLines {
			fmt.Fprintf(b, "      (%d more lines)\n", len(lines)-i)
			return
		}
		if line != "" {
			indent := "      " + strings.Repeat("  ", strings.Count(line, "\t"))
			b.WriteString(say.Wrap(indent, indent+"  ", say.Printable(strings.TrimSpace(line))))
		}
	}
}

// when says how often and when an exception was seen.
func (e *Exception) when() string {
	if e.Occurrences == 1 {
		return "once, at " + say.ClockS(e.FirstS)
	}
	return fmt.Sprintf("%s times, %s to %s", say.Count(e.Occurrences), say.ClockS(e.FirstS), say.ClockS(e.LastS))
}
