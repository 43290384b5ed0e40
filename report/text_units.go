package report

import (
	"strings"
	"unicode"

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

// Printable makes text from elsewhere safe for a line on a terminal: what does not print becomes a dot.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, s)
}
