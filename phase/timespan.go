package phase

import "time"

// ParseTimespan reads a time span as Locust does.
func ParseTimespan(s string) (time.Duration, error) { return 0, nil }
