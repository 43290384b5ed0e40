package record

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

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
	n := &r.notes
	what = clean(what, maxName)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = make(map[string]int64)
	}
	if _, known := n.counts[what]; !known && len(n.counts) >= mostNotes {
		what = "other notes"
	}
	n.counts[what]++
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
		out = append(out, fmt.Sprintf("%s (%d times).", what, n.counts[what]))
	}
	return out
}
