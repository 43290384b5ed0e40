package locust

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseTimespan reads a time span by Locust's rule: digits alone are seconds,
// or parts in hours, minutes and seconds in this order, each at most once and
// in whole numbers: 300, 300s, 90m, 1h30m, 3h30m10s. It refuses everything
// else, also blanks, signs, fractions and upper case.
func ParseTimespan(s string) (time.Duration, error) {
	rest := s
	if strings.Trim(s, "0123456789") == "" {
		rest += "s"
	}
	var sum time.Duration
	units := "hms" // those that may still come
	for rest != "" {
		part, unit, tail := splitPart(rest)
		i := strings.Index(units, unit)
		if part == "" || unit == "" || i < 0 {
			return 0, timespanError(s, "is not a time span")
		}
		span, ok := timesUnit(part, unit)
		if !ok || sum > math.MaxInt64-span {
			return 0, timespanError(s, "is too long")
		}
		sum, units, rest = sum+span, units[i+1:], tail
	}
	return sum, nil
}

// splitPart takes leading digits and the one character after them off s.
func splitPart(s string) (digits, unit, tail string) {
	tail = strings.TrimLeft(s, "0123456789")
	digits = s[:len(s)-len(tail)]
	n := min(1, len(tail))
	return digits, tail[:n], tail[n:]
}

func timesUnit(digits, unit string) (time.Duration, bool) {
	size := map[string]time.Duration{"h": time.Hour, "m": time.Minute, "s": time.Second}[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/int64(size) {
		return 0, false
	}
	return time.Duration(n) * size, true
}

func timespanError(s, problem string) error {
	return fmt.Errorf("%q %s: whole seconds or parts in the order h, m, s are accepted, such as 300, 90m or 1h30m10s", s, problem)
}
