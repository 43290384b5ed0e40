package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// checkTraffic holds the bytes of the report against Toxiproxy's counters,
// which know of a connection when it has ended.
func (x toxic) checkTraffic(t *testing.T, sum *report.Summary, p *proxy) {
	t.Helper()
	all := sum.Total.Aggregated()
	arrived := all.Bytes + headBytes*(all.Requests-all.Failures)
	broken := x.passes * all.Failures                              // at most so much passed of what never arrived whole
	late := users * (headBytes + 4*all.Bytes/max(all.Requests, 1)) // at most so much of what began after the end, which is in no figure
	assert.EventuallyWithT(t, func(t *assert.CollectT) {
		answers, requests := p.counted(t)
		assert.Equal(t, requests.received, requests.sent, "no toxic is on the way to the backend")
		assert.GreaterOrEqual(t, answers.sent, arrived)
		assert.LessOrEqual(t, answers.sent, arrived+broken+late, "what the proxy let pass has arrived, and nothing else")
		assert.Equal(t, x.want != "", answers.received > answers.sent, "only a toxic that makes requests fail keeps bytes back: %+v", answers)
	}, time.Minute, 20*time.Millisecond)
}
