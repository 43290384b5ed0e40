package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// The figures of a report as texts, as assets/format.js writes them.

// count is a whole number with separators.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// short is a number with about three digits.
func short(v float64) string {
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return "–"
	case v == 0:
		return "0"
	case math.Abs(v) < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case math.Abs(v) < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return count(int64(math.Round(v)))
}

func rateText(v float64) string { return short(v) }

// timeText is a time in ms. Without a value it lies among the failures, if
// there were requests.
func timeText(m report.Millis, requests int64) string {
	switch {
	case m.IsFinite():
		return short(float64(m))
	case requests > 0:
		return "failed"
	}
	return "–"
}

// successTime is a minimum, mean or maximum, which there is of successes alone.
func successTime(m report.Millis, requests int64) string {
	if requests > 0 && !m.IsFinite() {
		return "no success"
	}
	return timeText(m, requests)
}

// percentText is a share of 0..1.
func percentText(share float64) string {
	switch {
	case share == 0:
		return "0 %"
	case share == 1:
		return "100 %"
	case share < 0.0001:
		return "<0.01 %"
	case share < 0.1:
		return fmt.Sprintf("%.2f %%", 100*share)
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// sizeText is a size in bytes.
func sizeText(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for bytes >= 1000 && i < len(units)-1 {
		bytes, i = bytes/1000, i+1
	}
	if i == 0 {
		return count(int64(math.Round(bytes))) + " B"
	}
	return short(bytes) + " " + units[i]
}

// spanClock is an offset as 4:05 or 1:04:05.
func spanClock(seconds float64) string {
	s := int64(max(0, seconds))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// lengthText is a time in words.
func lengthText(seconds float64) string {
	s := int64(math.Round(seconds))
	var parts []string
	for _, x := range []struct {
		n    int64
		unit string
	}{{s / 3600, "h"}, {s / 60 % 60, "min"}, {s % 60, "s"}} {
		if x.n > 0 {
			parts = append(parts, strconv.FormatInt(x.n, 10)+" "+x.unit)
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// dateText is a wall clock time.
func dateText(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
