package datadog

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// Losses is what did not reach the agent, as far as this process can know; a tracer
// of the host program does not report its losses.
type Losses struct {
	// Traces of tasks that the tracer dropped because its queue was full, because
	// the agent did not take them, or for another reason.
	QueueFull   int64 `json:"traces_queue_full"`
	SendFailed  int64 `json:"traces_send_failed"`
	OtherTraces int64 `json:"traces_other"`
	// Unready are task runs that would have been traced, had the tracer been there
	// already: while an agent hangs, it starts late.
	Unready int64 `json:"traces_unready"`
	// Unanswered are traces that the agent was sent and had not answered for when
	// the run ended, or Stop gave up.
	Unanswered int64 `json:"traces_unanswered"`
	// Held are task runs that the default sampling rate would have traced, had
	// there not been too many of them in one second.
	Held int64 `json:"traces_held"`
	// Stats are reports of trace metrics that the agent did not take.
	Stats int64 `json:"trace_metrics"`
	// Datagrams of metrics and events that could not be sent. One without a receiver
	// is noticed on the same machine only.
	Datagrams int64 `json:"datagrams"`
}

// Any reports whether something was lost.
func (l Losses) Any() bool { return l != Losses{} }

// lossKinds are the fields of Losses: their names in metrics and log lines, and
// what they count.
var lossKinds = [...]struct {
	name, what string
	of         func(*Losses) *int64
}{
	{"traces_queue_full", "traces (queue full)", func(l *Losses) *int64 { return &l.QueueFull }},
	{"traces_send_failed", "traces (agent did not take them)", func(l *Losses) *int64 { return &l.SendFailed }},
	{"traces_other", "traces (other reasons)", func(l *Losses) *int64 { return &l.OtherTraces }},
	{"traces_unready", "traces (tracer not up yet)", func(l *Losses) *int64 { return &l.Unready }},
	{"traces_unanswered", "traces (agent had not answered)", func(l *Losses) *int64 { return &l.Unanswered }},
	{"traces_held", "traces (too many a second for the default rate)", func(l *Losses) *int64 { return &l.Held }},
	{"trace_metrics", "reports of trace metrics", func(l *Losses) *int64 { return &l.Stats }},
	{"datagrams", "datagrams of metrics", func(l *Losses) *int64 { return &l.Datagrams }},
}

// String lists what was lost: "3 traces (queue full), 8 datagrams of metrics".
func (l Losses) String() string {
	var parts []string
	for _, kind := range lossKinds {
		if n := *kind.of(&l); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.what))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}

// LogValue groups the counts for a log line.
func (l Losses) LogValue() slog.Value {
	var counts []slog.Attr
	for _, kind := range lossKinds {
		counts = append(counts, slog.Int64(kind.name, *kind.of(&l)))
	}
	return slog.GroupValue(counts...)
}

// minus returns what was lost since before.
func (l Losses) minus(before Losses) Losses {
	for _, kind := range lossKinds {
		*kind.of(&l) -= *kind.of(&before)
	}
	return l
}

// load returns what many count at once, by package atomic.
func (l *Losses) load() (now Losses) {
	for _, kind := range lossKinds {
		*kind.of(&now) = atomic.LoadInt64(kind.of(l))
	}
	return now
}

// dropped counts traces that the tracer says it dropped.
func (l *Losses) dropped(n int64, tags []string) {
	count := &l.OtherTraces
	for _, t := range tags {
		switch t {
		case "reason:queue_full":
			count = &l.QueueFull
		case "reason:send_failed", "reason:v1_rejected":
			count = &l.SendFailed
		case "reason:trace_filter": // the agent asked for it
			return
		}
	}
	atomic.AddInt64(count, n)
}
