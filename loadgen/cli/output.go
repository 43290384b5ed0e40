package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
)

// result is a file that the run leaves behind.
type result struct {
	flag, path string
	write      func(io.Writer, *report.Summary) error
}

// files are those that a run leaves behind.
func (s *session) files() []result {
	v := &s.values
	var files []result
	if v.summaryFile != "" {
		files = append(files, result{"summary-file", v.summaryFile, writeSummary})
	}
	if v.jsonFile != "" {
		files = append(files, result{"json-file", jsonPath(v.jsonFile), writeLocustJSON})
	}
	if v.html != "" {
		files = append(files, result{"html", s.htmlPath(), s.writeHTML})
	}
	if v.csv != "" {
		files = append(files, result{"csv", v.csv + statsCSV, web.WriteRequestsCSV},
			result{"csv", v.csv + failuresCSV, web.WriteFailuresCSV}, result{"csv", v.csv + exceptionsCSV, web.WriteExceptionsCSV})
	}
	return append(files, s.briefFiles()...)
}

// report prints and writes all that a run has shown and returns the exit code.
// last is its last state.
func (s *session) report(sum *report.Summary, last *report.Snapshot) int {
	s.brief = s.told(sum)
	errs := []error{s.tables(sum, last)}
	files := s.files()
	slices.SortStableFunc(files, func(a, b result) int { return streamsLast(a.path) - streamsLast(b.path) })
	for _, file := range files {
		errs = append(errs, s.deliver(s.load.ctx, file, sum))
	}
	code := s.verdict(sum)
	if err := errors.Join(errs...); err != nil {
		s.log.Error("not everything could be written", "error", err)
		code = max(code, exitFailure)
	}
	return code
}

// streamsLast orders files before what may keep the process waiting.
func streamsLast(path string) int {
	if output.IsFile(path) {
		return 0
	}
	return 1
}

// jsonPath is the name that Locust makes of --json-file, unless something there
// is no file to be named.
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
	if !s.values.demo && last != nil {
		writeStats(s.text, last, s.width(), true)
		writePercentiles(s.text, last, s.width())
		writeErrors(s.text, last, s.width())
	}
	err := s.writeVerdict(sum)
	if s.jobs.now.Finish != nil {
		s.jobs.now.Finish(s.text, sum)
	}
	return err
}

// verdict is the exit code. A run without failures in which something never worked has failed too.
func (s *session) verdict(sum *report.Summary) int {
	if s.broken() {
		return exitBroken
	}
	never := sum.NeverWorked()
	for _, why := range never {
		s.log.Warn(escapeControls(why))
	}
	if len(never) > 0 || sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
		return s.values.errorCode
	}
	if why := tooShort(sum); why != "" {
		s.log.Warn(why)
	}
	return exitOK
}

// tooShort says of a run without a fault that it shows next to nothing of its target; "" if it does.
func tooShort(sum *report.Summary) string {
	switch c := sum.Total.Counters; {
	case c.Started == 0:
		return "no task began before the run ended: it shows nothing of the target"
	case c.Finished == 0:
		return "no task came to its end before the run did: it shows little of the target"
	}
	return ""
}

func writeSummary(w io.Writer, sum *report.Summary) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(sum)
}
