package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/web"
)

// board shows a Controller to the page, and passes the page's commands to it.
type board struct {
	control *loadgen.Controller
	session *session
}

var (
	_ web.Source  = (*board)(nil)
	_ web.Control = (*board)(nil)

	_ web.KindSetter = (*board)(nil)
)

// State implements web.Source.
func (b *board) State() report.State { return b.control.State() }

// Phase implements web.Source.
func (b *board) Phase(i int) report.PhaseSummary { return b.control.Phase(i) }

// Timeline implements web.Source.
func (b *board) Timeline(from, to int) []report.Second { return b.control.Timeline(from, to) }

// Series implements web.Source.
func (b *board) Series(op report.Op) []report.Series { return b.control.Series(op) }

// Summary implements web.Source.
func (b *board) Summary() *report.Summary { return b.control.Summary() }

// Run implements web.Source.
func (b *board) Run() outline.Run {
	run, s := b.control.Run(), b.session
	if run.Host = redact.Address(run.Host); run.Host == "" {
		run.Host = s.jobs.own.called
	}
	if run.Number == 0 {
		run.Tasks, run.Classes = loadgen.Tasks(s.plan.Shares(0)), loadgen.Classes(s.plan.Kinds(0))
	}
	run.Classes = s.weighed(run.Classes)
	return run
}

// Snapshot implements web.Source. During the run, too, the health of the generator
// holds what the parts have lost.
func (b *board) Snapshot(quantiles ...float64) *report.Snapshot {
	s := b.control.Snapshot(quantiles...)
	if s != nil {
		s.Health.Warnings = append(s.Health.Warnings, b.session.losses()...)
	}
	return s
}

// patience is how long a start waits for a run that is ending.
const patience = time.Minute

// Start implements web.Control. A start that meets the end of a run waits for
// it and begins a new one.
func (b *board) Start(o web.Order) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request := loadgen.StartRequest{
		Users: o.Users, SpawnRate: o.SpawnRate, RunTime: o.RunTime, Host: o.Host, Planned: o.Planned, Stages: o.Stages,
		KindSettings: b.session.kindsSet.texts(),
	}
	for {
		request.Kinds = o.Kinds
		if s := b.control.State(); s != report.Spawning && s != report.Running { // a run in progress keeps those that it has
			request.Kinds = b.session.config.picks(o.Kinds)
		}
		err := b.control.Start(request)
		if errors.Is(err, loadgen.ErrEnding) {
			if _, err = b.control.Wait(ctx); ctx.Err() == nil {
				continue
			}
		}
		return oneLineError(err)
	}
}

// oneLineError keeps an answer on one line, without names of Go's that say nothing to who asked.
func oneLineError(err error) error {
	if err == nil {
		return nil
	}
	if text := say.OneLine(strings.TrimPrefix(err.Error(), "loadgen: Runner.Schedule: ")); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// Stop implements web.Control.
func (b *board) Stop() error {
	b.control.Stop()
	return nil
}

// SetKind implements web.KindSetter.
func (b *board) SetKind(object []byte) error { return oneLineError(b.session.setKind(object)) }

// Kinds implements web.KindSetter.
func (b *board) Kinds() (out []outline.Class) {
	for _, k := range b.session.nextKinds() {
		out = append(out, outline.Class{Name: k.Name, Weight: k.Weight, Count: k.Count})
	}
	return out
}

// Reset implements web.Control.
func (b *board) Reset() error {
	b.control.Reset()
	return nil
}
