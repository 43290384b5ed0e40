package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// ownSummary is a run with a transaction, requests with a tag, and figures.
func ownSummary() *report.Summary {
	declared := []report.Declared{report.Declare(report.SortRate, "never used")}
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "day", End: time.Minute}}, Shards: 1, Declared: declared})
	s := r.Shard(0)
	for i := range 60 {
		at := time.Duration(i) * time.Second
		x := record.Sample{Op: report.Op{Kind: "buyer", Method: "GET", Name: "/items"}, Intended: at, Done: at + 10*time.Millisecond}
		s.Record(&x)
		s.Of(report.SortTag).RecordTag("region=eu", &x)
		x.Op, x.Done = report.Op{Kind: "buyer", Name: "checkout"}, at+2*time.Second
		if i%30 == 0 {
			x.Err = "POST /orders: http 503"
		}
		s.Of(report.SortTransaction).Record(&x)
		s.Add(report.Op{Name: "wins of a name that is much too long for a table"}, at, 1e9)
		s.Answer(report.Op{Kind: "buyer", Name: "title ok"}, at, i%6 > 0)
		s.Value(report.Op{Name: "basket [EUR]"}, at, float64(i)*1e9)
	}
	return r.Summary(record.Meta{End: time.Minute})
}

func TestTextOfTransactionsAndFigures(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, ownSummary().WriteText(&b))
	text, last := b.String(), 0
	for _, part := range []string{
		"Failures of transactions", "buyer checkout: POST /orders: http 503 (day)", "  Aggregated\n", "  Transactions\n", "  buyer checkout: 2 failed\n", "  Requests by tag\n", "  buyer GET /items {region=eu}\n", "  Figures of the script\n", "basket [EUR]",
		"basket: 55 values larger than 4.4e9, which rank last",
	} {
		at := strings.Index(text[last:], part)
		require.GreaterOrEqual(t, at, 0, "%q in\n%s", part, text)
		last += at
	}
	assert.Contains(t, text, "50 of 60")
	assert.Contains(t, text, "never used")
	for _, line := range strings.Split(text, "\n") {
		assert.LessOrEqual(t, say.Width(line), 80, line)
	}
}

// Rows with failures are named, for a sign and a colour, and percentiles have the signs of all tables.
func TestTablesOfTransactionsSayWhatFails(t *testing.T) {
	p := ownSummary().Total
	p.Transactions[0].Trust.P50.Grade = report.NotMeasured
	tables := p.OwnTables()
	require.Len(t, tables, 3)
	assert.Equal(t, []int{0}, tables[0].Failing)
	assert.Empty(t, tables[1].Failing, "no request with the tag failed")
	assert.Empty(t, tables[2].Failing)
	assert.Equal(t, []string{"buyer checkout", "60", "3.33 %"}, tables[0].Rows[0][:3])
	assert.Regexp(t, `^2,?\d+\?$`, tables[0].Rows[0][5])
	assert.Regexp(t, `^[\d.]+\*$`, tables[1].Rows[0][6], "3 of 60 requests were slower than the p95")
}

// A value past the range is shown as such, with the kind of users that it is of.
func TestValuesPastTheRange(t *testing.T) {
	p := report.PhaseSummary{Name: "day", EndS: 1, Figures: []report.Figure{
		{Kind: "buyer", Name: "basket", Sort: report.SortValue, N: 2, Beyond: 1, Values: &report.Spread{Mean: 2, P50: 3, P95: 9e12, P99: 9e12, Max: 9e12}},
	}}
	var b bytes.Buffer
	require.NoError(t, p.WriteText(&b))
	assert.Contains(t, b.String(), "buyer basket: 1 value larger than 4.4e9, which rank last")
	assert.Equal(t, 3, strings.Count(b.String(), " >4.4e9"), b.String())
}

// A Summary with them reads back as it was.
func TestTransactionsAndFiguresInJSON(t *testing.T) {
	sum := ownSummary()
	var b bytes.Buffer
	require.NoError(t, sum.WriteJSON(&b))
	again, err := report.ReadSummary(&b)
	require.NoError(t, err)
	want, err := json.Marshal(sum)
	require.NoError(t, err)
	got, err := json.Marshal(again)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
	require.Len(t, again.Total.Figures, 4)
	p95, ok := again.Total.Figures[3].Quantile(.05)
	assert.True(t, ok)
	assert.InDelta(t, 2e9, p95, 1e9)
	_, err = report.ReadSummary(strings.NewReader(`{"schema":2,"total":{"figures":[{"sort":"gauge"}]}}`))
	assert.ErrorContains(t, err, `"gauge" is not a sort of figure: want request, transaction, tag, counter, rate, value`)
}

func TestUnitsStandInBrackets(t *testing.T) {
	for text, want := range map[string]report.Declared{
		"basket [EUR]": {Name: "basket", Unit: "EUR"}, "basket": {Name: "basket"}, "[EUR]": {Name: "[EUR]"}, "a []": {Name: "a []"}, "a [b] [c]": {Name: "a [b]", Unit: "c"},
	} {
		want.Sort = report.SortValue
		assert.Equal(t, want, report.Declare(report.SortValue, text))
		assert.Equal(t, text, want.Text())
	}
	assert.Equal(t, "a [b]", report.Declare(report.SortCounter, "a [b]").Name)
}

// Figures of several phases, or of several kinds of users, add up.
func TestFiguresPool(t *testing.T) {
	f := ownSummary().Total.Figures
	for i := range f {
		sum := report.PoolFigures(120, f[i], f[i])
		assert.Equal(t, []int64{2 * f[i].N, 2 * f[i].Of, 2 * f[i].Beyond}, []int64{sum.N, sum.Of, sum.Beyond})
		assert.InDelta(t, f[i].PerS, sum.PerS, 1e-9)
		assert.InDelta(t, 2*f[i].PerS, report.PoolFigures(0, f[i], f[i]).PerS, 1e-9)
		assert.Equal(t, f[i].Values, sum.Values)
	}
}
