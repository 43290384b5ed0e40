package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/locust"
)

// result is a file that the run leaves behind.
type result struct {
	from   *setting.Source // the setting that asks for it
	path   string
	write  func(io.Writer, *report.Summary) error
	wanted func(*report.Summary) bool // whether a run leaves it behind; nil: each does
}

// files are those that a run leaves behind.
func (s *session) files() (files []result) {
	v := &s.values.output
	if s.values.climb.Asked() {
		return s.filesOfSearch()
	}
	add := func(option *setting.Value[string], path string, write func(io.Writer, *report.Summary) error) {
		if option.V != "" {
			files = append(files, result{from: &option.Source, path: path, write: write})
		}
	}
	add(&v.summaryFile, v.summaryFile.V, func(w io.Writer, sum *report.Summary) error { return sum.WriteJSON(w) })
	add(&v.jsonFile, jsonPath(v.jsonFile.V), locust.WriteJSON)
	add(&v.html, s.htmlPath(), s.writeHTML)
	add(&v.csv, v.csv.V+statsCSV, locust.WriteRequestsCSV)
	add(&v.csv, v.csv.V+failuresCSV, locust.WriteFailuresCSV)
	add(&v.csv, v.csv.V+exceptionsCSV, locust.WriteExceptionsCSV)
	for i, own := range locust.OwnFiles(new(report.Summary)) {
		path := v.csv.V + ownCSV(own)
		add(&v.csv, path, func(w io.Writer, sum *report.Summary) error { return locust.OwnFiles(sum)[i].Write(w) })
		if v.csv.V != "" {
			files[len(files)-1].wanted = func(sum *report.Summary) bool { return ownWanted(locust.OwnFiles(sum)[i], path) }
		}
	}
	add(&v.markdown, v.markdown.V, func(w io.Writer, _ *report.Summary) error { return s.brief.WriteMarkdown(w) })
	add(&v.junit, v.junit.V, func(w io.Writer, _ *report.Summary) error { return s.brief.WriteJUnit(w) })
	return files
}

// report prints and writes the results of a run and returns the exit code. last is
// its last state.
func (l *load) report(sum *report.Summary, last *report.Snapshot) int {
	s, c := l.session, l.config
	s.brief = brief.New(sum, s.claimsFor(sum), c.judged())
	s.brief.Title, s.brief.Host, s.brief.Program = c.title(), s.jobs.now.called, c.app.program()
	errs := []error{s.tables(sum, last)}
	for _, quick := range []bool{true, false} { // files before what may make the process wait
		for _, file := range s.files() {
			if output.IsFile(file.path) == quick && (file.wanted == nil || file.wanted(sum)) {
				errs = append(errs, s.deliver(l.ctx, file, sum))
			}
		}
	}
	return s.written(s.exitCode(sum), errs...)
}

// written logs what kept something from being written, and returns the exit code then.
func (s *session) written(code int, errs ...error) int {
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
		users = max(users, p.Most())
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

// tables prints the verdict and the tables by phase, then Locust's tables of the whole
// run, where Locust has them.
func (s *session) tables(sum *report.Summary, last *report.Snapshot) error {
	if _, err := fmt.Fprintln(s.text); err != nil {
		return err
	}
	err := s.brief.WriteText(s.text)
	if s.brief.Effect == nil || !s.brief.Effect.Primary().Verdict.Known() {
		err = errors.Join(err, s.brief.WriteChanges(s.text)) // two phases side by side
	}
	if last != nil && s.asLocust() {
		_, _ = fmt.Fprintln(s.text)
		locust.WriteStats(s.text, last, s.process.width(), true)
		locust.WritePercentiles(s.text, last, s.process.width())
		locust.WriteErrors(s.text, last, s.process.width())
	}
	if s.jobs.now.Finish != nil {
		s.jobs.now.Finish(s.text, sum)
	}
	return err
}

// asLocust reports whether Locust's tables of the whole run are printed: where a program may
// read them, and on a terminal where a flag about Locust's tables was given.
func (s *session) asLocust() bool {
	if s.values.demo.V {
		return false
	}
	out := &s.values.output
	return s.process.width() == 0 || !s.values.web.wanted() || out.printStats.V || out.onlySummary.V
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
