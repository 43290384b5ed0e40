package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/climb"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/html"
)

// holdName is the phase that every run of a search has.
const holdName = "hold"

// sought is the search that the settings ask for.
func (c *config) sought() (capacity.Search, error) {
	return c.values.climb.Search(c.values.runTime.V, &c.values.runTime.Source)
}

// checkSearch refuses what makes no sense with a search for a capacity.
func (c *config) checkSearch() error {
	v := &c.values
	if !v.climb.Asked() {
		return nil
	}
	s, err := c.sought()
	if err == nil {
		err = climb.Check(v.effect.claims.V, &v.effect.claims.Source, s.Users)
	}
	if err != nil {
		return err
	}
	refuse := func(from *setting.Source, problem, accepts string) error {
		return &setting.Error{Where: from.Where() + " with " + v.climb.Claim.Name(), Problem: problem, Accepts: accepts}
	}
	if c.clustered() {
		return &setting.Error{Where: v.climb.Claim.Name(), Problem: "several processes would make this load, and a search makes its load in one"}
	}
	for _, group := range []struct {
		from             []*setting.Source
		problem, accepts string
	}{
		{[]*setting.Source{&v.users.Source, &v.rate.Source, &v.baseline.users.Source, &v.baseline.rate.Source, &v.intervention.users.Source,
			&v.intervention.rate.Source, &v.stages.Source, &v.maxInFlight.Source}, "a search chooses the load itself", "--" + v.climb.From.Flag() + " and " + "--" + v.climb.To.Flag()},
		{[]*setting.Source{&v.warmUp.Source, &v.baseline.weights.Source, &v.baseline.kinds.Source, &v.enter.Source, &v.exit.Source, &v.effect.design.Source,
			&v.effect.matched.Source, &v.effect.primary.Source, &v.effect.margin.Source, &v.effect.confidence.Source, &v.effect.decided.Source,
			&v.effect.pilot.Source, &v.demo.Source}, "a search has no baseline and no intervention", "one of them"},
		{[]*setting.Source{&v.effect.settle.Source, &v.stopTimeout.Source}, "a search chooses it itself", "one of them"},
		{[]*setting.Source{&v.output.csv.Source, &v.output.csvFull.Source, &v.output.json.Source, &v.output.jsonFile.Source, &v.output.resetStats.Source,
			&v.output.printStats.Source}, "it is of one run, and a search makes one for each hold", "--summary-file, --html, --markdown or --junit"},
	} {
		for _, from := range group.from {
			on, err := setting.Bool(from.Text())
			if off := err == nil && !on; from.Given() && from.Text() != "" && !off { // a switch that is off, a time of 0
				return refuse(from, group.problem, group.accepts)
			}
		}
	}
	if start := &v.web.autostart; start.Given() && !start.V {
		return refuse(&start.Source, "a search starts at once: there is nothing to enter", "one of them")
	}
	return nil
}

// unusedSearch are lines for the log about settings of a search that is not asked for.
func (c *config) unusedSearch() (lines []string) {
	v := &c.values.climb
	for _, from := range []*setting.Source{&v.From.Source, &v.To.Source, &v.Hold.Source} {
		if from.Given() && !v.Asked() {
			lines = append(lines, from.Where()+" has no effect without "+"--"+v.Claim.Flag())
		}
	}
	return lines
}

// highestHold is the schedule of a hold at the highest load that may be tried: what it needs is checked before the search.
func (c *config) highestHold() (phase.Schedule, error) {
	s, err := c.sought()
	if err != nil {
		return nil, err
	}
	p := phase.Phase{Name: holdName, For: s.Hold, Weights: c.values.intervention.weights.V, Kinds: c.values.intervention.kinds.V}
	if s.Users {
		p.Users = int(s.To)
	} else {
		p.Arrivals = &phase.Arrivals{Spacing: phase.Poisson, Rate: s.To}
	}
	return phase.Schedule{p}, nil
}

// writeSearchPlan prints what a search would do.
func (s *session) writeSearchPlan() error {
	search, err := s.config.sought()
	if err != nil {
		return err
	}
	return climb.WritePlan(s.process.stdout, search)
}

// search finds how much load the target takes, and returns the exit code.
func (s *session) search(ctx context.Context) int {
	unlock, err := s.lock()
	if err != nil {
		return s.refuse(err)
	}
	defer unlock()
	page, err := s.openPage()
	if err != nil {
		return s.refuse(err)
	}
	defer s.stopParts()
	defer page.close()
	job, err := s.searchJob(ctx)
	if err != nil {
		return s.refuse(err)
	}
	s.screen.Release()
	s.log.Info("Starting " + s.config.app.program() + ", a search for a capacity: one run for each load")
	for _, remark := range slices.Concat(s.remarks(), s.config.unusedWay()) {
		s.log.Warn(remark)
	}
	s.log.Info(climb.Plan(job.Range)[0])
	if err := s.serveSearch(page, job.Live); err != nil {
		return s.refuse(err)
	}
	code := s.makeSearch(ctx, job)
	s.afterSearch(ctx, page)
	s.log.Info(fmt.Sprintf("Shutting down (exit code %d)", code))
	return code
}

