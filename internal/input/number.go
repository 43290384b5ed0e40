package input

import (
	"strconv"
	"strings"
)

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

// Share reads a share such as "5%" or ".05". ok is false for a text that is not a
// number and for a share that is not above 0 and below 1.
func Share(text string) (share float64, ok bool) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	digits, ok := Digits(strings.TrimSpace(number))
	v, err := strconv.ParseFloat(digits, 64)
	if percent {
		v /= 100
	}
	if !ok || err != nil || strings.ContainsAny(digits, "xX") || !(v > 0 && v < 1) {
		return 0, false
	}
	return v, true
}
