package setting

import (
	"errors"
	"strings"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
)

// Error is one line about a setting that cannot be used. A program's New
// and Option.Set functions may return it; the command prints it and exits.
type Error struct {
	Where   string // the flag or variable with its value
	Problem string // what is wrong; may be empty
	Accepts string // what is accepted; may be empty
	Code    int    // exit code; zero means 2
}

// Error returns the whole message, always a single line.
func (e *Error) Error() string {
	text := shortened(e.Where)
	if e.Problem != "" {
		text += ": " + shortened(e.Problem)
	}
	if e.Accepts != "" {
		text += "; accepted: " + e.Accepts
	}
	return say.OneLine(text)
}

// shortened leaves out the middle of a text that repeats a long value.
func shortened(text string) string {
	const longest = 1000
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest/2]) + " ... " + string(runes[len(runes)-longest/2:])
}

// refused explains why an option's text was not taken.
func refused(o *Option, from *Source, text string, cause error) error {
	if usage, ok := errors.AsType[*Error](cause); ok && usage.Where != "" {
		return usage
	}
	e := &Error{
		Where:   from.Showing(text),
		Accepts: o.Accepts,
	}
	if cause != ErrNotAccepted || o.Accepts == "" {
		e.Problem = redact.In(cause.Error(), text)
		if o.Secret && text != "" {
			e.Problem = strings.ReplaceAll(e.Problem, text, redact.Mask)
		}
	}
	return e
}

// ErrNotAccepted is returned by parsers that have nothing to add to what
// Option.Accepts says.
var ErrNotAccepted = errors.New("not accepted")

// DidYouMean returns the candidate nearest to word, or "" when none is near.
func DidYouMean(word string, candidates []string) string {
	if len(word) > 64 {
		return "" // far from every name, and long to find out
	}
	best, least := "", max(2, len(word)/3)+1
	for _, candidate := range candidates {
		d := editDistance(word, candidate)
		if len(word) >= 3 && strings.HasPrefix(candidate, word) {
			d = 1
		}
		if d < least {
			best, least = candidate, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
