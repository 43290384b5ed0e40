package brief

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// What is in no count of requests has tables for itself, by phase, and is not a test case.
func TestTransactionsAndFiguresInMarkdown(t *testing.T) {
	sum := recorded(part{name: "baseline", seconds: 5, slower: 1})
	sum.Phases[0].Transactions = []report.Operation{report.NewOperation(report.Op{Name: "check|out"}, report.Times{}, 5, nil)}
	sum.Phases[0].Figures = []report.Figure{{Name: "wins", Sort: report.SortCounter, N: 1, PerS: .2}, {Name: "ok", Sort: report.SortRate, N: 3, Of: 4}}
	sum.TransactionFailures = []report.Failure{{Name: "check|out", Phase: "baseline", Reason: "POST /b: timeout", Occurrences: 2}}
	md, _, all := written(t, briefOf(t, sum))
	inOrder(t, md, "Operations in baseline", "Transactions in baseline", `check\|out`, "Figures of the script in baseline", "| wins | 1 | 0.2 |", "3 of 4", "75 %", "Failures of transactions", "POST /b: timeout")
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			assert.False(t, strings.Contains(c.Name, "check"), c.Name)
		}
	}
}
