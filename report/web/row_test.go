package web

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// The signs of a row are those of the tables of the text; a row whose percentiles can be believed has none.
func TestSignsOfARow(t *testing.T) {
	x := row{op: report.Op{Kind: "buyer", Method: "GET", Name: "/a"}, requests: 10_000, failures: 1, bytes: 8, rps: 2, figures: report.Figures{P50: 1, P95: 2, P99: 3, P999: 4, Min: 1, Mean: 2, Max: 5}}
	assert.Equal(t, `["buyer GET","/a",10000,1,8,2,1,2,3,4,1,2,5,[]]`, string(x.append(nil)))
	x.trust = report.Trust{P50: report.Rating{Grade: report.Trusted}, P95: report.Rating{Grade: report.Doubtful}, P99: report.Rating{Grade: report.NotMeasured, LowerBound: true}, P999: report.Rating{LowerBound: true}}
	assert.Equal(t, `["buyer GET","/a",10000,1,8,2,1,2,3,4,1,2,5,["","~","\u003e?","\u003e"]]`, string(x.append(nil)))
	x.requests, x.figures.P999 = 500, report.Millis(math.Inf(1))
	assert.Equal(t, `["buyer GET","/a",500,1,8,2,1,2,3,null,1,2,5,["","~","\u003e?*",""]]`, string(x.append(nil)), "fewer than 10 were slower than p99; what lies among the failures has neither sign")
}

// What the lag of the generator spoils in the run it spoils in the last seconds; what was cut off, or is in flight, is not among them.
func TestLastSecondsHaveTheSignsOfTheLag(t *testing.T) {
	bad := report.Rating{Grade: report.NotMeasured, LowerBound: true}
	x := lastSeconds(&report.Live{Requests: 100, RecentRequests: 20, RecentFailed: 5, RecentS: 10, Trust: report.Trust{P95: bad}})
	assert.Equal(t, []any{int64(20), int64(5), 2.}, []any{x.requests, x.failures, x.rps})
	assert.Equal(t, report.Trust{P95: report.Rating{Grade: report.NotMeasured}}, x.trust)
}
