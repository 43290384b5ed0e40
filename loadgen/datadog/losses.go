package datadog

import (
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

// String lists what was lost: "3 traces (queue full), 8 datagrams of metrics".
func (l Losses) String() string {
	var parts []string
	add := func(n int64, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(l.QueueFull, "traces (queue full)")
	add(l.SendFailed, "traces (agent did not take them)")
	add(l.OtherTraces, "traces (other reasons)")
	add(l.Unready, "traces (tracer not up yet)")
	add(l.Unanswered, "traces (agent had not answered)")
	add(l.Held, "traces (too many a second for the default rate)")
	add(l.Stats, "reports of trace metrics")
	add(l.Datagrams, "datagrams of metrics")
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// LogValue groups the counts for a log line.
func (l Losses) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int64("traces_queue_full", l.QueueFull), slog.Int64("traces_send_failed", l.SendFailed),
		slog.Int64("traces_other", l.OtherTraces), slog.Int64("traces_unready", l.Unready),
		slog.Int64("traces_unanswered", l.Unanswered), slog.Int64("traces_held", l.Held),
		slog.Int64("trace_metrics", l.Stats), slog.Int64("datagrams", l.Datagrams))
}

// minus returns what was lost since before.
func (l Losses) minus(before Losses) Losses {
	return Losses{
		l.QueueFull - before.QueueFull, l.SendFailed - before.SendFailed, l.OtherTraces - before.OtherTraces,
		l.Unready - before.Unready, l.Unanswered - before.Unanswered, l.Held - before.Held, l.Stats - before.Stats, l.Datagrams - before.Datagrams,
	}
}

// lossCounters are Losses that many count.
type lossCounters struct {
	queueFull, sendFailed, otherTraces, unready, unanswered, held, stats atomic.Int64
}

func (c *lossCounters) load() Losses {
	return Losses{
		QueueFull: c.queueFull.Load(), SendFailed: c.sendFailed.Load(), OtherTraces: c.otherTraces.Load(),
		Unready: c.unready.Load(), Unanswered: c.unanswered.Load(), Held: c.held.Load(), Stats: c.stats.Load(),
	}
}

// dropped counts traces that the tracer says it dropped.
func (c *lossCounters) dropped(n int64, tags []string) {
	for _, tag := range tags {
		switch tag {
		case "reason:queue_full":
			c.queueFull.Add(n)
			return
		case "reason:send_failed", "reason:v1_rejected":
			c.sendFailed.Add(n)
			return
		case "reason:trace_filter": // the agent asked for it
			return
		}
	}
	c.otherTraces.Add(n)
}
