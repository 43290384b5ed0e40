package measure

import (
	"context"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

// Pause waits as a user thinks, in the middle of a task, and returns early with an error if ctx ends. The time is part
// of no response time: the next request counts from when it is sent, and [Transaction.Do] leaves it out. It is drawn from
// d by a stream that seed, user and task name, and the number of the pause in the task, so that a pause which is not
// reached shifts nothing; those of several goroutines of a task are numbered as they come. A pause holds a goroutine.
// Outside a run there is none.
func Pause(ctx context.Context, d dist.Distribution) error {
	s := FromContext(ctx)
	if s == nil || s.task.Shard == nil {
		return ctx.Err()
	}
	source := stream.Key{Seed: s.task.Draws, Purpose: stream.Pause, User: s.pauses.Add(1)}.Source()
	if s.span != nil {
		all := s.spans.Load()
		all.pause(s.span, s.Now(), (*pauses).begin)
		defer func() { all.pause(s.span, s.Now(), (*pauses).end) }()
	}
	timer := time.NewTimer(d.Sample(&source))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pauses is the time in which a transaction had some pause.
type pauses struct {
	open         int
	since, total time.Duration // total is that before since
}

func (p *pauses) begin(at time.Duration) {
	if p.open == 0 {
		p.since = at
	}
	p.open++
}

func (p *pauses) end(at time.Duration) {
	if p.open--; p.open == 0 {
		p.total += at - p.since
	}
}

// until returns the time up to an offset.
func (p *pauses) until(at time.Duration) time.Duration {
	if p.open == 0 {
		return p.total
	}
	return p.total + at - p.since
}

// pause begins or ends a pause in a transaction and those around it.
func (all *openSpans) pause(t *openSpan, at time.Duration, do func(*pauses, time.Duration)) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for ; t != nil; t = t.outer {
		do(&t.paused, at)
	}
}
