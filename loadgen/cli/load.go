package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// load is the life of a process that makes load: one run after another.
type load struct {
	*session
	control *loadgen.Controller
	page    *page     // nil: headless
	csv     *csvFiles // nil: not asked for
	over    chan struct{}
	prober
	interim interim
	workers part.Running // of the part with a Fleet; zero: this process makes the load

	// Of the last run: written before it is over, read after that.
	sum    *report.Summary
	number int // loadgen.Info.Number when it was reported
	code   int
}

// makeLoad runs until there is nothing more to do, and returns the exit code.
func (s *session) makeLoad(ctx context.Context) int {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{session: s, over: make(chan struct{}, 1), prober: prober{ctx: ctx}}
	l.control = loadgen.NewController(l.begin)
	l.control.Ended = l.ended
	s.board = &board{l.control, s}
	defer func() { cancel(); l.probes.Wait() }()
	unlock, err := s.lock()
	if err != nil {
		return s.refuse(err)
	}
	defer unlock()
	if err := l.open(); err != nil {
		return s.refuse(err)
	}
	s.screen.Release()
	s.log.Info("Starting Locust-compatible " + s.config.app.program())
	for _, remark := range slices.Concat(s.remarks(), s.config.unusedWay()) {
		s.log.Warn(remark)
	}
	if line := s.config.proxyLine(); line != "" {
		s.log.Info(line)
	}
	for _, line := range s.config.ambient() {
		s.log.Debug(line)
	}
	if err := l.begins(); err != nil {
		s.stopParts()
		l.page.close()
		return max(s.refuse(err), l.written(exitOK, l.csv.close()))
	}
	l.interim.start(l)
	if err := l.run(); err != nil {
		l.code = s.failed(err)
	}
	l.finish()
	s.log.Info(fmt.Sprintf("Shutting down (exit code %d)", l.code))
	return l.code
}

// open takes the port and opens the files that are written during a run, so that a
// start fails before it logs anything.
func (l *load) open() (err error) {
	if l.page, err = l.openPage(); err != nil {
		return err
	}
	if out := &l.values.output; out.csv.V != "" {
		if l.csv, err = openCSV(out.csv.V, out.csvFull.V); err != nil {
			l.page.close()
			return &setting.Error{Where: out.csv.Where(), Problem: err.Error()}
		}
	}
	return nil
}

// begins starts the parts, and the page with what they serve on it.
func (l *load) begins() error {
	if err := l.startParts(l.ctx); err != nil {
		return err
	}
	fleet, err := l.fleet()
	if err != nil {
		return err
	}
	if fleet != nil {
		l.session.runner.Fleet, l.workers = fleet.Fleet, fleet.Running
	}
	l.session.runner.Observer = l.observer()
	o := l.pageOptions()
	o.Workers, o.WorkerLogs = l.workers.Workers, l.workers.WorkerLogs
	return l.serve(l.page, o)
}

// run starts what is to start at once and waits for the end.
func (l *load) run() error {
	if o := l.workers.Resume; o != nil {
		if err := l.control.Start(*o); err != nil {
			return err
		}
	} else if l.values.web.starts() {
		if err := l.await(); err != nil || l.ctx.Err() != nil {
			return err
		}
		if err := l.control.Start(loadgen.StartRequest{Planned: true, Kinds: l.config.picks(nil)}); err != nil {
			return err
		}
	} else {
		l.log.Info("Waiting for a start from the page or by POST /swarm: " + l.values.web.autostart.Where())
	}
	var quit <-chan time.Time
	for {
		select {
		case <-l.ctx.Done():
			return nil
		case <-l.over:
			if l.page == nil {
				return nil
			}
			_, _ = l.control.Wait(l.ctx) // already reported by ended
			quit = l.stays(l.page, "run")
		case <-l.workers.Over:
			_, _ = l.control.Wait(l.ctx)
			return &part.Failure{Code: exitFailure}
		case <-quit:
			if l.control.State() == report.Stopped { // otherwise a run was started again
				l.log.Info(quitting)
				return nil
			}
		}
	}
}

// await waits for the workers, if there are some.
func (l *load) await() error {
	if l.workers.Await == nil {
		return nil
	}
	return l.workers.Await(l.ctx)
}

// finish ends the current run, reports what is not reported yet and frees
// everything.
func (l *load) finish() {
	l.control.Close()
	l.interim.stop()
	if sum := l.control.Summary(); sum != nil && l.control.Info().Number != l.number {
		l.conclude(sum) // the figures were reset since
	}
	if l.sum != nil {
		l.code = l.written(l.code, l.toStandardOutput(l.ctx, l.sum))
	}
	l.page.close()
	l.stopParts()
	l.code = l.written(l.code, l.csv.close())
}

// begin makes the runner of one start and logs it.
func (l *load) begin(o loadgen.StartRequest) (loadgen.Runner, error) {
	r, err := l.runnerFor(o)
	if err != nil {
		return r, err
	}
	end := r.Schedule.End()
	if !o.Planned {
		end = o.RunTime
	}
	lines := &terminal.Narrator{Log: l.log, User: l.config.app.User}
	lines.Begin(end)
	r.Watch, r.BeginPhase = l.watch(lines).snapshot, lines.BeginPhase
	target := l.jobs.now.called
	if socket := l.values.target.socket.V; socket != "" {
		target += " over " + setting.Quote(socket)
	}
	if r.Fleet == nil {
		l.probe(l.log, target, l.jobs.now.Client)
		return r, nil
	}
	r.Fleet, err = withoutHooks(r) // whose workers look from where they are
	return r, err
}

