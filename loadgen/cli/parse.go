package cli

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Text takes any text.
func Text(text string) (string, error) { return text, nil }

// Bool reads true, yes, on, 1 or false, no, off, 0 in any case. The empty text
// is refused: a variable that is set to nothing is a mistake more often than
// a "no".
func Bool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errNotAccepted
}

// Int reads a whole number as Python's int does: blanks around it and
// underscores between digits are fine.
func Int(text string) (int, error) {
	digits, ok := withoutUnderscores(strings.TrimSpace(text))
	if !ok {
		return 0, errNotAccepted
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, errNotAccepted
	}
	return n, nil
}

// Uint reads a whole number of at least 0.
func Uint(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, errNotAccepted
	}
	return n, nil
}

// AtLeast returns a parser of whole numbers that are not below least.
func AtLeast(least int) func(text string) (int, error) {
	return func(text string) (int, error) {
		n, err := Int(text)
		if err != nil || n < least {
			return 0, errNotAccepted
		}
		return n, nil
	}
}

// Float reads a number as Python's float does: blanks around it, underscores
// between digits, exponents, inf and nan are fine; hexadecimal is not.
func Float(text string) (float64, error) {
	digits, ok := withoutUnderscores(strings.TrimSpace(text))
	if !ok || strings.ContainsAny(digits, "xX") {
		return 0, errNotAccepted
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, errNotAccepted
	}
	return x, nil
}

// Share reads a number from 0 to 1.
func Share(text string) (float64, error) {
	x, err := Float(text)
	if err != nil || !(x >= 0 && x <= 1) {
		return 0, errNotAccepted
	}
	return x, nil
}

// spawnRate reads users per second. Infinity means all at once, which a
// phase.Phase writes as 0.
func spawnRate(text string) (float64, error) {
	x, err := Float(text)
	switch {
	case err != nil || !(x > 0):
		return 0, errNotAccepted
	case math.IsInf(x, 1):
		return 0, nil
	}
	return x, nil
}

// Duration reads a time such as 250ms, 1.5s or 1m30s; a bare number is
// seconds.
func Duration(text string) (time.Duration, error) {
	if seconds, err := Float(text); err == nil {
		text = strconv.FormatFloat(seconds, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errNotAccepted
	}
	return d, nil
}

// withoutUnderscores drops underscores that stand between two digits and
// reports whether there were no others.
func withoutUnderscores(text string) (string, bool) {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := range text {
		if text[i] == '_' && !(digit(i-1) && digit(i+1)) {
			return "", false
		}
	}
	return strings.ReplaceAll(text, "_", ""), true
}

// listItems splits "[a, b]" at its commas and takes any other text as one item.
// Quotes around an item are dropped, so that a JSON list reads the same.
func listItems(text string) []string {
	inner, ok := strings.CutPrefix(text, "[")
	if ok {
		inner, ok = strings.CutSuffix(inner, "]")
	}
	if !ok {
		return []string{text}
	}
	var items []string
	for item := range strings.SplitSeq(inner, ",") {
		if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" {
			items = append(items, item)
		}
	}
	return items
}
