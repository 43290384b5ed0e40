package measure

import (
	"context"
	"time"

	"github.com/gensim/load-generator/report"
)

// get is the operation of tests that need one.
var get = report.Op{Method: "GET", Name: "/api/todos"}

// diary observes tasks and writes down what it sees.
type diary struct {
	skip     bool // sample nothing
	tasks    []Task
	requests []*entry
	ended    []error
	cut      bool
}

// entry is a request that a diary has seen.
type entry struct {
	op             report.Op
	intended, sent time.Duration
	url            string
	outcome        Outcome
}

// contextMark is the key of what a diary puts into the context of a task.
type contextMark struct{}

func (d *diary) BeginTask(ctx context.Context, t Task) (context.Context, TaskSpan) {
	d.tasks = append(d.tasks, t)
	if d.skip {
		return ctx, nil
	}
	return context.WithValue(ctx, contextMark{}, t.Name), d
}

func (d *diary) BeginPhase(int, report.PhaseInfo) {}

func (d *diary) Watch(*report.Snapshot) {}

func (d *diary) EndRun(*report.Summary) {}

func (d *diary) BeginRequest(op report.Op, intended, sent time.Duration) RequestSpan {
	e := &entry{op: op, intended: intended, sent: sent}
	d.requests = append(d.requests, e)
	return e
}

func (d *diary) End(_ time.Duration, err error, cut bool) { d.ended, d.cut = append(d.ended, err), cut }

func (e *entry) Propagate(url string, set func(key, value string)) {
	e.url = url
	set("Trace", "yes")
}

func (e *entry) End(o Outcome) { e.outcome = o }
