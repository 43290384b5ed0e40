package capacity

import "time"

// Second is what one second of a hold came to, as the claim sees it: the claim holds at a load where over a long
// time the sum of Sum is at most Search.Limit times that of Count.
//
//	claim              Count        Sum                                      Limit
//	p95 < 250ms        requests     those slower than 250 ms, or failed      0.05
//	failures < 1%      requests     those that failed                        0.01
//	mean < 100ms       successes    their times in ms                        100
//
// The percentile of a few seconds is biased; the share of slow requests is not, so shares are what is averaged.
type Second struct {
	Count, Sum float64
}

// Hold is a stretch of time at one load.
type Hold struct {
	// Load is the arrivals per second, or the users.
	Load float64
	// End is when the hold was over, its drain included, counted from the start of the search.
	End time.Duration
	// Seconds are those that count: without those left out after the change of load, and of a flood up to where it was
	// broken off.
	Seconds []Second
	// Flooded says that the hold was broken off, because work came in faster than it was done.
	Flooded bool
	// Rate is the successes per second, and Busy the mean number of requests in flight; both are for the Law.
	Rate, Busy float64
	// Value is what the claim is about, for people: ms, or a share of failures. +Inf lies among the failures, or is of no
	// request; the search does not look at it.
	Value float64
}

// sums are the totals of the seconds that count.
func (h *Hold) sums() (count, sum float64) {
	for _, s := range h.Seconds {
		count, sum = count+s.Count, sum+s.Sum
	}
	return count, sum
}

// Kept reports whether the claim held in the hold, by Search.Limit. It did not in one without a request.
func (h *Hold) Kept(limit float64) bool {
	count, sum := h.sums()
	return !h.Flooded && count > 0 && sum <= limit*count
}
