package setting

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/internal/input"
)

// Accepted returns a value that a parser has read, or ErrNotAccepted unless ok.
func Accepted[T any](value T, ok bool) (T, error) {
	if !ok {
		return *new(T), ErrNotAccepted
	}
	return value, nil
}

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
	n, err := strconv.Atoi(digits)
	return Accepted(n, ok && err == nil)
}

// Between returns a parser of whole numbers from least to most.
func Between(least, most int) func(text string) (int, error) {
	return func(text string) (int, error) {
		n, err := Int(text)
		return Accepted(n, err == nil && n >= least && n <= most)
	}
}

// AtLeast returns a parser of whole numbers that are not below least.
func AtLeast(least int) func(text string) (int, error) { return Between(least, math.MaxInt) }

// Uint reads a whole number of at least 0.
func Uint(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	return Accepted(n, err == nil)
}

// Float reads a number as Python's float does: blanks around it, underscores
// between digits, exponents, inf and nan are fine; hexadecimal is not.
func Float(text string) (float64, error) {
	digits, ok := input.Digits(strings.TrimSpace(text))
	x, err := strconv.ParseFloat(digits, 64)
	return Accepted(x, ok && err == nil && !strings.ContainsAny(digits, "xX"))
}

// Share reads a number from 0 to 1.
func Share(text string) (float64, error) {
	x, err := Float(text)
	return Accepted(x, err == nil && x >= 0 && x <= 1)
}

// OneOf returns a parser that takes one of some words.
func OneOf(words ...string) func(text string) (string, error) {
	return func(text string) (string, error) { return Accepted(text, slices.Contains(words, text)) }
}

// Distribution reads a distribution of durations, as [dist.Parse] does, for an
// option with AcceptsDistribution.
func Distribution(text string) (dist.Distribution, error) {
	d, err := dist.Parse(text)
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // a refusal names the text and what is accepted anyway
	}
	return d, err
}

// AcceptsDistribution is Option.Accepts of an option that [Distribution] reads.
const AcceptsDistribution = "2s, 1s..3s, constant 2s, exponential 2s, gamma 2s cv 0.3, lognormal 2s cv 1, weibull 2s shape 0.7 or pareto 2s alpha 1.5"

// Duration reads a time such as 250ms, 1.5s or 1m30s; a bare number is
// seconds.
func Duration(text string) (time.Duration, error) {
	if seconds, err := Float(text); err == nil {
		text = strconv.FormatFloat(seconds, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(text)
	return Accepted(d, err == nil && d >= 0)
}

// listItems splits "[a, b]" at its commas and takes any other text as one item.
// Quotes around an item are dropped, so that a JSON list reads the same.
func listItems(text string) []string {
	if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
		return []string{text}
	}
	var items []string
	for item := range strings.SplitSeq(text[1:len(text)-1], ",") {
		if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" {
			items = append(items, item)
		}
	}
	return items
}
