package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/locust"
)

// result is a file that the run leaves behind.
type result struct {
	from  *setting.Source // the setting that asks for it
	path  string
	write func(io.Writer, *report.Summary) error
}

// files are those that a run leaves behind.
func (s *session) files() (files []result) {
	v := &s.values.output
	add := func(option *setting.Value[string], path string, write func(io.Writer, *report.Summary) error) {
		if option.V != "" {
			files = append(files, result{&option.Source, path, write})
		}
	}
	add(&v.summaryFile, v.summaryFile.V, func(w io.Writer, sum *report.Summary) error { return sum.WriteJSON(w) })
	add(&v.jsonFile, jsonPath(v.jsonFile.V), locust.WriteJSON)
	add(&v.html, s.htmlPath(), s.writeHTML)
	add(&v.csv, v.csv.V+statsCSV, locust.WriteRequestsCSV)
	add(&v.csv, v.csv.V+failuresCSV, locust.WriteFailuresCSV)
	add(&v.csv, v.csv.V+exceptionsCSV, locust.WriteExceptionsCSV)
	add(&v.markdown, v.markdown.V, func(w io.Writer, _ *report.Summary) error { return s.brief.WriteMarkdown(w) })
	add(&v.junit, v.junit.V, func(w io.Writer, _ *report.Summary) error { return s.brief.WriteJUnit(w) })
	return files
}

// report prints and writes the results of a run and returns the exit code. last is
// its last state.
func (l *load) report(sum *report.Summary, last *report.Snapshot) int {
	s := l.session
	s.brief = s.newBrief(sum)
	errs := []error{s.tables(sum, last)}
	files := s.files()
	slices.SortStableFunc(files, func(a, b result) int { return streamsLast(a.path) - streamsLast(b.path) })
	for _, file := range files {
		errs = append(errs, s.deliver(l.ctx, file, sum))
	}
	code := s.exitCode(sum)
	if err := errors.Join(errs...); err != nil {
		s.log.Error("not everything could be written", "error", err)
		code = max(code, exitFailure)
	}
	return code
}

// htmlPath is the name of the report's file. Where -u, -r and -t are not given,
// {u} is the most users of the plan, {r} the spawn rate of its last phase and {t}
// its length in whole seconds, 0 without end.
func (s *session) htmlPath() string {
	users, rate := 0, s.schedule[len(s.schedule)-1].SpawnRate
	for _, p := range s.schedule {
		users = max(users, p.Users)
	}
	end := s.schedule.End()
	return strings.NewReplacer(
		"{u}", strconv.Itoa(users), "{r}", strconv.Itoa(int(rate)), "{t}", strconv.Itoa(int(end/time.Second)),
	).Replace(s.values.output.html.V)
}

func (s *session) writeHTML(w io.Writer, sum *report.Summary) error {
	app, run := s.config.app, s.board.Run()
	return html.Write(w, sum, html.Options{
		Title: s.config.title(), Host: run.Host, Script: app.Name, Now: time.Now(), Program: app.program(),
		Changes: run.Changes, Tasks: run.Tasks, Effect: s.config.judged(), Streams: sum.Streams, Claims: s.brief.Shown(),
	})
}

// streamsLast orders files before what may make the process wait.
func streamsLast(path string) int {
	if output.IsFile(path) {
		return 0
	}
	return 1
}

// jsonPath is the name that Locust makes of --json-file, unless it names something
// other than a file.
func jsonPath(name string) string {
	if _, last := filepath.Split(name); last == "" || last == "." || last == ".." {
		return name // which is refused
	}
	if info, err := os.Stat(name); output.IsFile(name) || err == nil && info.IsDir() {
		return name + ".json"
	}
	return name
}

// tables prints Locust's tables of the whole run, but in a demonstration; then
// the verdict and the tables by phase.
func (s *session) tables(sum *report.Summary, last *report.Snapshot) error {
	if _, err := fmt.Fprintln(s.text); err != nil {
		return err
	}
	if !s.values.demo.V && last != nil {
		locust.WriteStats(s.text, last, s.process.width(), true)
		locust.WritePercentiles(s.text, last, s.process.width())
		locust.WriteErrors(s.text, last, s.process.width())
	}
	err := s.writeBrief(sum)
	if s.jobs.now.Finish != nil {
		s.jobs.now.Finish(s.text, sum)
	}
	return err
}

// exitCode is that of a run. A run without failures in which something never worked
// has failed too.
func (s *session) exitCode(sum *report.Summary) int {
	if s.broken() {
		return exitBroken
	}
	never := sum.NeverWorked()
	for _, why := range never {
		s.log.Warn(terminal.Escape(why))
	}
	if len(never) > 0 || sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
		return s.values.output.errorCode.V
	}
	if why := tooShort(sum); why != "" {
		s.log.Warn(why)
	}
	return exitOK
}

// tooShort is why a run without a fault shows next to nothing of its target; "" if
// it does show something.
func tooShort(sum *report.Summary) string {
	switch c := sum.Total.Counters; {
	case c.Started == 0:
		return "no task began before the run ended: it shows nothing of the target"
	case c.Finished == 0:
		return "no task came to its end before the run did: it shows little of the target"
	}
	return ""
}

// newBrief works out a run in short.
func (s *session) newBrief(sum *report.Summary) *brief.Brief {
	b := brief.New(sum, s.claimsFor(sum), s.config.judged())
	b.Title, b.Host, b.Program = s.config.title(), s.jobs.host(), s.config.app.program()
	return b
}

// claimsFor are the claims that a run is held to. They are about the program's
// plan, so a run that was started from the page with its own number of users has
// none.
func (s *session) claimsFor(sum *report.Summary) claim.List {
	if len(sum.Phases) == 1 && sum.Phases[0].Name == manualName {
		return nil
	}
	return s.values.effect.claims.V
}

// standing are the outcomes of the claims, or where they stand during the run.
func (s *session) standing(sum *report.Summary, over bool) []claim.Result {
	if !over {
		return s.claimsFor(sum).JudgeSoFar(sum)
	}
	return claim.Once(s.claimsFor(sum).Judge(sum))
}

// writeBrief prints the verdict and the tables. Where the effect is not known,
// two phases stand side by side without a claim.
func (s *session) writeBrief(sum *report.Summary) error {
	err := s.brief.WriteText(s.text)
	if s.brief.Effect == nil || !s.brief.Effect.Primary().Verdict.Known() {
		err = errors.Join(err, s.brief.WriteChanges(s.text))
	}
	return err
}

// broken logs the claims that do not hold and reports whether there are any.
func (s *session) broken() bool {
	failed := claim.Failed(s.brief.Claims)
	for _, r := range failed {
		s.log.Error(fmt.Sprintf("claim %s: %s", r.Outcome, r.Claim))
	}
	return len(failed) > 0
}