// quitting is logged where the page has stayed for as long as it should.
const quitting = "--autoquit time reached, shutting down"

// errTooShort: a run was over before its workers were ready.
var errTooShort = errors.New("its time was over before it began")

// ended reports a run that is over. The controller calls it before another one can
// start.
func (l *load) ended(e loadgen.Ending) {
	l.screen.Live("")
	switch {
	case e.Timely && e.Summary != nil && e.Summary.Looks != nil && e.Summary.Looks.Decided != "":
		l.log.Info(decided(e.Summary))
	case e.Timely && l.page == nil:
		l.log.Info("--run-time limit reached, shutting down")
	case e.Timely:
		l.log.Info("--run-time limit reached, stopping test")
	case e.Err == nil && l.ctx.Err() == nil:
		l.log.Info("Test stopped")
	}
	switch {
	case e.Summary != nil:
		l.conclude(e.Summary)
	case e.Err == nil && !e.Timely: // before its workers were ready
		l.number = l.control.Info().Number
	default:
		l.log.Error("the run could not start", "error", cmp.Or(e.Err, errTooShort))
		l.code, l.number = exitFailure, l.control.Info().Number
	}
	if errors.Is(e.Err, loadgen.ErrAborted) {
		l.code = max(l.code, exitFailure)
	}
	select {
	case l.over <- struct{}{}:
	default: // an earlier end has not been noticed yet: one is enough
	}
}

// decided says of a run that a look ended what that saved.
func decided(sum *report.Summary) string {
	text := "--stop-when-decided: it is decided, stopping test"
	if end := sum.Looks.EndS(); end > 0 {
		text += ", " + say.Span(time.Duration((end-sum.EndS)*float64(time.Second)).Round(time.Second)) + " before its planned end"
	}
	return text
}

// conclude prints and writes the results of a run.
func (l *load) conclude(sum *report.Summary) {
	l.interim.mu.Lock() // the state of a run must not replace its results
	l.sum, l.number = sum, l.control.Info().Number
	l.code = l.report(sum, l.control.Snapshot(locust.Quantiles()...))
	l.interim.mu.Unlock()
	l.reportToParts(l.ctx, sum, l.code)
}

// tableEvery is the time between two tables during a run.
const tableEvery = 2 * time.Second

// watch follows one run, second by second: it logs, and writes progress, tables and
// files.
type watch struct {
	load  *load
	lines *terminal.Narrator
	show  *terminal.Progress
	table time.Duration // offset of the next table
	reset bool          // the figures were zeroed after the first ramp
	mute  bool          // it was logged that the target does not answer
}

// watch follows a run. The line of progress heads each table.
func (l *load) watch(lines *terminal.Narrator) *watch {
	w := &watch{load: l, lines: lines, table: tableEvery}
	w.show = &terminal.Progress{Screen: l.screen, Width: l.process.width, Every: terminal.PlainEvery}
	if l.printsTables() {
		w.show.Every = tableEvery
	}
	if l.inJSON() {
		w.show.Plain = l.text
	}
	return w
}

// snapshot looks at the state of the run.
func (w *watch) snapshot(s *report.Snapshot) {
	l := w.load
	out, ending := &l.values.output, l.control.State() == report.Cleanup
	if w.lines.Follow(s, l.control.Info().Changes) && out.resetStats.V && !w.reset && l.control.Info().Reset == 0 {
		w.reset = true
		l.log.Info("Resetting stats")
		l.control.Reset()
	}
	tables := l.printsTables() && !ending && s.At >= w.table-time.Second/2
	var full *report.Snapshot
	if tables || l.csv != nil {
		full = l.control.Snapshot(locust.Quantiles()...)
	}
	if why := unanswered(s); why != "" && !w.mute && !ending {
		w.mute = true
		l.log.Warn(why)
	}
	if !out.onlySummary.V && !ending {
		w.show.Show(s)
	}
	if tables {
		w.table = s.At.Round(time.Second) + tableEvery
		locust.WriteStats(l.text, full, l.process.width(), false)
	}
	if l.csv != nil {
		l.csv.add(l.control.Info().Start, full, l.log)
	}
}

// silence is how long requests wait before it is logged that the target answers none.
const silence = 10 * time.Second

// unanswered says that requests wait and none has ever succeeded; "" if it is not
// so. They do not fail before their time limit, and the target counts as reachable
// because it takes connections.
func unanswered(s *report.Snapshot) string {
	t := &s.Total
	if t.Requests > t.Failures || t.Waiting < report.Millis(silence.Milliseconds()) {
		return ""
	}
	return fmt.Sprintf("no request has been answered yet: %s in flight, the oldest for %s s", say.Count(t.InFlight), say.Number(float64(t.Waiting/1000)))
}

// printsTables reports whether tables are printed during the run.
func (l *load) printsTables() bool {
	out := &l.values.output
	return !out.onlySummary.V && !l.inJSON() && (l.page == nil || out.printStats.V)
}
