package locust

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/gensim/load-generator/report"
)

// entry is one row of Locust's --json array. Times are in milliseconds,
// instants in seconds since 1970. Failed requests are counted in all of it.
type entry struct {
	Name                 string           `json:"name"`
	Method               string           `json:"method"`
	LastRequestTimestamp float64          `json:"last_request_timestamp"`
	StartTime            float64          `json:"start_time"`
	NumRequests          int64            `json:"num_requests"`
	NumNoneRequests      int64            `json:"num_none_requests"` // requests without a time: there are none
	NumFailures          int64            `json:"num_failures"`
	TotalResponseTime    float64          `json:"total_response_time"`
	MaxResponseTime      float64          `json:"max_response_time"`
	MinResponseTime      float64          `json:"min_response_time"`
	TotalContentLength   int64            `json:"total_content_length"`
	ResponseTimes        map[int64]uint64 `json:"response_times"`
	NumReqsPerSec        map[int64]int64  `json:"num_reqs_per_sec"`
	NumFailPerSec        map[int64]int64  `json:"num_fail_per_sec"`
}

// WriteJSON writes the run as Locust's array: one object an operation,
// the aggregate left out. Seconds are those of the intended start.
func WriteJSON(w io.Writer, sum *report.Summary) error {
	entries := []*entry{}
	byOp := make(map[report.Op]*entry)
	rows := sum.Total.Overall()
	for i := range rows {
		o := &rows[i]
		if o.Method == "" && o.Name == report.Aggregated {
			continue
		}
		e := totals(o, sum.Start)
		entries = append(entries, e)
		byOp[o.Op()] = e
	}
	for i := range sum.Intervals {
		if e := byOp[sum.Intervals[i].Op().Anyone()]; e != nil {
			e.addSeconds(&sum.Intervals[i], sum.Start)
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "    ")
	return encoder.Encode(entries)
}

func totals(o *report.Operation, start time.Time) *entry {
	e := &entry{
		Name: o.Name, Method: o.Method, StartTime: epoch(start, 0),
		NumRequests: o.Requests, NumFailures: o.Failures, TotalContentLength: o.Bytes,
		ResponseTimes: make(map[int64]uint64), NumReqsPerSec: make(map[int64]int64), NumFailPerSec: make(map[int64]int64),
	}
	all := allTimes(o)
	if all.Count() == 0 {
		return e
	}
	e.TotalResponseTime = inMillis(all.Mean()) * float64(all.Count())
	e.MinResponseTime, e.MaxResponseTime = inMillis(all.Min()), inMillis(all.Max())
	for b := range all.Buckets() {
		middle := min(max((b.Low()+b.High())/2, all.Min()), all.Max())
		e.ResponseTimes[histogramKey(inMillis(middle))] += b.Count
	}
	return e
}

// addSeconds adds the counts of one phase. What a long run has merged into
// wider intervals is spread evenly over their seconds.
func (e *entry) addSeconds(s *report.Series, start time.Time) {
	for i, second := range s.S {
		requests, failures := s.Requests[i], s.Failures[i]
		if s.Straddlers != nil {
			requests, failures = requests+s.Straddlers[i], failures+s.StraddlerFailures[i]
		}
		first := start.Unix() + int64(second)
		spread(e.NumReqsPerSec, first, int64(s.WidthS), requests)
		spread(e.NumFailPerSec, first, int64(s.WidthS), failures)
		if requests > 0 {
			e.LastRequestTimestamp = max(e.LastRequestTimestamp, epoch(start, float64(second+s.WidthS)))
		}
	}
}

// spread adds n to the seconds from first on, the remainder to the first ones.
func spread(to map[int64]int64, first, width, n int64) {
	for k := range width {
		share := n / width
		if k < n%width {
			share++
		}
		if share > 0 {
			to[first+k] += share
		}
	}
}

// histogramKey rounds to the keys of Locust's histogram: two digits above 100 ms.
func histogramKey(ms float64) int64 {
	step := 1.0
	switch {
	case ms >= 10000:
		step = 1000
	case ms >= 1000:
		step = 100
	case ms >= 100:
		step = 10
	}
	return int64(math.RoundToEven(ms/step) * step)
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// epoch returns the seconds since 1970 of an offset in seconds from start.
func epoch(start time.Time, offset float64) float64 { return float64(start.UnixMicro())/1e6 + offset }
