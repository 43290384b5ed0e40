package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/timing"
)

// marks notes which marks the rows of a phase carry.
type marks struct {
	doubtful, notMeasured, few, noSuccess bool
	lowerBound, ofTransactions            bool // of requests, and of transactions
}

// legend explains the marks in use.
func (m marks) legend() []string {
	var words say.Parts
	words.Add(m.doubtful, "~ doubtful: the generator's lag may have moved it")
	words.Add(m.notMeasured, "? not measured: the generator was too late")
	var cut say.Parts
	cut.Add(m.lowerBound, "requests")
	cut.Add(m.ofTransactions, "transactions")
	words.Add(cut != nil, "> at least: %s were cut off", strings.Join(cut, " and "))
	words.Add(m.few, "* too few: fewer than 10 were slower")
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
	m.rows(t, p.Operations)
	if all := p.Aggregated(); all.Requests > 0 {
		t.Row("  from the actual send")
		t.Row(append([]string{"", "", ""}, m.figures(all.ServiceMS, nil, 1)...)...)
	}
	b.WriteString(t.Text("  "))
	m.table(b, transactionTitle, "Done", p.Transactions)
	m.table(b, tagTitle, "Requests", p.Tags)
	writeFigures(b, p.Figures)
	return m
}

// rows adds rows of operations to a table, each with its name in a separate line.
func (m *marks) rows(t *say.Table, list []Operation) {
	row := func(name string, counts []string, figures []string) {
		t.Row(name)
		t.Row(append(counts, figures...)...)
	}
	for i := range list {
		o := &list[i]
		counts := []string{say.Count(o.Requests), failedShare(o), say.Number(o.RPS)}
		row(named(o), counts, m.figures(o.ResponseMS, &o.Trust, o.Requests))
		if o.SuccessMS != nil {
			row("  its successes", []string{say.Count(o.Successes()), "", say.Number(o.Throughput)}, m.figures(*o.SuccessMS, nil, 1))
		}
	}
}

// table writes rows that are not in the Aggregated one under a title, if there are any. counted heads the column of their
// numbers.
func (m *marks) table(b *strings.Builder, title, counted string, list []Operation) {
	if len(list) == 0 {
		return
	}
	columns := slices.Clone(figureColumns)
	columns[0].Name = counted
	t := say.NewTable(columns...)
	own := marks{}
	own.rows(t, list)
	m.add(own, title == transactionTitle)
	b.WriteString("  " + title + "\n" + t.Text("  "))
}

// add adds the marks of a table, which may be that of transactions.
func (m *marks) add(o marks, transactions bool) {
	m.doubtful, m.notMeasured, m.few, m.noSuccess = m.doubtful || o.doubtful, m.notMeasured || o.notMeasured, m.few || o.few, m.noSuccess || o.noSuccess
	m.lowerBound, m.ofTransactions = m.lowerBound || o.lowerBound && !transactions, m.ofTransactions || o.lowerBound && transactions
}

// writeFigures writes the figures of the script, if there are any.
func writeFigures(b *strings.Builder, list []Figure) {
	of := figureTable(list)
	if of.Rows == nil {
		return
	}
	var columns []say.Column
	for i, name := range of.Heads[1:] {
		columns = append(columns, say.Column{Name: name, Least: 6, Spare: []int{0, 0, 0, 3, 1, 0, 2, 0}[i]})
	}
	columns[0].Least = 8
	t := say.NewTable(columns...)
	for _, row := range of.Rows {
		t.Row(say.Printable(row[0]))
		t.Row(row[1:]...)
	}
	b.WriteString("  " + of.Title + "\n" + t.Text("  "))
	for i := range list {
		if f := &list[i]; f.Beyond > 0 {
			writeLine(b, fmt.Sprintf("%s: %s larger than 4.4e9, which rank last", say.Printable(f.Op().String()), say.Plural(f.Beyond, "value")))
		}
	}
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

// figures formats the columns of times; t is nil where they have no marks.
func (m *marks) figures(f Figures, t *Trust, requests int64) []string {
	cells := []string{m.spread(f.Min, requests), ms(f.P50), ms(f.P95), ms(f.P99), ms(f.P999), m.spread(f.Max, requests), m.spread(f.Mean, requests)}
	if t != nil {
		cells[1], cells[2] = m.mark(.5, f.P50, t.P50, requests), m.mark(.95, f.P95, t.P95, requests)
		cells[3], cells[4] = m.mark(.99, f.P99, t.P99, requests), m.mark(.999, f.P999, t.P999, requests)
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

// mark formats the p-quantile of some requests with its signs, and notes these.
func (m *marks) mark(p float64, v Millis, r Rating, requests int64) string {
	before, after := r.Signs(p, v, requests)
	m.lowerBound = m.lowerBound || before != ""
	m.doubtful = m.doubtful || r.Grade == Doubtful
	m.notMeasured = m.notMeasured || r.Grade == NotMeasured
	m.few = m.few || strings.HasSuffix(after, "*")
	return before + ms(v) + after
}

// mostReasons is how many failures and exceptions the text shows; JSON has all that was kept.
const mostReasons = 10

// writeFailures writes the most frequent failures under a title, if there are any.
func writeFailures(b *strings.Builder, title string, rows []Failure) {
	if len(rows) == 0 {
		return
	}
	shown, more := MostFrequent(rows, mostReasons)
	t := say.NewTable(say.Column{Name: "Times"}, say.Column{Name: "First"}, say.Column{Name: "Last"}, say.Column{Name: "Operation: reason (phase)", Left: true})
	for _, f := range shown {
		t.Row(say.Count(f.Occurrences), tenths(f.FirstS), tenths(f.LastS), say.Printable(fmt.Sprintf("%s: %s (%s)", f.Op(), f.Reason, f.Phase)))
	}
	b.WriteString("\n" + title + "\n" + t.Text("  "))
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
	return fmt.Sprintf("%s, %s to %s", say.Plural(e.Occurrences, "time"), say.ClockS(e.FirstS), say.ClockS(e.LastS))
}

// ms formats the time of something that there was.
func ms(m Millis) string { return m.Text(1) }

// tenths is clockS with a decimal always, for columns.
func tenths(s float64) string {
	if out := say.ClockS(s); strings.Contains(out, ".") {
		return out
	}
	return say.ClockS(s) + ".0"
}

// writeTimings says what the time was spent on, where a part of it that is not the target's makes a difference.
func (p *PhaseSummary) writeTimings(b *strings.Builder) {
	if all := p.Aggregated().Timings.Figures(); timing.Notable(all) {
		b.WriteString("\n" + say.Wrap("", "  ", timing.Said(all)))
	}
}
