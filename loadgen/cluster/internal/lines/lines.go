// Package lines carries log lines from workers to their coordinator: Pending has those that a worker has logged and not sent
// yet, Logs those of all workers that the coordinator shows. Both are bounded, and what is dropped is counted.
package lines

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// Bounds.
const (
	Most    = 8 << 10  // bytes that wait, and so are sent at once
	longest = 2 << 10  // bytes of a line; the rest is cut off
	count   = 500      // lines of a worker that are shown, as Locust does
	mostOne = 64 << 10 // bytes of these
	mostAll = 4 << 20  // bytes of those of all workers
)

// Pending are lines that wait to be sent. The zero Pending is empty and ready. Its methods are safe for concurrent use.
type Pending struct {
	mu      sync.Mutex
	lines   []string
	bytes   int
	sent    int64 // lines before these
	dropped int64
	more    chan struct{}
}

// Write takes whole lines, as loggers write them. What finds no room is counted, and lost: the first lines about a trouble say most
// about it. It never fails.
func (p *Pending) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\r\n")
		text := strings.ToValidUTF8(string(line[:min(len(line), longest)]), "?")
		if p.bytes+len(text) > Most {
			p.dropped++
			continue
		}
		p.lines, p.bytes = append(p.lines, text), p.bytes+len(text)+1
	}
	p.poke()
	return len(b), nil
}

// poke wakes who waits for More. The caller holds the lock.
func (p *Pending) poke() {
	select {
	case p.channel() <- struct{}{}:
	default:
	}
}

func (p *Pending) channel() chan struct{} {
	if p.more == nil {
		p.more = make(chan struct{}, 1)
	}
	return p.more
}

// More holds one while there are lines that have not been asked for.
func (p *Pending) More() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.channel()
}

// Next returns the lines that wait, how many there were before, and how many were dropped in all.
func (p *Pending) Next() (lines []string, before, dropped int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)], p.sent, p.dropped
}

// Sent forgets the lines that the other side has: so many of all. If none of those that wait is among them, they are to be sent again.
func (p *Pending) Sent(all int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := max(0, all-p.sent)
	if n == 0 && len(p.lines) > 0 {
		p.poke()
	}
	for _, line := range p.lines[:n] {
		p.bytes -= len(line) + 1
	}
	p.lines, p.sent = append([]string(nil), p.lines[n:]...), p.sent+n
}

// Logs are the last lines of workers, by their ids. The zero Logs is empty and ready. Its methods must not be called concurrently.
type Logs struct{ of map[string]*kept }

// kept are the last lines of a worker, or of those that had its id.
type kept struct {
	process string // the last one
	lines   []string
	bytes   int
	have    int64 // of its lines
	dropped int64
}

// Add adds lines that a process with that id has logged, before which it had logged some, leaves out those that are here, and
// says how many were dropped since. Of each id the last 500 lines are kept, and of these as many as take no more than 64 KiB, or
// an equal part of 4 MiB.
func (l *Logs) Add(id, process string, lines []string, before, dropped int64) {
	if l.of == nil {
		l.of = make(map[string]*kept)
	}
	k := l.of[id]
	if k == nil {
		k = new(kept)
		l.of[id] = k
	}
	if k.process != process {
		k.process, k.have, k.dropped = process, 0, 0
	}
	k.add(lines, before, dropped, min(mostOne, mostAll/len(l.of)))
}

// Forget drops the lines of processes that are gone while there are more than so many ids.
func (l *Logs) Forget(most int, gone func(process string) bool) {
	for id, k := range l.of {
		if len(l.of) <= most {
			return
		}
		if gone(k.process) {
			delete(l.of, id)
		}
	}
}

// Lines are a copy of those that are there, by id, the oldest first.
func (l *Logs) Lines() map[string][]string {
	out := make(map[string][]string, len(l.of))
	for id, k := range l.of {
		out[id] = append([]string{}, k.lines...)
	}
	return out
}

func (k *kept) add(lines []string, before, dropped int64, most int) {
	known := min(max(0, k.have-before), int64(len(lines)))
	for _, line := range lines[known:] {
		k.append(line)
	}
	k.have = max(k.have, before+int64(len(lines)))
	if n := dropped - k.dropped; n > 0 {
		k.dropped = dropped
		k.append(fmt.Sprintf("(too many lines at once, of which this worker did not send %d)", n))
	}
	drop := max(0, len(k.lines)-count)
	for _, line := range k.lines[:drop] {
		k.bytes -= len(line) + 1
	}
	for ; drop < len(k.lines) && k.bytes > most; drop++ {
		k.bytes -= len(k.lines[drop]) + 1
	}
	k.lines = append(k.lines[:0], k.lines[drop:]...)
	clear(k.lines[len(k.lines):cap(k.lines)])
}

func (k *kept) append(line string) { k.lines, k.bytes = append(k.lines, line), k.bytes+len(line)+1 }
