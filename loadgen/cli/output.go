package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/gensim/load-generator/report"
)

// result is a file that the run leaves behind.
type result struct {
	flag, path string
	write      func(io.Writer, *report.Summary) error
}

func (s *session) files() []result {
	var files []result
	if s.values.summaryFile != "" {
		files = append(files, result{"summary-file", s.values.summaryFile, writeSummary})
	}
	if s.values.jsonFile != "" {
		files = append(files, result{"json-file", s.values.jsonFile + ".json", writeLocustJSON})
	}
	return files
}

// report prints and writes all that the run has shown and returns the exit
// code.
func (s *session) report(sum *report.Summary) int {
	errs := []error{s.tables(sum)}
	if s.values.json {
		errs = append(errs, writeLocustJSON(s.stdout, sum))
	}
	for _, file := range s.files() {
		err := writeFile(file.path, func(w io.Writer) error { return file.write(w, sum) })
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.where(file.flag), err))
		}
	}
	code := s.verdict(sum)
	if err := errors.Join(errs...); err != nil {
		s.log.Error("not everything could be written", "error", err)
		code = max(code, exitFailure)
	}
	return code
}

func (s *session) tables(sum *report.Summary) error {
	if _, err := fmt.Fprintln(s.screen); err != nil {
		return err
	}
	err := errors.Join(sum.WriteText(s.screen), writeChanges(s.screen, sum))
	if s.job.Finish != nil {
		s.job.Finish(s.screen, sum)
	}
	return err
}

// verdict is the exit code. A run whose every request was still unanswered
// when it ended has failed too: nothing is known to work.
func (s *session) verdict(sum *report.Summary) int {
	cut := sum.Total.Counters.CutOff
	switch {
	case sum.Total.Failures > 0 || len(sum.Exceptions) > 0:
		return s.values.errorCode
	case sum.Total.Requests == 0 && cut > 0:
		s.log.Warn(fmt.Sprintf("not one request was answered: %d were in flight when the run ended", cut))
		return s.values.errorCode
	}
	return exitOK
}

func writeSummary(w io.Writer, sum *report.Summary) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(sum)
}
