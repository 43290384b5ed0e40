// Package input reads what comes from outside the program: texts of settings,
// and files that people, editors and other programs have written. It imports
// nothing of this module, and every package may import it.
package input

import (
	"strings"
	"unicode"
)

// Trim returns a setting without what files of secrets, .env files and editors
// put around it: blanks and line breaks of any script, byte order marks, zero
// width spaces and NULs. What stands inside stays.
func Trim(text string) string { return strings.TrimFunc(text, around) }

// around reports whether a rune at an end of a setting says nothing.
func around(r rune) bool {
	switch r {
	case 0, '\u200b', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}
