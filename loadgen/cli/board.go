package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/locust"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/scenario"
)

// board shows a Controller to the page, and passes the page's commands to it.
type board struct {
	control *loadgen.Controller
	host    string           // the program's own target
	mix     []scenario.Share // before the first run
	losses  func() []string  // of the parts
}

var (
	_ web.Source  = (*board)(nil)
	_ web.Control = (*board)(nil)
)

// State implements web.Source.
func (b *board) State() report.State { return b.control.State() }

// Phase implements web.Source.
func (b *board) Phase(i int) report.PhaseSummary { return b.control.Phase(i) }

// Timeline implements web.Source.
func (b *board) Timeline(from, to int) []report.Second { return b.control.Timeline(from, to) }

// Summary implements web.Source.
func (b *board) Summary() *report.Summary { return b.control.Summary() }

// Run implements web.Source.
func (b *board) Run() web.Run {
	info := b.control.Info()
	run := web.Run{
		Number: info.Number, Start: info.Start, Reset: info.Reset, Ended: info.Ended,
		Host: b.host, Phases: info.Phases,
	}
	if info.Host != "" {
		run.Host = redact.Address(info.Host)
	}
	for i := range run.Phases {
		limit(&run.Phases[i], info.Limit)
	}
	for _, c := range info.Changes {
		run.Changes = append(run.Changes, html.Change{At: c.At, Text: fmt.Sprintf("%d users by hand", c.Users)})
	}
	if info.Number == 0 {
		info.Shares = b.mix
	}
	run.Tasks = tasksOf(info.Shares)
	return run
}

// tasksOf returns a mix as Locust's formats take it.
func tasksOf(mix []scenario.Share) []locust.Task {
	tasks := make([]locust.Task, len(mix))
	for i, t := range mix {
		tasks[i] = locust.Task(t)
	}
	return tasks
}

// Snapshot implements web.Source. During the run, too, the health of the generator
// holds what the parts have lost.
func (b *board) Snapshot(quantiles ...float64) *report.Snapshot {
	s := b.control.Snapshot(quantiles...)
	if s != nil {
		s.Health.Warnings = append(s.Health.Warnings, b.losses()...)
	}
	return s
}

// limit lets a phase end with the run time, unless that is 0, so that the page shows
// what is left.
func limit(p *report.PhaseInfo, end time.Duration) {
	if end > 0 && (p.End == 0 || end < p.End) {
		p.End = max(end, p.Start)
	}
}

// patience is how long a start waits for a run that is ending.
const patience = time.Minute

// Start implements web.Control. A start that meets the end of a run waits for
// it and begins a new one.
func (b *board) Start(o web.Order) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := b.control.Start(loadgen.StartRequest(o))
		if errors.Is(err, loadgen.ErrEnding) {
			if _, err = b.control.Wait(ctx); ctx.Err() == nil {
				continue
			}
		}
		return oneLineError(err)
	}
}

// oneLineError keeps an answer on one line.
func oneLineError(err error) error {
	if err == nil || !strings.ContainsAny(err.Error(), "\r\n") {
		return err
	}
	return errors.New(say.OneLine(err.Error()))
}

// Stop implements web.Control.
func (b *board) Stop() error {
	b.control.Stop()
	return nil
}

// Reset implements web.Control.
func (b *board) Reset() error {
	b.control.Reset()
	return nil
}
