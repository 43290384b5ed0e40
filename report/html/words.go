package html

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// The figures of a report as texts, as assets/format.js writes them.

// timeText is a time in ms. Without a value it lies among the failures, if
// there were requests.
func timeText(m report.Millis, requests int64) string {
	switch {
	case m.IsFinite():
		return say.Number(float64(m))
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
