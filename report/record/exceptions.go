package record

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
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
		e = t.add(key, clean(stack, maxStack))
	}
	seen(e, 1, now.Seconds(), now.Seconds())
}

// merge adds the exceptions of another Recorder. The stack is that of the first one.
func (t *exceptions) merge(list []report.Exception) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range list {
		key := exceptionKey{x.Kind, x.Message}
		e := t.rows[key]
		switch {
		case e == nil:
			e = t.add(key, x.Stack)
		case x.FirstS < e.FirstS:
			e.Stack = x.Stack
		}
		seen(e, x.Occurrences, x.FirstS, x.LastS)
	}
}

// seen counts an exception that was seen n times, offsets in seconds.
func seen(e *report.Exception, n int64, first, last float64) {
	if e.Occurrences == 0 {
		e.FirstS, e.LastS = first, last
	}
	e.Occurrences += n
	e.FirstS, e.LastS = min(e.FirstS, first), max(e.LastS, last)
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
	e := &report.Exception{Kind: key.kind, Message: key.message, Stack: stack}
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
func (t *exceptions) all() []report.Exception { return t.take(false) }

// take is all, and forgets them if it is to.
func (t *exceptions) take(forget bool) []report.Exception {
	t.mu.Lock()
	defer t.mu.Unlock()
	if forget {
		defer clear(t.rows)
	}
	out := make([]report.Exception, 0, len(t.rows))
	for _, e := range t.rows {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b report.Exception) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return out
}

// mostNotes bounds how many different things Recorder.Note counts.
const mostNotes = 20

// notes counts what a reader must know and what is not a request.
type notes struct {
	mu     sync.Mutex
	counts map[string]int64
}

// Note counts something that a reader of the report must know and that is not a
// separate request, such as a cookie that was not kept. what is short and stable,
// "cookies not kept: no name"; the Summary's Notes say it once, with how often it
// happened. Past 20 different ones a run they are counted together.
func (r *Recorder) Note(what string) {
	r.notes.add(clean(what, maxName), 1)
}

// add counts something that happened some times.
func (n *notes) add(what string, times int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = make(map[string]int64)
	}
	if _, known := n.counts[what]; !known && len(n.counts) >= mostNotes {
		what = "other notes"
	}
	n.counts[what] += times
}

// take returns how often each thing happened, and forgets it if it is to.
func (n *notes) take(forget bool) map[string]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if forget {
		defer clear(n.counts)
	}
	return maps.Clone(n.counts)
}

func (n *notes) clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.counts)
}

// sentences are the notes in the order of their texts.
func (n *notes) sentences() (out []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(n.counts)) {
		out = append(out, fmt.Sprintf("%s (%s).", what, say.Plural(n.counts[what], "time")))
	}
	return out
}
