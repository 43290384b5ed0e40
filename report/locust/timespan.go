package locust

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var timespan = regexp.MustCompile(`^(\d+h)?(\d+m)?(\d+s)?$`)

// ParseTimespan reads a time span by Locust's rule: digits alone are seconds,
// or parts in hours, minutes and seconds in this order, each at most once and
// in whole numbers: 300, 300s, 90m, 1h30m, 3h30m10s. It refuses everything
// else, also blanks, signs, fractions and upper case.
func ParseTimespan(s string) (time.Duration, error) {
	full := s
	if strings.Trim(s, "0123456789") == "" {
		full += "s"
	}
	if !timespan.MatchString(full) {
		return 0, timespanError(s, "is not a time span")
	}
	d, err := time.ParseDuration(full)
	if err != nil {
		return 0, timespanError(s, "is too long")
	}
	return d, nil
}

func timespanError(s, problem string) error {
	return fmt.Errorf("%q %s: whole seconds or parts in the order h, m, s are accepted, such as 300, 90m or 1h30m10s", s, problem)
}
