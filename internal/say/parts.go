package say

import "fmt"

// Parts are the parts of a sentence, or the lines of a text, some of which there may be nothing to say of.
type Parts []string

// Add adds a part if there is something to say.
func (p *Parts) Add(when bool, format string, args ...any) {
	if when {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}
