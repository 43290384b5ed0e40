package metrics

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
)

// Bounds of cardinality, for each run. What is beyond is counted under "(other)".
const (
	MaxLabel   = 200  // bytes of a label's value
	MaxPhases  = 200  // of the plan
	MaxNames   = 200  // operations
	MaxRows    = 1000 // pairs of phase and operation, of two histograms each
	MaxReasons = 2000 // triples of phase, operation and reason
	other      = "(other)"
)

// longestRunID leaves room for what follows it in a label, in bytes.
const longestRunID = 100

// CheckRunID refuses what cannot be the name of a run in a label.
func CheckRunID(given string) error {
	if len(given) > longestRunID || !utf8.ValidString(given) {
		return fmt.Errorf("RunID is %q; give UTF-8 of at most %d bytes", Clean(given), longestRunID)
	}
	return nil
}

// ParseRunID reads the name of a run that CheckRunID takes.
func ParseRunID(text string) (string, error) {
	return setting.Accepted(text, CheckRunID(text) == nil)
}

// RunID names the n-th run of an exporter, which counts from 1. given is what its user calls it; "" makes a name that sorts by
// time and that no other run has.
func RunID(given string, n int, at time.Time) string {
	switch {
	case given == "":
		var unique [3]byte
		_, _ = rand.Read(unique[:]) // never fails
		return at.UTC().Format("20060102-150405-") + hex.EncodeToString(unique[:])
	case n > 1:
		return fmt.Sprintf("%s-%d", given, n)
	}
	return given
}

// Clean makes a label's value of any text: valid UTF-8, marked where it was cut.
func Clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) > MaxLabel {
		end := MaxLabel - len("…")
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return text
}

// row names a row of the metrics: what its labels say.
type row struct{ phase, kind, operation string }

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
	if i >= MaxPhases {
		return other
	}
	return Clean(name)
}

// row returns the labels of an operation in a phase.
func (n *names) row(phase string, op report.Op) row {
	r := row{phase, Clean(op.Kind), Clean(op.Anyone().String())}
	if !admit(n.operations, r.operation, MaxNames) || !admit(n.rows, r, MaxRows) {
		r.kind, r.operation = "", other
	}
	return r
}

// cause returns the labels of a reason of failure.
func (n *names) cause(r row, reason string) cause {
	c := cause{r, Clean(reason)}
	if !admit(n.causes, c, MaxReasons) {
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
