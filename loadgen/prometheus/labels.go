package prometheus

import (
	"strings"
	"unicode/utf8"

	"github.com/gensim/load-generator/report"
)

// Bounds of cardinality, for each run. What is beyond is counted under "(other)".
const (
	maxLabel   = 200  // bytes of a label's value
	maxPhases  = 200  // of the plan
	maxNames   = 200  // operations
	maxRows    = 1000 // pairs of phase and operation, of two histograms each
	maxReasons = 2000 // triples of phase, operation and reason
	other      = "(other)"
)

// clean makes a label's value of any text: valid UTF-8, marked where it was cut.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) > maxLabel {
		end := maxLabel - len("…")
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return text
}

// row names a row of the metrics: what its labels say.
type row struct{ phase, operation string }

// cause names a row of failures.
type cause struct {
	row
	reason string
}

// names gives rows their labels. Each keeps the one that it was given first, so that a
// row's count never moves to another.
type names struct {
	operations map[string]bool
	rows       map[row]bool
	causes     map[cause]bool
}

func newNames() *names {
	return &names{operations: map[string]bool{}, rows: map[row]bool{}, causes: map[cause]bool{}}
}

// phaseLabel is the label of phase i.
func phaseLabel(i int, name string) string {
	if i >= maxPhases {
		return other
	}
	return clean(name)
}

// row returns the labels of an operation in a phase.
func (n *names) row(phase string, op report.Op) row {
	r := row{phase, clean(op.String())}
	if !admit(n.operations, r.operation, maxNames) || !admit(n.rows, r, maxRows) {
		r.operation = other
	}
	return r
}

// cause returns the labels of a reason of failure.
func (n *names) cause(r row, reason string) cause {
	c := cause{r, clean(reason)}
	if !admit(n.causes, c, maxReasons) {
		c.reason = other
	}
	return c
}

// admit reports whether a set of limited size holds a key, which it takes in while there is room.
func admit[K comparable](known map[K]bool, key K, limit int) bool {
	if !known[key] && len(known) < limit {
		known[key] = true
	}
	return known[key]
}
