package measure

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gensim/load-generator/report"
)

// Observers returns an Observer that passes everything on to all of these, in their order: each gets
// the context that the one before it made. A span that none of them wants is nil, so it costs what no
// observer does. A [TraceReader] among them learns what a [Tracer] follows, wherever they stand. A panic of
// one is an exception of the run, and the others do not notice. Nil ones are left out; without any the
// result is nil.
func Observers(all ...Observer) Observer {
	var some together
	for _, o := range all {
		if o != nil {
			some = append(some, o)
		}
	}
	switch len(some) {
	case 0:
		return nil
	case 1:
		return some[0]
	}
	return some
}

// ObserverOf returns the observer of type T that a task has, alone or among [Observers].
func ObserverOf[T RunObserver](t Task) (found T, ok bool) {
	if found, ok = t.Observer.(T); ok {
		return found, ok
	}
	if all, several := t.Observer.(*runObservers); several {
		for _, o := range all.each {
			if found, ok = o.(T); ok {
				return found, ok
			}
		}
	}
	return found, false
}

// together are several Observers.
type together []Observer

// BeginRun implements Observer.
func (all together) BeginRun(run Run) RunObserver {
	r := &runObservers{run: run}
	for _, o := range all {
		r.safely(func() {
			if own := o.BeginRun(run); own != nil {
				r.each = append(r.each, own)
				if reader, ok := own.(TraceReader); ok {
					r.readers = append(r.readers, reader)
				}
			}
		})
	}
	switch len(r.each) {
	case 0:
		return nil
	case 1:
		return r.each[0]
	}
	return r
}

// runObservers are several of one run.
type runObservers struct {
	run     Run
	each    []RunObserver
	readers []TraceReader // those of each that are
}

// safely calls one observer. A panic of it is an exception of the run.
func (r *runObservers) safely(call func()) {
	defer func() {
		if p := recover(); p != nil && r.run.Recorder != nil {
			r.run.Recorder.Exception("panic", fmt.Sprint("Observer: ", p), string(debug.Stack()), time.Since(r.run.Start))
		}
	}()
	call()
}

// BeginPhase implements RunObserver.
func (r *runObservers) BeginPhase(i int, info report.PhaseInfo) {
	for _, o := range r.each {
		r.safely(func() { o.BeginPhase(i, info) })
	}
}

// Watch implements RunObserver.
func (r *runObservers) Watch(s *report.Snapshot) {
	for _, o := range r.each {
		r.safely(func() { o.Watch(s) })
	}
}

// EndRun implements RunObserver. A first panic returns when all were called:
// the Summary is made already, and the engine then takes the exceptions into it once more.
func (r *runObservers) EndRun(sum *report.Summary) {
	var fault any
	for _, o := range r.each {
		r.safely(func() {
			defer func() {
				if p := recover(); fault == nil {
					fault = p
				} else if p != nil {
					panic(p)
				}
			}()
			o.EndRun(sum)
		})
	}
	if fault != nil {
		panic(fault)
	}
}

// BeginTask implements RunObserver.
func (r *runObservers) BeginTask(ctx context.Context, t Task) (context.Context, TaskSpan) {
	var one TaskSpan
	var more []TaskSpan // with one, when there are several
	for _, o := range r.each {
		var span TaskSpan
		r.safely(func() {
			own, s := o.BeginTask(ctx, t)
			if own != nil {
				ctx = own
			}
			span = s
		})
		one, more = joined(one, more, span)
	}
	if more = watched(r, one, more); more == nil {
		return ctx, one
	}
	return ctx, &taskSpans{r, more}
}

// joined adds a span to one, or to several.
func joined[T comparable](one T, more []T, span T) (T, []T) {
	var none T
	switch {
	case span == none:
	case one == none:
		one = span
	case more == nil:
		more = []T{one, span}
	default:
		more = append(more, span)
	}
	return one, more
}

// watched makes one span several where there are readers of what is traced.
func watched[T comparable](r *runObservers, one T, more []T) []T {
	var none T
	if more == nil && one != none && r.readers != nil {
		return []T{one}
	}
	return more
}

// taskSpans are those of several observers, or of one where there are readers.
type taskSpans struct {
	r    *runObservers
	each []TaskSpan
}

// BeginRequest implements TaskSpan.
func (s *taskSpans) BeginRequest(op report.Op, intended, sent time.Duration) RequestSpan {
	var one RequestSpan
	var more []RequestSpan
	for _, task := range s.each {
		var span RequestSpan
		s.r.safely(func() { span = task.BeginRequest(op, intended, sent) })
		one, more = joined(one, more, span)
	}
	if more = watched(s.r, one, more); more == nil {
		return one
	}
	return &requestSpans{s.r, more, op, intended}
}

// End implements TaskSpan.
func (s *taskSpans) End(done time.Duration, err error, cut bool) {
	for _, span := range s.each {
		s.r.safely(func() { span.End(done, err, cut) })
	}
}

// requestSpans are those of several observers, or of one where there are readers.
type requestSpans struct {
	r        *runObservers
	each     []RequestSpan
	op       report.Op
	intended time.Duration
}

// Propagate implements RequestSpan.
func (s *requestSpans) Propagate(url string, set func(key, value string)) {
	for _, span := range s.each {
		s.r.safely(func() { span.Propagate(url, set) })
	}
}

// End implements RequestSpan.
func (s *requestSpans) End(o Outcome) {
	for _, span := range s.each {
		s.r.safely(func() { span.End(o) })
	}
	if s.r.readers != nil && o.Reason != report.CutOff {
		s.read(o)
	}
}

// read passes the first trace on to who reads them.
func (s *requestSpans) read(o Outcome) {
	x := Traced{Op: s.op, Intended: s.intended, Done: o.Done, Failed: o.Reason != ""}
	if o.Name != "" {
		x.Op.Name = o.Name
	}
	for _, span := range s.each {
		if t, ok := span.(Tracer); ok && x.Trace == "" {
			s.r.safely(func() { x.Trace, x.Span = t.Trace() })
		}
	}
	if x.Trace == "" {
		return
	}
	for _, reader := range s.r.readers {
		s.r.safely(func() { reader.ReadTrace(x) })
	}
}
