package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// TestATargetThatNeverAnswers: while its requests wait for their time limit the log
// says so, once, since no failure does.
func TestATargetThatNeverAnswers(t *testing.T) {
	const line = "no request has been answered yet: 3 in flight, the oldest for"
	got, _ := virtual(t, visits(paced{-1}), nil, words("-u 3 -r inf -t 40 --always-on")...)
	assert.Equal(t, 1, strings.Count(got.stderr, line), got.stderr)
	got, _ = virtual(t, visits(paced{time.Second}), nil, words("-u 3 -r inf -t 40 --always-on")...)
	assert.NotContains(t, got.stderr, line)
}

func TestUnanswered(t *testing.T) {
	for want, live := range map[string]report.Live{
		"": {InFlight: 2, Waiting: 9_990},
		"no request has been answered yet: 1,200 in flight, the oldest for 10 s": {InFlight: 1200, Waiting: 10_000},
		"no request has been answered yet: 2 in flight, the oldest for 12.3 s":   {InFlight: 2, Waiting: 12_345, Requests: 5, Failures: 5},
	} {
		assert.Equal(t, want, unanswered(&report.Snapshot{Total: live}))
	}
	assert.Empty(t, unanswered(&report.Snapshot{Total: report.Live{InFlight: 2, Waiting: 60_000, Requests: 5, Failures: 4}}), "one was")
}
