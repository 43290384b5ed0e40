package brief

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// Reasons with ids in them are as many as the failures: Markdown and JUnit show
// the most frequent ones and how many more there are.
func TestTheMostFrequentReasonsStandFirst(t *testing.T) {
	b := briefOf(t, chaos())
	b.Run.Failures = nil
	for i := range 201 {
		b.Run.Failures = append(b.Run.Failures, report.Failure{Method: "GET", Name: "/a", Phase: "chaos", Reason: fmt.Sprintf("order %03d is gone", i), Occurrences: int64(1 + i)})
	}
	md, _, _ := written(t, b)
	rows := strings.SplitAfter(md, "## Failures")[1]
	assert.Equal(t, 10, strings.Count(rows, " is gone"))
	assert.Less(t, strings.Index(rows, "order 200 is gone"), strings.Index(rows, "order 191 is gone"))
	assert.Contains(t, rows, "... and 191 more, seen 18,336 times in all.")
	reasons := b.reasons("chaos", report.Op{Method: "GET", Name: "/a"})
	require.Len(t, reasons, 11)
	assert.Equal(t, "order 200 is gone: 201", reasons[0])
	assert.Equal(t, "and 191 more, seen 18,336 times in all", reasons[10])
}

func TestPercentilesHaveTheirSignsInMarkdown(t *testing.T) {
	b := briefOf(t, chaos())
	for i := range b.Run.Phases[0].Operations {
		b.Run.Phases[0].Operations[i].Trust.P50.Grade = report.NotMeasured
	}
	md, _, _ := written(t, b)
	assert.Equal(t, 1+len(b.Run.Phases[0].Operations), strings.Count(md, "? |"), "in the tables of phases and of operations")
	assert.Contains(t, md, signsMean)
}
