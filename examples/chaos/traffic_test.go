package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// headBytes is the size of the head of every answer behind evenHeads.
const headBytes = 256

// evenHeads gives all answers of h heads of one size: so bytes on the wire are
// those of the bodies, which the report has, and headBytes for each answer.
func evenHeads(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		header := w.Header()
		for key, values := range answer.Header() {
			header[key] = values
		}
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		if answer.Code != http.StatusNoContent {
			header.Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		}
		header.Set("Padding", "")
		size := len("HTTP/1.1 200 \r\n\r\n") + len(http.StatusText(answer.Code))
		for key := range header {
			size += len(key + ": " + header.Get(key) + "\r\n")
		}
		header.Set("Padding", strings.Repeat("x", headBytes-size))
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	})
}

// traffic is what Toxiproxy has counted of one direction, in bytes.
type traffic struct{ received, sent int64 }

// counted reads Toxiproxy's counters, by direction.
func (p *proxy) counted(t *assert.CollectT) (answers, requests traffic) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(p.traffic.Collectors()...)
	families, err := registry.Gather()
	assert.NoError(t, err)
	counts := map[string]int64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			counts[f.GetName()+" "+m.GetLabel()[0].GetValue()] += int64(m.GetCounter().GetValue())
		}
	}
	of := func(direction string) traffic {
		return traffic{counts["toxiproxy_proxy_received_bytes_total "+direction], counts["toxiproxy_proxy_sent_bytes_total "+direction]}
	}
	return of("downstream"), of("upstream")
}

// checkTraffic holds the bytes of the report against Toxiproxy's counters,
// which know of a connection when it has ended.
func (x toxic) checkTraffic(t *testing.T, sum *report.Summary, p *proxy) {
	t.Helper()
	all := sum.Total.Aggregated()
	arrived := all.Bytes + headBytes*(all.Requests-all.Failures)
	broken := int64(0) // at most so much passed of what never arrived whole
	if x.partly {
		broken = headBytes * all.Failures
	}
	assert.EventuallyWithT(t, func(t *assert.CollectT) {
		answers, requests := p.counted(t)
		assert.Equal(t, requests.received, requests.sent, "no toxic is on the way to the backend")
		assert.GreaterOrEqual(t, answers.sent, arrived)
		assert.LessOrEqual(t, answers.sent, arrived+broken, "what the proxy let pass has arrived, and nothing else")
		assert.Equal(t, x.want != "", answers.received > answers.sent, "only a toxic that makes requests fail keeps bytes back: %+v", answers)
	}, 10*time.Second, 20*time.Millisecond)
}
