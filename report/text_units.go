package report

import (
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// ms formats a time in milliseconds; "failed" where there is no value.
func ms(m Millis) string {
	if !m.IsFinite() {
		return "failed"
	}
	return say.Number(float64(m))
}

// tenths is clockS with a decimal always, for columns.
func tenths(s float64) string {
	if out := say.ClockS(s); strings.Contains(out, ".") {
		return out
	}
	return say.ClockS(s) + ".0"
}
