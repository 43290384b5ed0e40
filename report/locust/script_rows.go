package locust

import (
	"io"
	"slices"

	"github.com/gensim/load-generator/report"
)

// OwnFile is a CSV file of what Locust does not have and its files leave out.
type OwnFile struct {
	Name  string                // "stats_kinds", "transactions", "tags" or "figures"
	Rows  int                   // without the header
	Write func(io.Writer) error // writes the header and the rows, one for each kind of users
}

// OwnFiles returns all four files of a run. Those of requests by kind of users, whose sums Locust's _stats.csv has, of
// transactions and of tags have Locust's columns of requests behind the kind; where requests have the size of an answer,
// transactions have the time of pauses that is left out of them.
func OwnFiles(s *report.Summary) []OwnFile {
	rows := func(in []report.Operation) (out []report.Live) {
		for i := range in {
			out = append(out, finalRow(&in[i]))
		}
		return out
	}
	return filesOf(rows(s.Total.Operations), rows(s.Total.Transactions), rows(s.Total.Tags), s.Total.Figures)
}

// LiveOwnFiles is OwnFiles during a run. s, which may be nil before the first run, must hold the quantiles of [Quantiles].
func LiveOwnFiles(s *report.Snapshot) []OwnFile {
	s = orEmpty(s)
	return filesOf(s.Ops, s.Transactions, s.Tags, s.Figures)
}

func filesOf(ops, transactions, tags []report.Live, figures []report.Figure) []OwnFile {
	kinds := slices.DeleteFunc(slices.Clone(ops), func(r report.Live) bool { return r.Op.Kind == "" })
	return []OwnFile{
		{"stats_kinds", len(kinds), func(w io.Writer) error { return writeOwn(w, kinds, false) }},
		{"transactions", len(transactions), func(w io.Writer) error { return writeOwn(w, transactions, true) }},
		{"tags", len(tags), func(w io.Writer) error { return writeOwn(w, tags, false) }},
		{"figures", len(figures), func(w io.Writer) error { return writeFigures(w, figures) }},
	}
}

// atSize is the place of the size among requestColumns.
const atSize = 8

func writeOwn(w io.Writer, rows []report.Live, spans bool) error {
	columns := slices.Clone(requestColumns)
	if spans {
		columns[atSize] = "Average Pause Time"
	}
	out := newSheet(w, append([]string{"Kind"}, columns...))
	for i := range rows {
		r := &rows[i]
		cells := requestCells(r)
		if spans { // whose bytes are nanoseconds
			cells[atSize] = real(size(r) / 1e6)
		}
		out.add(append([]string{text(r.Op.Kind)}, cells...))
	}
	return out.flush()
}

// figureColumns are those of figures of the script. Count is the sum of a counter, the number of yes of a rate and the
// number of values; Of the number of answers of a rate. The others are in the unit of the figure.
var figureColumns = []string{"Kind", "Type", "Name", "Unit", "Count", "Of", "Count/s", "Average", "Min", "Max", "50%", "95%", "99%", "99.9%"}

func writeFigures(w io.Writer, figures []report.Figure) error {
	out := newSheet(w, figureColumns)
	for i := range figures {
		f := &figures[i]
		row := []string{text(f.Kind), f.Sort.String(), text(f.Name), text(f.Unit), whole64(f.N), "", real(f.PerS)}
		if f.Sort == report.SortRate {
			row[5] = whole64(f.Of)
		}
		out.add(append(row, values(f)...))
	}
	return out.flush()
}

// values are the columns of a value; of other figures, and without one, they are empty.
func values(f *report.Figure) []string {
	if f.Sort != report.SortValue || f.Values == nil {
		return make([]string, 7)
	}
	v, out := f.Values, []string(nil)
	for _, x := range []float64{v.Mean, v.Min, v.Max, v.P50, v.P95, v.P99, v.P999} {
		out = append(out, real(x))
	}
	return out
}
