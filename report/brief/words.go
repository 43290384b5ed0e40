package brief

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// named lists the phases of an arm.
func named(phases []string) string {
	if len(phases) > 3 {
		return strconv.Itoa(len(phases)) + " phases"
	}
	return strings.Join(phases, ", ")
}

// millis formats a response time out of n requests.
func millis(m report.Millis, n int64) string {
	switch {
	case n == 0:
		return "–"
	case !m.IsFinite():
		return "failed"
	}
	return say.Number(float64(m))
}

// ofSuccesses formats a minimum, mean or maximum of n requests, which only successes have.
func ofSuccesses(m report.Millis, n int64) string {
	if n > 0 && !m.IsFinite() {
		return "no success"
	}
	return millis(m, n)
}

// Escape makes a text safe inside a line or a cell of Markdown: names and error
// texts are data.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\`*_[]|#~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case !unicode.IsPrint(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
