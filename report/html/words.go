package html

import (
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

// dateText is a wall clock time.
func dateText(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
