package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// interimEvery is the time between two states of the summary file during a run; the
// first comes sooner, so that the file of an earlier run does not stand for this
// one. Writing takes at most one part in interimCost of the time, so a very large
// file is written less often.
const (
	interimFirst = time.Second
	interimEvery = 5 * time.Second
	interimCost  = 50
)

// interim keeps the summary file up to date during a run, so that a process that is
// killed loses only its last seconds.
type interim struct {
	load   *load
	mu     sync.Mutex // held while the file is written
	failed bool       // that has been logged
	ended  chan struct{}
	loop   sync.WaitGroup
}

// start starts to write, if there is a file that may be written more than once: a
// pipe gets only the last state.
func (i *interim) start(l *load) {
	i.load, i.ended = l, make(chan struct{})
	if file := l.values.output.summaryFile.V; file != "" && output.IsFile(file) {
		i.loop.Go(i.keep)
	}
}

// stop stops it.
func (i *interim) stop() {
	close(i.ended)
	i.loop.Wait()
}

func (i *interim) keep() {
	wait := interimFirst
	for {
		select {
		case <-i.ended:
			return
		case <-time.After(wait):
		}
		began := time.Now()
		i.write()
		wait = max(interimEvery, interimCost*time.Since(began))
	}
}

// write writes the state of a run that has started and is not reported yet.
func (i *interim) write() {
	i.mu.Lock()
	defer i.mu.Unlock()
	l := i.load
	info, state := l.control.Info(), l.control.State()
	if info.Start.IsZero() || info.Number == l.number || state == report.Stopped {
		return
	}
	sum := *l.control.Summary() // a copy: it may be the one of the run's end
	note := fmt.Sprintf("the run was not over: these are its figures after %s", say.Span(time.Duration(sum.EndS*float64(time.Second)).Round(time.Second)))
	if text := sum.Total.Unanswered(); text != "" {
		note += "; " + text
	}
	sum.Notes = append([]string{note}, slices.Clone(sum.Notes)...)
	err := output.Write(l.ctx, l.values.output.summaryFile.V, sum.WriteJSON)
	if err != nil && !i.failed {
		i.failed = true
		l.log.Warn("the summary file cannot be written; the run continues", "error", err)
	}
}

// Names of Locust's CSV files behind the prefix.
const (
	statsCSV      = "_stats.csv"
	historyCSV    = "_stats_history.csv"
	failuresCSV   = "_failures.csv"
	exceptionsCSV = "_exceptions.csv"
)

// ownCSV is the name of a CSV file that Locust does not have, behind the prefix.
func ownCSV(f locust.OwnFile) string { return "_" + f.Name + ".csv" }

// ownWanted says whether there is such a file: where it has rows, and where an earlier run left one, which would seem to be of
// this run.
func ownWanted(f locust.OwnFile, path string) bool {
	_, err := os.Stat(path)
	return f.Rows > 0 || err == nil
}

// csvFiles are Locust's four CSV files during runs, and those of transactions, tags and figures of the script. The
// history grows by a row each second, also over several runs; the others are replaced each second, so that a reader
// never gets half of one.
type csvFiles struct {
	prefix  string
	file    *os.File
	history *locust.HistoryCSV

	mu     sync.Mutex
	failed error // the first error, which is logged once
}

// openCSV creates the files, with their headers.
func openCSV(prefix string, full bool) (*csvFiles, error) {
	file, err := os.Create(prefix + historyCSV)
	if err != nil {
		return nil, err
	}
	c := &csvFiles{prefix: prefix, file: file}
	if c.history, err = locust.NewHistoryCSV(file, full); err == nil {
		err = c.replace(time.Time{}, nil)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return c, nil
}

// add writes the state of a run that started at start.
func (c *csvFiles) add(start time.Time, s *report.Snapshot, log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := errors.Join(c.history.Add(start.Add(s.At), s), c.replace(start, s))
	if err != nil && c.failed == nil {
		c.failed = err
		log.Warn("a CSV file cannot be written; the run continues", "error", err)
	}
}

// replace writes the files of the current state. s is nil before the first run.
func (c *csvFiles) replace(start time.Time, s *report.Snapshot) error {
	errs := []error{
		output.Write(context.Background(), c.prefix+statsCSV, func(w io.Writer) error { return locust.WriteLiveRequestsCSV(w, s) }),
		output.Write(context.Background(), c.prefix+failuresCSV, func(w io.Writer) error { return locust.WriteLiveFailuresCSV(w, s, start) }),
		output.Write(context.Background(), c.prefix+exceptionsCSV, func(w io.Writer) error { return locust.WriteLiveExceptionsCSV(w, s) }),
	}
	for _, own := range locust.LiveOwnFiles(s) {
		if path := c.prefix + ownCSV(own); ownWanted(own, path) {
			errs = append(errs, output.Write(context.Background(), path, own.Write))
		}
	}
	return errors.Join(errs...)
}

// close returns the first error. c may be nil.
func (c *csvFiles) close() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.file.Close()
	if c.failed != nil {
		return fmt.Errorf("CSV files: %w", c.failed)
	}
	return err
}
