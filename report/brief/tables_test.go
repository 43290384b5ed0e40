package brief

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/timing"
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

// What requests waited for, as in HTML, where the client measured it.
func TestMarkdownSaysWhatRequestsWaitedFor(t *testing.T) {
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "smoke", End: time.Minute}}})
	for i := range 20 {
		at, x := time.Duration(i)*time.Second, timing.Times{timing.Connecting: 50 * time.Millisecond, timing.Waiting: 150 * time.Millisecond}
		r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/a|b"}, Intended: at, Woken: at, Sent: at, Done: at + x.Sum(), Timings: x})
	}
	md, _, _ := written(t, briefOf(t, r.Summary(record.Meta{End: 30 * time.Second})))
	inOrder(t, md, "<summary>Operations in smoke</summary>", "<summary>What requests waited for</summary>\n\nOf the response times 75 % was waiting for the target and 25 % connecting.\n",
		"\n| operation | connecting ms | waiting ms |\n| --- | ---: | ---: |\n| GET /a", " | 50.1 (50.1) | 150 (150) |", "| All operations | 50.1 (", "\nMeans over all requests of the run, failures too, and in brackets the p95.\n\n</details>\n", "## Generator")
	md, _, _ = written(t, briefOf(t, chaos()))
	assert.NotContains(t, md, "waited for")
}

func TestPercentilesHaveTheirSignsInMarkdown(t *testing.T) {
	b := briefOf(t, chaos())
	for i := range b.Run.Phases[0].Operations {
		b.Run.Phases[0].Operations[i].Trust.P50.Grade = report.NotMeasured
	}
	md, _, _ := written(t, b)
	assert.Equal(t, 1+len(b.Run.Phases[0].Operations), strings.Count(md, "?* |")+strings.Count(md, "? |"), "in the tables of phases and of operations")
	assert.Contains(t, md, page.SignsMean)
}
