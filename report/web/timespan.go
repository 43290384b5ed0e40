package web

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"time"
)

var errTimespan = errors.New("not a time span")

// timespan is Locust's: digits alone are seconds, or hours, minutes and seconds
// in this order.
var timespan = regexp.MustCompile(`^(?:(\d+)|(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)$`)

// parseTimespan reads a time span as Locust does: 20, 20s, 3m, 1h20m. The
// package phase has the same rule, but report/web imports only report.
func parseTimespan(text string) (time.Duration, error) {
	parts := timespan.FindStringSubmatch(text)
	if parts == nil || text == "" {
		return 0, errTimespan
	}
	var sum time.Duration
	for i, unit := range []time.Duration{time.Second, time.Hour, time.Minute, time.Second} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n > int64((math.MaxInt64-sum)/unit) {
			return 0, errTimespan
		}
		sum += time.Duration(n) * unit
	}
	return sum, nil
}
