package say

import (
	"strings"
	"unicode"
)

// Printable makes text from elsewhere safe for a line on a terminal: a character that does not print becomes a dot.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, s)
}
