package setting

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/internal/input"
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
	return false, ErrNotAccepted
}

const acceptsBool = "true, yes, on, 1, false, no, off or 0"

// Int reads a whole number as Python's int does: blanks around it and
// underscores between digits are fine.
func Int(text string) (int, error) {
	digits, ok := input.Digits(strings.TrimSpace(text))
	if !ok {
		return 0, ErrNotAccepted
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, ErrNotAccepted
	}
	return n, nil
}

// Between returns a parser of whole numbers from least to most.
func Between(least, most int) func(text string) (int, error) {
	return func(text string) (int, error) {
		n, err := Int(text)
		if err != nil || n < least || n > most {
			return 0, ErrNotAccepted
		}
		return n, nil
	}
}

// Uint reads a whole number of at least 0.
func Uint(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, ErrNotAccepted
	}
	return n, nil
}

// AtLeast returns a parser of whole numbers that are not below least.
func AtLeast(least int) func(text string) (int, error) {
	return func(text string) (int, error) {
		n, err := Int(text)
		if err != nil || n < least {
			return 0, ErrNotAccepted
		}
		return n, nil
	}
}

// Float reads a number as Python's float does: blanks around it, underscores
// between digits, exponents, inf and nan are fine; hexadecimal is not.
func Float(text string) (float64, error) {
	digits, ok := input.Digits(strings.TrimSpace(text))
	if !ok || strings.ContainsAny(digits, "xX") {
		return 0, ErrNotAccepted
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, ErrNotAccepted
	}
	return x, nil
}

// Share reads a number from 0 to 1.
func Share(text string) (float64, error) {
	x, err := Float(text)
	if err != nil || !(x >= 0 && x <= 1) {
		return 0, ErrNotAccepted
	}
	return x, nil
}

// unwrapped makes a parser say what is wrong and no more: where it was written
// and what is accepted stand around that in every refusal.
func unwrapped[T any](parse func(text string) (T, error)) func(text string) (T, error) {
	return func(text string) (T, error) {
		value, err := parse(text)
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		return value, err
	}
}

// Distribution reads a distribution of durations, as [dist.Parse] does, for an
// option with AcceptsDistribution.
func Distribution(text string) (dist.Distribution, error) { return unwrapped(dist.Parse)(text) }

// AcceptsDistribution is Option.Accepts of an option that [Distribution] reads.
const AcceptsDistribution = "2s, 1s..3s, constant 2s, exponential 2s, gamma 2s cv 0.3, lognormal 2s cv 1, weibull 2s shape 0.7 or pareto 2s alpha 1.5"

// Duration reads a time such as 250ms, 1.5s or 1m30s; a bare number is
// seconds.
func Duration(text string) (time.Duration, error) {
	if seconds, err := Float(text); err == nil {
		text = strconv.FormatFloat(seconds, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, ErrNotAccepted
	}
	return d, nil
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
