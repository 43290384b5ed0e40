package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/timing"
)

// Reasons with ids in them are as many as the failures: the text shows the most
// frequent ones and how many more there are.
func TestTextShowsTheMostFrequentFailures(t *testing.T) {
	s := sampleSummary(100)
	s.Failures = nil
	for i := range 201 {
		s.Failures = append(s.Failures, report.Failure{Name: "pay", Reason: fmt.Sprintf("order %03d is gone", i), Phase: "baseline", Occurrences: int64(1 + i)})
		s.Exceptions = append(s.Exceptions, report.Exception{Kind: "error", Message: fmt.Sprintf("no. %d", i), Occurrences: 1})
	}
	out := text(t, s)
	assert.Equal(t, 10, strings.Count(out, " is gone"))
	assert.Regexp(t, `(?s)201 .*order 200 is gone.* 192 .*order 191 is gone`, out)
	assert.Contains(t, out, "\n  and 191 more, seen 18,336 times in all\n")
	assert.Contains(t, out, "\n  and 192 more\n")
}

// The text has a line on what requests waited for in the whole run, where that was not the target alone.
func TestTextSaysWhereConnectionsTakeTime(t *testing.T) {
	of := func(x timing.Times) string {
		r := record.New(record.Config{Phases: twoPhases})
		for i := range 20 {
			at := time.Duration(i) * time.Second
			r.Shard(0).Record(&record.Sample{Op: report.Op{Name: "list"}, Intended: at, Woken: at, Sent: at, Done: at + x.Sum(), Timings: x})
		}
		return text(t, r.Summary(record.Meta{End: 30 * time.Second}))
	}
	const ms = time.Millisecond
	assert.NotContains(t, of(timing.Times{timing.Late: 80 * ms, timing.Connecting: 2 * ms, timing.Waiting: 50 * ms}), "Of the response times")
	assert.NotContains(t, of(timing.Times{}), "Of the response times")
	assert.Equal(t, 1, strings.Count(of(timing.Times{timing.Blocked: 150 * ms, timing.Waiting: 50 * ms}),
		"\n\nOf the response times 75 % was waiting for a free connection and 25 % waiting\n  for the target.\n"))
}
