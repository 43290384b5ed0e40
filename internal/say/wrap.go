package say

import (
	"slices"
	"strings"
	"unicode"
)

// Columns is the width that everything for a terminal fits into.
const Columns = 80

// Wrap returns text as lines of at most [Columns], each with a line break: the
// first one after the text first, all others after hang. Lines break between
// words; a word that is too long for a line breaks where the line ends.
func Wrap(first, hang, text string) string {
	var out strings.Builder
	line, empty := first, true
	flush := func() {
		out.WriteString(strings.TrimRight(line, " ") + "\n")
		line, empty = hang, true
	}
	for _, word := range words(text) {
		if !empty && Width(line)+1+Width(word) > Columns {
			flush()
		}
		if !empty {
			line += " "
		}
		for Width(line)+Width(word) > Columns {
			head := cutAt(word, max(1, Columns-Width(line)))
			line, word = line+head, word[len(head):]
			flush()
		}
		line, empty = line+word, false
	}
	if !empty || out.Len() == 0 {
		flush()
	}
	return out.String()
}

// words splits text between words, but leaves a number and its unit together.
func words(text string) (out []string) {
	for _, word := range strings.Fields(text) {
		last := len(out) - 1
		unit := strings.TrimRight(word, ".,;:)")
		if last >= 0 && slices.Contains(units, unit) && unicode.IsDigit(rune(out[last][len(out[last])-1])) {
			out[last] += " " + word
			continue
		}
		out = append(out, word)
	}
	return out
}

var units = []string{"%", "s", "ms", "B", "kB", "MB", "GB", "points"}

// cutAt is the longest head of s that is at most so wide, but at least one
// character.
func cutAt(s string, width int) string {
	used := 0
	for i, r := range s {
		if used += runeWidth(r); used > width && i > 0 {
			return s[:i]
		}
	}
	return s
}

// Fit is s in at most so many columns; an ellipsis ends what is cut.
func Fit(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	return cutAt(s, columns-1) + "…"
}

// Width is how many columns a terminal needs for s.
func Width(s string) (n int) {
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is 2 for the scripts that terminals show in double width, 0 for marks
// that stand on the letter before.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// OneLine joins the lines of s.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}
