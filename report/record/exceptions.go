package record

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// Longest texts of an exception that are kept, in bytes.
const (
	maxMessage = 1 << 10
	maxStack   = 8 << 10
)

// exceptions keeps the exceptions.
type exceptions struct {
	mu    sync.Mutex
	rows  map[exceptionKey]*report.Exception
	limit int
}

// exceptionKey says which exceptions are the same.
type exceptionKey struct{ kind, message string }

// Exception counts something that went wrong in the script: a panic or a task error
// without a failed request. Equal kind and message are one row, with the stack of the first.
// Past Config.MaxExceptions distinct ones they are counted in one row of kind OtherExceptions.
func (r *Recorder) Exception(kind, message, stack string, now time.Duration) {
	key := exceptionKey{clean(kind, maxName), clean(message, maxMessage)}
	t := &r.exceptions
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.rows[key]
	if e == nil {
		e = t.add(key, stack)
	}
	seconds := now.Seconds()
	if e.Occurrences == 0 {
		e.FirstS, e.LastS = seconds, seconds
	}
	e.Occurrences++
	e.FirstS, e.LastS = min(e.FirstS, seconds), max(e.LastS, seconds)
}

// add makes the row of an exception, or finds the one that stands for all further ones.
func (t *exceptions) add(key exceptionKey, stack string) *report.Exception {
	if t.rows == nil {
		t.rows = make(map[exceptionKey]*report.Exception)
	}
	if len(t.rows) >= t.limit {
		key, stack = exceptionKey{kind: report.OtherExceptions}, ""
		if e := t.rows[key]; e != nil {
			return e
		}
	}
	e := &report.Exception{Kind: key.kind, Message: key.message, Stack: clean(stack, maxStack)}
	t.rows[key] = e
	return e
}

// clear forgets all exceptions.
func (t *exceptions) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.rows)
}

// all returns the exceptions, the most frequent first.
func (t *exceptions) all() []report.Exception {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]report.Exception, 0, len(t.rows))
	for _, e := range t.rows {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b report.Exception) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return out
}