// makeSearch makes the search, prints and writes what it came to, and returns the exit code.
func (s *session) makeSearch(ctx context.Context, job *climb.Job) int {
	probing, cancel := context.WithCancel(ctx)
	probes := prober{ctx: probing}
	defer func() { cancel(); probes.probes.Wait() }()
	probes.probe(s.log, s.jobs.now.called, s.jobs.now.Client)
	var last *report.Summary
	code := exitOK
	job.Held = func(sum *report.Summary) {
		last, s.found = sum, job.Live.Progress().Search
		for _, why := range s.objections(sum) {
			s.log.Error(terminal.Escape(why))
			code = exitFailure
		}
		s.keepAccount(ctx)
	}
	err := job.Run(ctx)
	switch s.found = job.Live.Progress().Search; {
	case errors.Is(err, staircase.ErrStopped):
		s.log.Info("Search stopped")
	case err != nil && ctx.Err() == nil:
		s.log.Error(terminal.Escape("the search ended: " + err.Error()))
		code = exitFailure
	}
	code = s.concludeSearch(ctx, code)
	if last != nil {
		s.searchToParts(ctx, last, code)
	}
	return code
}

// serveSearch serves the page of a search.
func (s *session) serveSearch(p *page, live *staircase.Live) error {
	s.board = &board{live.Runs, s}
	o := s.pageOptions()
	o.Search, o.Schedule, o.Claims = live, nil, nil
	if err := s.serve(p, o); err != nil || p == nil {
		return err
	}
	live.Runs.Ended = func(loadgen.Ending) { p.handler.Keep() }
	return nil
}

// afterSearch returns when the process may end: with a page, not before a signal or the time of --autoquit.
func (s *session) afterSearch(ctx context.Context, p *page) {
	if p == nil || ctx.Err() != nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-s.stays(p, "search"):
		s.log.Info(quitting)
	}
}

// searchJob starts the parts and prepares the search.
func (s *session) searchJob(ctx context.Context) (*climb.Job, error) {
	search, err := s.config.sought()
	if err != nil {
		return nil, err
	}
	r, err := s.runnerFor(loadgen.StartRequest{Planned: true, Kinds: s.config.picks(nil)})
	if err != nil {
		return nil, err
	}
	if len(r.Schedule) != 1 {
		return nil, &setting.Error{Where: s.values.climb.Claim.Name(), Problem: fmt.Sprintf("this program makes %d phases of one, and a hold has one", len(r.Schedule))}
	}
	hold := r.Schedule[0] // as the program has it, with its hooks
	hold.Users, hold.For = 0, 0
	if hold.Arrivals != nil {
		a := *hold.Arrivals
		a.Rate, hold.Arrivals = 0, &a
	}
	r.Schedule = nil
	if err := s.startParts(ctx); err != nil {
		return nil, err
	}
	r.Observer = s.observer()
	job, err := climb.New(staircase.Search{Runner: r, Claim: s.values.climb.Claim.V, Range: search, Phase: hold}, s.values.effect.claims.V, s.log)
	if err == nil {
		job.Live.Describe(s.config.title(), s.config.app.program(), s.jobs.now.called)
	}
	return job, err
}

// concludeSearch prints and writes what a search came to, and returns the exit code.
func (s *session) concludeSearch(ctx context.Context, code int) int {
	if s.found.Result == nil {
		return max(code, exitFailure)
	}
	var errs []error
	if _, err := fmt.Fprintln(s.text); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, brief.WriteSearchText(s.text, s.found))
	for _, quick := range []bool{true, false} {
		for _, file := range s.files() {
			if output.IsFile(file.path) == quick {
				errs = append(errs, s.deliver(ctx, file, nil))
			}
		}
	}
	errs = append(errs, s.toStandardOutput(ctx, nil))
	failed := claim.Failed(s.found.Claims)
	for _, r := range failed {
		s.log.Error(terminal.Escape(fmt.Sprintf("claim %s: %s: %s", r.Outcome, r.Claim, r.Said)))
	}
	switch {
	case len(failed) > 0:
		code = exitBroken
	case s.found.Result.Outcome != capacity.Found:
		code = max(code, exitFailure)
	}
	return s.written(code, errs...)
}

// keepAccount writes the summary file during a search, so that a process that is killed loses a hold at most.
func (s *session) keepAccount(ctx context.Context) {
	if file := s.values.output.summaryFile.V; file != "" && output.IsFile(file) {
		if err := output.Write(ctx, file, s.found.WriteJSON); err != nil && !errors.Is(err, ctx.Err()) {
			s.log.Warn("the summary file cannot be written; the search continues", "error", err)
		}
	}
}

// searchToParts says to the parts what a search came to.
func (s *session) searchToParts(ctx context.Context, last *report.Summary, code int) {
	text := fmt.Sprintf("%s\nexit code %d", s.found.Sentence, code)
	for _, p := range s.started {
		if p.Conclude != nil {
			p.Conclude(ctx, part.Conclusion{Summary: last, Passed: code == exitOK, Text: text})
		}
	}
}

// filesOfSearch are those that a search leaves behind.
func (s *session) filesOfSearch() (files []result) {
	v := &s.values.output
	for _, f := range []struct {
		option *setting.Value[string]
		write  func(io.Writer, *account.Search) error
	}{
		{&v.summaryFile, func(w io.Writer, a *account.Search) error { return a.WriteJSON(w) }},
		{&v.markdown, brief.WriteSearchMarkdown},
		{&v.junit, brief.WriteSearchJUnit},
		{&v.html, func(w io.Writer, a *account.Search) error { return html.WriteSearch(w, a, time.Now()) }},
	} {
		path := f.option.V
		if f.option == &v.html {
			path = s.htmlPath()
		}
		if path != "" {
			files = append(files, result{from: &f.option.Source, path: path, write: func(w io.Writer, _ *report.Summary) error { return f.write(w, s.found) }})
		}
	}
	return files
}
