package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/phase"
)

// coordinator is what messages call the process that a worker works for: the word of
// Locust's users.
const coordinator = "master"

// worker is the part that this process works for another one by; nil: it does not.
func (c *config) worker() *part.Part {
	for i := range c.app.Parts {
		if p := &c.app.Parts[i]; p.Works != nil && p.Works() {
			return p
		}
	}
	return nil
}

// clustered reports whether this process is one of several that make a load together.
func (c *config) clustered() bool {
	for i := range c.app.Parts {
		p := &c.app.Parts[i]
		if wanted, _, _ := c.wanted(p, nil); wanted && p.Works != nil {
			return true
		}
	}
	return false
}

// checkRoles refuses what a process cannot be at once.
func (c *config) checkRoles() error {
	for i := range c.app.Parts {
		p := &c.app.Parts[i]
		if wanted, _, _ := c.wanted(p, nil); !wanted || p.Works == nil || p.Check == nil {
			continue
		}
		if err := p.Check(); err != nil {
			return err
		}
	}
	return nil
}

// workFor does what a coordinator asks for, and returns the exit code.
func (s *session) workFor(ctx context.Context, p *part.Part) int {
	s.screen.Release()
	s.log.Info("Starting Locust-compatible " + s.config.app.program() + " (worker)")
	w := &worker{base: s, now: s, prober: prober{ctx: ctx}}
	err := p.Work(ctx, part.Work{
		Log: s.log, Program: s.config.app.Name, Version: s.config.app.programVersion(), Configure: w.configure,
	})
	code := exitOK
	if err != nil && ctx.Err() == nil {
		code = s.failed(err)
	}
	s.stopParts()
	w.probes.Wait()
	if err := w.now.jobs.close(); err != nil {
		s.log.Error("clean-up failed", "error", err)
		code = max(code, exitFailure)
	}
	s.log.Info(fmt.Sprintf("Shutting down (exit code %d)", code))
	return code
}

// failed logs why a part gives up, and returns the exit code.
func (s *session) failed(err error) int {
	if failure, ok := errors.AsType[*part.Failure](err); ok {
		if failure.Text != "" {
			s.log.Error(terminal.Escape(failure.Text))
		}
		return failure.Code
	}
	s.log.Error("the run cannot start", "error", err)
	return exitFailure
}

// worker makes runs by the settings of a coordinator.
type worker struct {
	base  *session // of the process
	now   *session // as last configured; base before that
	begun bool     // the other parts have started
	prober
}

// configure implements part.Work.Configure.
func (w *worker) configure(settings map[string]string, secrets []string) (part.Maker, error) {
	c, err := w.base.config.under(settings, secrets)
	if err != nil {
		return nil, err
	}
	b := w.base
	s := &session{config: c, values: &c.values, process: b.process, screen: b.screen, text: b.text, log: b.log, jsonHandler: b.jsonHandler, started: b.started, checked: w.begun}
	err = s.prepare(w.ctx)
	if err == nil && !w.begun {
		w.begun = true
		err = s.startParts(w.ctx)
		b.started = s.started
	}
	if err != nil {
		return nil, errors.Join(err, s.jobs.close())
	}
	for _, line := range slices.Concat(c.overrides(settings), c.unusedWay()) {
		s.log.Warn(line)
	}
	if err := w.now.jobs.close(); err != nil {
		s.log.Error("clean-up failed", "error", err)
	}
	w.now = s
	return w.runner, nil
}

// runner makes the runner of one run. Hooks and claims are the coordinator's.
func (w *worker) runner(o loadgen.StartRequest) (loadgen.Runner, error) {
	r, err := w.now.runnerFor(o)
	if err != nil {
		return r, err
	}
	r.Guard, r.Observer, r.Schedule = nil, w.now.observer(), hookless(r.Schedule)
	r.Logger = slog.New(troubles{r.Logger.Handler()})
	w.probe(w.now.log, w.now.jobs.now.called, w.now.jobs.now.Client)
	return r, nil
}

// troubles passes warnings and errors on: the rest of what a run logs is the same in all
// workers and in their coordinator, which is where people read it.
type troubles struct{ slog.Handler }

// Enabled implements slog.Handler.
func (t troubles) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && t.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (t troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{t.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (t troubles) WithGroup(name string) slog.Handler { return troubles{t.Handler.WithGroup(name)} }

// hookless is a schedule without hooks.
func hookless(s phase.Schedule) phase.Schedule {
	s = slices.Clone(s)
	for i := range s {
		s[i].Enter, s[i].Exit, s[i].AbortOnHook = nil, nil, false
	}
	return s
}

// unhooked is a Fleet whose workers are held to a plan without hooks: they have none.
type unhooked struct {
	loadgen.Fleet
	plan *loadgen.Plan
}

// withoutHooks is the Fleet of a Runner, whose hooks are this process's alone.
func withoutHooks(r loadgen.Runner) (loadgen.Fleet, error) {
	fleet := r.Fleet
	r.Schedule = hookless(r.Schedule)
	plan, err := r.Plan()
	return unhooked{fleet, plan}, err
}

// Muster implements loadgen.Fleet.
func (u unhooked) Muster(ctx context.Context, m loadgen.Muster) (loadgen.FleetRun, error) {
	m.Plan = u.plan
	return u.Fleet.Muster(ctx, m)
}

// under is what this process was given, and below that the settings of its coordinator.
// secrets are flags that this process must have been given itself.
func (c *config) under(settings map[string]string, secrets []string) (*config, error) {
	u := &config{app: c.app, env: c.env, proxyOf: c.proxyOf, args: c.args, files: c.files}
	u.table = setting.NewTable(c.app.sections(&u.values)...)
	if err := u.table.ReadCommand(c.args, c.env); err != nil {
		return nil, err
	}
	if err := first(
		func() error { return u.table.ReadFiles(u.files) },
		func() error { return u.table.Preset(coordinator, settings) },
		func() error { return u.lacks(secrets) },
		func() error { return u.table.Set(c.app.Defaults) },
		u.check,
		u.checkHost,
	); err != nil {
		return nil, err
	}
	return u, nil
}

// overrides are lines for the log about settings of this process that beat others of its
// coordinator.
func (c *config) overrides(settings map[string]string) (lines []string) {
	for o := range c.table.All() {
		theirs, shared := settings[o.Flag]
		from := o.Source()
		same := from.Portable() == theirs || from == &c.values.stages.Source && c.values.stages.V.text() == theirs
		if shared && !from.IsPreset() && !same {
			lines = append(lines, from.Where()+" stands here in place of what the "+coordinator+" has: a plan that differs is refused")
		}
	}
	return lines
}

// lacks names secrets of the coordinator that this process was not given.
func (c *config) lacks(secrets []string) error {
	var names []string
	for _, flag := range secrets {
		o := c.table.ByKey(flag)
		switch {
		case o == nil:
			return &setting.Error{Where: coordinator + " --" + flag, Problem: "this program has no such option"}
		case o.Source().Given():
		case len(o.Env) > 0:
			names = append(names, o.Env[0])
		default:
			names = append(names, "--"+flag)
		}
	}
	if names == nil {
		return nil
	}
	return &setting.Error{Where: strings.Join(names, " and "), Problem: "the " + coordinator + " has it, and secrets are not sent", Accepts: "the same here"}
}
