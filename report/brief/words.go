package brief

import (
	"strconv"
	"strings"
	"unicode"
)

// named lists the phases of an arm.
func named(phases []string) string {
	if len(phases) > 3 {
		return strconv.Itoa(len(phases)) + " phases"
	}
	return strings.Join(phases, ", ")
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
