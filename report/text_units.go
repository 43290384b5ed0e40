package report

import (
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// Text formats a percentile of some requests, or of none, in ms: "failed" where it lies among the failures.
func (m Millis) Text(requests int64) string {
	switch {
	case m.IsFinite():
		return say.Number(float64(m))
	case requests > 0:
		return "failed"
	}
	return say.None
}

// SuccessText formats a minimum, mean or maximum of some requests in ms, which only successes have.
func (m Millis) SuccessText(requests int64) string {
	if requests > 0 && !m.IsFinite() {
		return "no success"
	}
	return m.Text(requests)
}

// ms formats the time of something that there was.
func ms(m Millis) string { return m.Text(1) }

// tenths is clockS with a decimal always, for columns.
func tenths(s float64) string {
	if out := say.ClockS(s); strings.Contains(out, ".") {
		return out
	}
	return say.ClockS(s) + ".0"
}
