package input

import "strings"

// Digits returns the text of a number that Python reads as one that Go reads:
// without the underscores that may stand between two digits. ok is false where
// an underscore stands anywhere else.
func Digits(text string) (digits string, ok bool) {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := range text {
		if text[i] == '_' && !(digit(i-1) && digit(i+1)) {
			return "", false
		}
	}
	return strings.ReplaceAll(text, "_", ""), true
}
