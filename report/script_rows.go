package report

import (
	"encoding"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/internal/figure"
)

// Sort is what a row of the report counts. Only requests are in the Aggregated row and in totals.
type Sort uint8

// The sorts. Their numbers are part of the form in which machines send figures.
const (
	SortRequest     Sort = iota
	SortTransaction      // spans over several requests
	SortTag              // requests once more, those with one tag
	SortCounter          // a number of things
	SortRate             // a share of yes
	SortValue            // numbers, as a histogram
	sortsKnown
)

// Sorts are all sorts but SortRequest, in their order.
func Sorts() []Sort {
	return []Sort{SortTransaction, SortTag, SortCounter, SortRate, SortValue}
}

var (
	_ encoding.TextMarshaler   = SortRequest
	_ encoding.TextUnmarshaler = (*Sort)(nil)
)

// sortNames are the sorts as text.
var sortNames = [sortsKnown]string{"request", "transaction", "tag", "counter", "rate", "value"}

// String is the sort in a word.
func (s Sort) String() string {
	if s >= sortsKnown {
		return fmt.Sprintf("sort %d", uint8(s))
	}
	return sortNames[s]
}

// IsFigure says whether it is a figure of the script's own: a counter, a rate or a value.
func (s Sort) IsFigure() bool { return s >= SortCounter && s < sortsKnown }

// MarshalText writes String.
func (s Sort) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Sort) UnmarshalText(text []byte) error {
	i := slices.Index(sortNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%.40q is not a sort of figure: want %s", text, strings.Join(sortNames[:], ", "))
	}
	*s = Sort(i)
	return nil
}

// Other returns the name of the row of a sort that stands for all past the limit of their number.
func (s Sort) Other() string {
	switch {
	case s == SortRequest:
		return OtherOperations
	case s.IsFigure():
		return "(other figures)"
	}
	return "(other " + s.String() + "s)"
}

// Declared is a transaction or a figure that a script is known to have before it runs.
type Declared struct {
	Sort Sort
	Name string // as the report's rows have it
	Unit string // of a value; "": none
	// Kinds are the kinds of users that have the journey; nil: unknown, and in a run of one kind.
	Kinds []string
}

// Declare returns the transaction or figure that a script gave a name. A unit in brackets ends the name of a value:
// "basket [EUR]".
func Declare(sort Sort, text string) Declared {
	d := Declared{Sort: sort, Name: text}
	if sort != SortValue || !strings.HasSuffix(text, "]") {
		return d
	}
	if at := strings.LastIndex(text, " ["); at > 0 && at+3 < len(text) {
		d.Name, d.Unit = text[:at], text[at+2:len(text)-1]
	}
	return d
}

// Text is the inverse of Declare.
func (d Declared) Text() string {
	if d.Unit == "" {
		return d.Name
	}
	return d.Name + " [" + d.Unit + "]"
}

// Figure is a figure of the script's own in one phase, or in the whole run.
type Figure struct {
	Kind string `json:"kind,omitempty"` // of the users; "" in a run of one kind, and where it is of all kinds
	Name string `json:"name"`
	Sort Sort   `json:"sort"`
	Unit string `json:"unit,omitempty"` // of a value
	// N is the sum of a counter, the number of yes of a rate, the number of values.
	N      int64   `json:"n"`
	Of     int64   `json:"of,omitempty"` // of a rate: how many answers there were
	PerS   float64 `json:"per_s"`        // N per second of the phase
	Values *Spread `json:"values,omitempty"`
	// Beyond is how many of the values are larger than 4.4e9: they rank last, at the size of the largest.
	Beyond int64 `json:"beyond,omitempty"`
	// Sketch holds the values in thousandths, as if these were nanoseconds; nil: there are none.
	Sketch *hist.Sketch `json:"sketch,omitempty"`
}

// Spread is how values are distributed: quantiles to 0.2 %, or to a thousandth. Min, Mean and Max are exact, to a
// thousandth.
type Spread struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Op returns the figure's name as that of a row.
func (f *Figure) Op() Op { return Op{Kind: f.Kind, Name: f.Name} }

