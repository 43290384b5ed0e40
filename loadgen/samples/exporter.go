package samples

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/samplefile"
)

// usualLimit is Config.Limit where that is 0: 10 GB.
const usualLimit int64 = 10_000_000_000

// Config sets up an Exporter.
type Config struct {
	// File is where the requests of a run go; its name says how: .jsonl or .csv, with .gz or .zst after it. One that is there
	// is replaced when a run begins. The second run of an Exporter gets FILE-2, and so on. "": nothing is written.
	File string
	// Share is the part of the requests to write, above 0 and at most 1, chosen by the seed and the intended start, not by how they end.
	// 0: all of them.
	Share float64
	// Limit bounds the file, in bytes, to a megabyte or so; what comes later is counted. At least 2 MB; 0: 10 GB.
	Limit int64
	// Logger logs files and trouble, each once; nil logs nothing.
	Logger *slog.Logger
}

func (c *Config) check() error {
	if c.Share < 0 || c.Share > 1 {
		return fmt.Errorf("samples: Share is %v; give one above 0 and at most 1, or 0 for all", c.Share)
	}
	if c.Limit != 0 && c.Limit < leastLimit {
		return fmt.Errorf("samples: Limit is %d; give %d bytes or more, or 0 for %d", c.Limit, leastLimit, usualLimit)
	}
	if c.File == "" {
		return nil
	}
	if _, err := samplefile.FormatOf(c.File); err != nil {
		return fmt.Errorf("samples: %w", err)
	}
	if err := place(c.File); err != nil {
		return fmt.Errorf("samples: %q: %w", c.File, err)
	}
	return nil
}

// leastLimit is the smallest one that has room for more than the first and the last record.
const leastLimit = 2 * endRoom

// place refuses what takes no file.
func place(path string) error {
	if output.Stream(path) != 0 || output.IsPipe(path) {
		return errors.New("is a stream or a pipe")
	}
	return output.Ready(path)
}

// Exporter writes the requests of runs to files. It implements measure.Observer. All methods are safe for concurrent use.
type Exporter struct {
	config   Config
	log      *slog.Logger
	waiting  int           // requests that may wait for the file
	patience time.Duration // how long the end of a run waits for it

	mu    sync.Mutex
	begun int
	runs  map[*run]bool // in progress
	lost  int64         // in the files of runs that are over
}

// New returns an Exporter, or says what of the Config cannot be used. It writes nothing yet.
func New(c Config) (*Exporter, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.Limit = cmp.Or(c.Limit, usualLimit)
	if c.Share == 0 {
		c.Share = 1
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Exporter{config: c, log: c.Logger, waiting: waiting, patience: endLimit, runs: map[*run]bool{}}, nil
}

// BeginRun implements measure.Observer. A worker's share of a run is left out, with a warning.
func (e *Exporter) BeginRun(about measure.Run) measure.RunObserver {
	if e.config.File == "" {
		return nil
	}
	if about.Worker != "" {
		e.log.Warn("no samples are written: " + alone)
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun++
	r := newRun(e, about, numbered(e.config.File, e.begun))
	e.runs[r] = true
	return r
}

// alone is why runs of several processes have no files of samples.
const alone = "the requests of a run of several processes are with its workers, which send figures and no samples; they are written in a run of one process"

// numbered is the file of the n-th run.
func numbered(path string, n int) string {
	if n == 1 {
		return path
	}
	dir, name := filepath.Split(path)
	stem, ends, _ := strings.Cut(name, ".")
	return dir + fmt.Sprintf("%s-%d.%s", stem, n, ends)
}

// ended forgets a run except for what its file lacks.
func (e *Exporter) ended(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost += r.missing()
	delete(e.runs, r)
}

// Losses says how many requests should be in the files of all runs and are not, as "3 requests"; "": none.
func (e *Exporter) Losses() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.lost
	for r := range e.runs {
		n += r.missing()
	}
	if n == 0 {
		return ""
	}
	return say.Plural(n, "request")
}
