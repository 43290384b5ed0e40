package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// standardOutput is the path of it, among outputs.
const standardOutput = "-"

// places are files with those that only grow during a run, and what goes to
// standard output.
func (s *session) places() []result {
	files := s.files()
	out, log := &s.values.output, &s.values.log
	if out.csv.V != "" {
		files = append(files, result{from: &out.csv.Source, path: out.csv.V + historyCSV})
	}
	if log.file.V != "" && !log.skipSetup.V {
		files = append(files, result{from: &log.file.Source, path: log.file.V})
	}
	if out.json.V {
		files = append(files, result{from: &out.json.Source, path: standardOutput, write: locust.WriteJSON})
	}
	return files
}

// checkPlaces refuses places that take no file, and two outputs of the same one:
// the second would replace the first.
func (s *session) checkPlaces() error {
	if err := s.checkPrefix(); err != nil {
		return err
	}
	places := s.places()
	for i, a := range places {
		for _, b := range places[:i] {
			if output.Same(a.path, b.path) {
				return &setting.Error{Where: b.from.Where() + " " + a.from.Where(), Problem: "both would write " + setting.Quote(a.path), Accepts: "a file for each"}
			}
		}
	}
	for _, file := range places {
		if file.from == &s.values.output.json.Source {
			continue
		}
		if err := output.Ready(file.path); err != nil {
			return &setting.Error{Where: file.from.Where(), Problem: err.Error()}
		}
	}
	return nil
}

// checkPrefix refuses streams and devices: several files, written each second, cannot
// be one.
func (s *session) checkPrefix() error {
	prefix := s.values.output.csv.V
	if prefix == "" {
		return nil
	}
	refuse := func(path, problem string) error {
		return &setting.Error{Where: s.values.output.csv.Where(), Problem: setting.Quote(path) + " " + problem, Accepts: "the beginning of several file names, such as results/run"}
	}
	if info, err := os.Stat(prefix); output.Stream(prefix) != 0 || err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return refuse(prefix, "cannot be that")
	}
	names := []string{statsCSV, historyCSV, failuresCSV, exceptionsCSV}
	for _, own := range locust.LiveOwnFiles(nil) {
		names = append(names, ownCSV(own))
	}
	for _, name := range names {
		if info, err := os.Stat(prefix + name); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 {
			return refuse(prefix+name, "is a pipe or a socket")
		}
	}
	return nil
}

// lock keeps other processes from the files of this one until unlock is called or
// the process ends. A log may be shared: its lines are whole.
func (s *session) lock() (unlock func(), err error) {
	var locks []func()
	unlock = func() {
		for _, unlock := range locks {
			unlock()
		}
	}
	for _, file := range s.places() {
		if file.from == &s.values.log.file.Source || !output.IsFile(file.path) && !output.IsPipe(file.path) {
			continue
		}
		one, err := output.Lock(file.path)
		if err != nil {
			unlock()
			return nil, &setting.Error{Where: file.from.Where(), Problem: err.Error(), Accepts: "a separate name for each run"}
		}
		locks = append(locks, one)
	}
	return unlock, nil
}

// deliver writes one file. What is for standard output waits for the end of the
// process, so that it is one document, of the last run.
func (s *session) deliver(ctx context.Context, file result, sum *report.Summary) error {
	write := func(w io.Writer) error { return file.write(w, sum) }
	var err error
	switch output.Stream(file.path) {
	case 1:
		return nil
	case 2:
		err = output.To(ctx, s.screen, write)
	default:
		if output.IsPipe(file.path) {
			note := time.AfterFunc(time.Second, func() {
				s.log.Info(fmt.Sprintf("%s is a pipe: waiting up to %s for a reader", file.from.Where(), say.Span(output.Patience)))
			})
			defer note.Stop()
		}
		err = output.Write(ctx, file.path, write)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", file.from.Where(), err)
	}
	return err
}

// toStandardOutput writes what was asked for there.
func (s *session) toStandardOutput(ctx context.Context, sum *report.Summary) error {
	var errs []error
	for _, file := range s.places() {
		if output.Stream(file.path) != 1 || file.write == nil {
			continue
		}
		if err := output.To(ctx, s.process.stdout, func(w io.Writer) error { return file.write(w, sum) }); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file.from.Where(), err))
		}
	}
	return errors.Join(errs...)
}