// Share returns the share of yes of a rate, 0..1; 0 without an answer.
func (f *Figure) Share() float64 { return share(f.N, f.Of) }

// Quantile returns the p-quantile of values, 0 < p < 1; false without any.
func (f *Figure) Quantile(p float64) (float64, bool) {
	return figure.Value(f.Sketch.Quantile(p)), f.Sketch.Count() > 0
}

// Text formats one of the values, such as a quantile: ">4.4e9" where some are larger, as no more is known of these.
func (f *Figure) Text(x float64) string {
	if f.Beyond > 0 && x > 4.4e9 {
		return ">4.4e9"
	}
	return say.Number(x)
}

// NewFigure returns the figure of a kind of users that a ledger keeps in some histograms, over seconds. It keeps the one of a
// value.
func NewFigure(kind string, of Declared, t *Times, seconds float64) Figure {
	f := Figure{Kind: kind, Name: of.Name, Sort: of.Sort, Unit: of.Unit}
	switch of.Sort {
	case SortCounter:
		f.N = figure.Sum(t.Response)
	case SortRate:
		f.N, f.Of = int64(t.Response.Count()), t.Completed()
	default:
		f.setValues(t.Response)
	}
	f.PerS = rate(f.N, seconds)
	return f
}

// setValues fills in what follows from the histogram of a value.
func (f *Figure) setValues(s *hist.Sketch) {
	if s.Count() == 0 {
		return
	}
	var at [4]time.Duration
	s.QuantilesOf(s.Count(), headline, at[:])
	f.N, f.Beyond, f.Sketch = int64(s.Count()), int64(s.Clamped()), s
	f.Values = &Spread{
		Min: figure.Value(s.Min()), Mean: figure.Value(s.Mean()), Max: figure.Value(s.Max()),
		P50: figure.Value(at[0]), P95: figure.Value(at[1]), P99: figure.Value(at[2]), P999: figure.Value(at[3]),
	}
}

// PoolFigures sums up rows of one figure, from phases that last seconds in all; 0: they are of the kinds of users in the same
// time.
func PoolFigures(seconds float64, rows ...Figure) (out Figure) {
	all := new(hist.Sketch)
	for i := range rows {
		f := &rows[i]
		if i == 0 {
			out.Name, out.Sort, out.Unit = f.Name, f.Sort, f.Unit
		}
		out.N, out.Of, out.PerS = out.N+f.N, out.Of+f.Of, out.PerS+f.PerS
		all.Merge(f.Sketch)
	}
	if out.setValues(all); seconds > 0 {
		out.PerS = rate(out.N, seconds)
	}
	return out
}

// FigureSeries holds a figure by second, by intended start of the tasks that it is used in. The lists S, N and Of have one entry
// for each second in which it was used.
type FigureSeries struct {
	Phase  string `json:"phase"`
	Kind   string `json:"kind,omitempty"`
	Name   string `json:"name"`
	Sort   Sort   `json:"sort"`
	WidthS int    `json:"width_s"` // length of an interval, s

	S  []int   `json:"s"`            // offset of the interval, s
	N  []int64 `json:"n"`            // as in Figure
	Of []int64 `json:"of,omitempty"` // of a rate
	// Values are lists of the buckets of values, one an interval, as in Series.Successes; in thousandths.
	Values []byte `json:"values,omitempty"`
}

// NewFigureSeries restates the series that a ledger keeps of a figure.
func NewFigureSeries(sort Sort, s *Series) FigureSeries {
	out := FigureSeries{Phase: s.Phase, Kind: s.Kind, Name: Declare(sort, s.Name).Name, Sort: sort, WidthS: s.WidthS, S: s.S}
	switch sort {
	case SortCounter:
		lists := hist.ReadLists(s.Successes)
		for range s.S {
			n := int64(0)
			for b := range lists.Next {
				n += figure.SumOf(b)
			}
			out.N = append(out.N, n)
		}
	case SortRate:
		for i, n := range s.Requests {
			out.N = append(out.N, n-s.Failures[i])
		}
		out.Of = s.Requests
	default:
		out.N, out.Values = s.Requests, s.Successes
	}
	return out
}

