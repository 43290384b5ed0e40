package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
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
