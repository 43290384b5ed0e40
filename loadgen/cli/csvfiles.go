package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// Names of Locust's CSV files behind the prefix.
const (
	statsCSV      = "_stats.csv"
	historyCSV    = "_stats_history.csv"
	failuresCSV   = "_failures.csv"
	exceptionsCSV = "_exceptions.csv"
)

// csvFiles are Locust's four CSV files while runs go on. History grows by a row
// each second, also over several runs; the others are replaced each second, so
// that nobody ever reads half of one.
type csvFiles struct {
	prefix  string
	file    *os.File
	history *locust.HistoryCSV

	mu     sync.Mutex
	failed error // the first trouble, which is said once
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

// add writes the state of a run that began at start.
func (c *csvFiles) add(start time.Time, s *report.Snapshot, log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := errors.Join(c.history.Add(start.Add(s.At), s), c.replace(start, s))
	if err != nil && c.failed == nil {
		c.failed = err
		log.Warn("a CSV file cannot be written; the run goes on", "error", err)
	}
}

// replace writes the files that tell the present. s may be nil: nothing has run.
func (c *csvFiles) replace(start time.Time, s *report.Snapshot) error {
	return errors.Join(
		output.Write(context.Background(), c.prefix+statsCSV, func(w io.Writer) error { return locust.WriteLiveRequestsCSV(w, s) }),
		output.Write(context.Background(), c.prefix+failuresCSV, func(w io.Writer) error { return locust.WriteLiveFailuresCSV(w, s, start) }),
		output.Write(context.Background(), c.prefix+exceptionsCSV, func(w io.Writer) error { return locust.WriteLiveExceptionsCSV(w, s) }),
	)
}

// close returns the first trouble that there was. c may be nil.
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