// Table is a table as people read it. The first column is of names, the others of figures.
type Table struct {
	Title string     `json:"title"`
	File  string     `json:"file"` // name of its CSV file, "transactions"
	Heads []string   `json:"heads"`
	Rows  [][]string `json:"rows"`
	// Failing are the indexes of the rows with failures.
	Failing []int `json:"failing,omitempty"`
}

// add appends the row of a transaction or of the requests with a tag.
func (t *Table) add(op Op, requests, failures int64, rps float64, f *Figures, trust *Trust) {
	failed := "0"
	if failures > 0 {
		failed = say.Share(share(failures, requests))
		t.Failing = append(t.Failing, len(t.Rows))
	}
	times := trust.Marked(f, requests)
	t.Rows = append(t.Rows, []string{
		op.String(), say.Count(requests), failed, say.Number(rps), f.Mean.SuccessText(requests), times[0], times[1], times[2], f.Max.SuccessText(requests),
	})
}

// Titles of the tables of what is not in the counts of requests.
const (
	transactionTitle = "Transactions"
	tagTitle         = "Requests by tag"
	figureTitle      = "Figures of the script"
)

// OwnTables returns the tables of transactions, of requests with a tag and of figures of the script that there are; each
// has rows. Times are in ms.
func (p *PhaseSummary) OwnTables() []Table {
	transactions, tags := ownTables()
	add := func(t *Table, list []Operation) {
		for i := range list {
			o := &list[i]
			t.add(o.Op(), o.Requests, o.Failures, o.RPS, &o.ResponseMS, &o.Trust)
		}
	}
	add(&transactions, p.Transactions)
	add(&tags, p.Tags)
	return filled(transactions, tags, figureTable(p.Figures))
}

// OwnTables is PhaseSummary.OwnTables for the run so far.
func (s *Snapshot) OwnTables() []Table {
	transactions, tags := ownTables()
	add := func(t *Table, list []Live) {
		for i := range list {
			l := &list[i]
			t.add(l.Op, l.Requests, l.Failures, l.RPS, &l.Response, &l.Trust)
		}
	}
	add(&transactions, s.Transactions)
	add(&tags, s.Tags)
	return filled(transactions, tags, figureTable(s.Figures))
}

// ownTables are the tables of transactions and of tags, without rows.
func ownTables() (transactions, tags Table) {
	heads := func(counted string) []string {
		return []string{"Name", counted, "Failed", "Rate/s", "Mean ms", "p50", "p95", "p99", "Max"}
	}
	return Table{Title: transactionTitle, File: "transactions", Heads: heads("Done")}, Table{Title: tagTitle, File: "tags", Heads: heads("Requests")}
}

// filled returns the tables that have rows.
func filled(tables ...Table) []Table {
	return slices.DeleteFunc(tables, func(t Table) bool { return t.Rows == nil })
}

// figureTable formats figures of the script.
func figureTable(list []Figure) Table {
	t := Table{Title: figureTitle, File: "figures", Heads: []string{"Figure", "Number", "Rate/s", "Share", "Mean", "p50", "p95", "p99", "Max"}}
	for i := range list {
		t.Rows = append(t.Rows, list[i].cells())
	}
	return t
}

// cells formats a figure, with an empty text for what its sort does not have.
func (f *Figure) cells() []string {
	out := make([]string, 9)
	out[0] = Op{Kind: f.Kind, Name: Declared{Name: f.Name, Unit: f.Unit}.Text()}.String()
	out[1], out[2] = say.Count(f.N), say.Number(f.PerS)
	switch v := f.Values; {
	case f.Sort == SortRate && f.Of == 0:
		out[3] = say.None
	case f.Sort == SortRate:
		out[1], out[3] = say.Count(f.N)+" of "+say.Count(f.Of), say.Share(f.Share())
	case v != nil:
		for i, x := range []float64{v.Mean, v.P50, v.P95, v.P99, v.Max} {
			out[4+i] = f.Text(x)
		}
	}
	return out
}
