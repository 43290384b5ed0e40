package wire

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/report/timing"
)

// trace follows one request through net/http. Its hooks cost a request on a connection that rested one look at the clock,
// and no memory: traces are used again.
type trace struct {
	blank http.Request // whose context the hooks are in
	began time.Time
	at    [steps]atomic.Int64 // nanoseconds since began, plus 1; 0: not yet
	busy  bool                // a dial may still run that knows it, and it must not be used again
}

// step is an instant in the life of a request, from which on another part of its time counts.
type step int

const (
	dialed step = iota // the dial for it began
	shook              // the TLS handshake after that
	gotten             // it has a connection
	heard              // the first byte came
	steps
)

// traceKey is where a context has its trace.
type traceKey struct{}

// newTrace returns one whose requests have a context.
func newTrace(ctx context.Context) *trace {
	t := new(trace)
	ctx = context.WithValue(ctx, traceKey{}, t)
	t.blank = *t.blank.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: t.got, TLSHandshakeStart: func() { t.note(shook) }, GotFirstResponseByte: func() { t.note(heard) },
	}))
	return t
}

// noteIn notes a step of the request that a context is of, if it has a trace.
func noteIn(ctx context.Context, s step) {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		t.note(s)
	}
}

// begin readies t for an exchange on the watch of its message.
func (t *trace) begin(w *Watch) {
	t.began = w.epoch.Add(w.since)
	for s := range t.at {
		t.at[s].Store(0)
	}
}

// note keeps when a step came first.
func (t *trace) note(s step) { t.at[s].CompareAndSwap(0, int64(max(0, time.Since(t.began)))+1) }

// got notes that there is a connection. One that rested was there at once.
func (t *trace) got(c httptrace.GotConnInfo) {
	if c.WasIdle {
		t.at[gotten].Store(1)
		return
	}
	t.busy = true
	t.at[gotten].Store(int64(max(0, time.Since(t.began))) + 1)
}

// split gives the time since begin to the parts of w.
func (t *trace) split(w *Watch) {
	var at [steps]int64
	for s := range at {
		at[s] = t.at[s].Load()
	}
	if at[gotten] > 0 && at[dialed] > at[gotten] { // another connection was there first
		at[dialed], at[shook] = 0, 0
	}
	w.Is(timing.Blocked)
	if at[dialed] > 0 { // at once: the connections that there may be are counted before an exchange
		w.Is(timing.Connecting)
	}
	from := w.since
	for s, p := range [steps]timing.Part{shook: timing.TLS, gotten: timing.Waiting, heard: timing.Receiving} {
		if s != int(dialed) && at[s] > 0 {
			w.ToAt(p, from+time.Duration(at[s]-1))
		}
	}
}
