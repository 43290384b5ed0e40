package html

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

func TestWords(t *testing.T) {
	for want, got := range map[string]string{
		"1,234,567": say.Count(1234567), "-1,000": say.Count(-1000), "999": say.Count(999),
		"0": say.Number(0), "3.14": say.Number(3.14159), "31.4": say.Number(31.4159), "1,235": say.Number(1234.5),
		"failed": report.NoValue.Text(1), "5": report.Millis(5).Text(1),
		"0 %": say.Share(0), "<0.01 %": say.Share(.00001), "1.23 %": say.Share(.0123), "12.3 %": say.Share(.123),
		"512 B": say.Bytes(512), "4.3 kB": say.Bytes(4300), "1 GB": say.Bytes(1e9),
		"100 %": say.Share(1), "The phase is over": say.Capital("the phase is over"), "p95 is high": say.Capital("p95 is high"), "Élan": say.Capital("Élan"), "baseline: x": say.Capital("baseline: x"),
		"0:09.9": say.ClockS(9.9), "1:01:01": say.ClockS(3661),
		"1 phase": say.Plural(1, "phase"), "2 phases": say.Plural(2, "phase"),
		"2026-11-23 09:30:00 UTC": dateText(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)),
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, "–", dateText(time.Time{}))
	assert.Equal(t, "–", report.NoValue.Text(0))
}

// A percentile that is not to be believed says so where it stands, in each table.
func TestPercentilesHaveTheirSigns(t *testing.T) {
	op := report.Operation{Name: report.Aggregated, Requests: 200, ResponseMS: report.Figures{P50: 5, P95: 7, P99: 8}, ServiceMS: report.Figures{P50: 4}, Trust: report.Trust{P50: report.Rating{Grade: report.NotMeasured}, P95: report.Rating{Grade: report.Doubtful}}}
	p := report.PhaseSummary{Requests: 200, Operations: []report.Operation{op}}
	assert.Equal(t, []string{"5?", "7~", "8*"}, phaseText(p).Times[:3])
	assert.Equal(t, []string{"5?", "7~", "8*"}, opText(op).Times[2:5], "after the mean and the minimum")
	own := ownText([]report.Table{{Title: "Transactions", Rows: [][]string{{"a", "1", "0"}, {"b", "2", "50 %"}}, Failing: []int{1}}}, " in x")
	assert.Equal(t, []ownTable{{Title: "Transactions in x", Rows: []ownLine{{[]string{"a", "1", "0"}, false}, {[]string{"b", "2", "50 %"}, true}}}}, own)
	for _, g := range sideGroups([]sidePhase{{PhaseSummary: p, all: op}}) {
		want := map[string]string{"Response time, ms": "5?", "Service time, ms": "4"}[g.Title]
		for _, row := range g.Rows {
			if want != "" && row.Title == "p50" {
				assert.Equal(t, want, row.Cells[0].Text, g.Title)
			}
		}
	}
}
