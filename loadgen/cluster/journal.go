package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cluster/leftover"
)

// journal keeps the rows that the coordinator does not have yet.
type journal struct {
	mu    sync.Mutex
	rows  []entry
	first int64 // number of rows[0]
	bytes int
	more  chan struct{} // holds one: there is another row
}

// entry is a row and its figures.
type entry struct {
	row
	figures []byte
}

// part is part k of the row, for a coordinator.
func (e *entry) part(k int, master string) []byte {
	h := e.row
	h.Coordinator, h.Part, h.Parts = master, k, e.parts()
	from := k * maxChunk
	return appendRow(nil, &h, e.figures[from:min(len(e.figures), from+maxChunk)])
}

// parts is in how many messages the row goes.
func (e *entry) parts() int { return max(1, (len(e.figures)+maxChunk-1)/maxChunk) }

func newJournal() *journal { return &journal{first: 1, more: make(chan struct{}, 1)} }

// What a journal keeps. What comes then stays in the Recorder of the load, which makes one row
// of many seconds, until there is room.
const (
	mostRows  = 120
	mostBytes = 32 << 20
)

// full reports whether it has no room.
func (j *journal) full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.rows) >= mostRows || j.bytes >= mostBytes
}

// add appends a row and gives it its number.
func (j *journal) add(h row, figures []byte) {
	j.mu.Lock()
	h.Seq = j.first + int64(len(j.rows))
	j.rows = append(j.rows, entry{h, figures})
	j.bytes += len(figures)
	j.mu.Unlock()
	poke(j.more)
}

// row is that of a number; false: it is not here.
func (j *journal) row(seq int64) (entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := seq - j.first; i >= 0 && i < int64(len(j.rows)) {
		return j.rows[i], true
	}
	return entry{}, false
}

// forgot reports whether the row of a number was here and is not.
func (j *journal) forgot(seq int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return seq < j.first
}

// free drops the rows up to a number.
func (j *journal) free(seq int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.rows) > 0 && j.first <= seq {
		j.bytes -= len(j.rows[0].figures)
		j.rows[0] = entry{}
		j.rows, j.first = j.rows[1:], j.first+1
	}
}

// empty reports whether the coordinator has kept all rows.
func (j *journal) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.rows) == 0
}

// How long a part of a row may be on its way, and how long the sender waits before it
// sends it again.
const (
	sendTime  = 5 * time.Second
	sendAgain = 500 * time.Millisecond
)

// send sends rows, one after the other, until the coordinator has the last one, does not want it, or is
// given up.
func (p *making) send(sent chan<- struct{}) {
	defer close(sent)
	for next, part := int64(1), 0; ; {
		e, ok := p.rows.row(next)
		if p.rows.forgot(next) { // a coordinator that was started again lacks what no one has now
			p.end(errGone)
			return
		}
		if !ok {
			<-p.rows.more // the last row comes for certain
			continue
		}
		a, err := p.post(&e, part)
		switch {
		case err != nil && p.hopeless():
			return
		case err != nil:
			<-time.After(sendAgain)
			continue
		case a.Gone:
			p.end(errGone)
		}
		p.rows.free(a.Kept)
		if a.Over || a.Have >= next && e.Last {
			return
		}
		next, part = a.Have+1, a.Parts
	}
}

// post sends a part of a row.
func (p *making) post(e *entry, part int) (a receipt, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	if part >= e.parts() {
		part = 0
	}
	sent := time.Now()
	if err = p.w.request(ctx, p.w.own("row"), e.part(part, p.w.master()), &a); err != nil {
		return a, err
	}
	p.w.mu.Lock()
	p.w.posted = sent
	p.w.mu.Unlock()
	p.catchUp(ctx, a.Command)
	return a, nil
}

// hopeless reports whether the load has ended and the figures find no one: the coordinator has been silent for twice
// as long as it takes to give it up, or this process is to end.
func (p *making) hopeless() bool {
	silent, orphan := p.w.silent()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended && (silent > 2*orphan || !p.deadline.IsZero() && time.Now().After(p.deadline))
}

// hurry bounds how long the figures may take from now on.
func (p *making) hurry(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = time.Now().Add(limit)
}

// leave writes what the coordinator did not take into a file, with all that it took.
func (p *making) leave() {
	if p.rows.empty() || errors.Is(context.Cause(p.ctx), errAbandon) {
		return
	}
	p.mu.Lock()
	l, s := &p.row, p.about
	s.End, s.Start = l.at(), p.zero.Round(0).Add(-p.w.clock.ahead()).UTC()
	s.Worker = l.worker()
	s.Worker.ID, s.Worker.Index, s.Worker.Why = p.w.cfg.ID, p.share.Index, l.Left
	figures := p.total.All()
	p.mu.Unlock()
	path := filepath.Join(p.w.cfg.Journal, fmt.Sprintf("%s.shard-%d.lgd", p.id, p.share.Index))
	err := os.MkdirAll(p.w.cfg.Journal, 0o777) // the folder may be gone by now
	if err == nil {
		err = leftover.Write(context.Background(), path, s, figures)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrNotLeft, err)
		p.w.cfg.Log.Error(err.Error())
		p.w.lost(err)
		return
	}
	p.w.cfg.Log.Warn("the master did not take all figures of this worker; those of its whole part of the run are in "+path, "why", cmp.Or(l.Left, "it does not answer"))
}

// roomFor reports whether a worker could leave its figures in a folder, which it makes.
func roomFor(journal string) error { return output.Ready(filepath.Join(journal, "trial.lgd")) }
