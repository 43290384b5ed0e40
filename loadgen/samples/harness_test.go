package samples

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) warnings() (list []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, "level=WARN") {
			list = append(list, line)
		}
	}
	return list
}

// begin begins a run whose requests the test records.
func begin(e *Exporter) (*run, *record.Recorder) {
	r := record.New(record.Config{Shards: 1, Phases: []report.PhaseInfo{{Name: "all", End: time.Hour}}})
	return e.BeginRun(measure.Run{Name: "r", Seed: 7, Phases: []report.PhaseInfo{{Name: "all", End: time.Hour}}, Recorder: r, Start: time.Unix(1e9, 0)}).(*run), r
}

// recorded records n requests, one a millisecond.
func recorded(r *record.Recorder, n int) {
	for i := range n {
		at := time.Duration(i) * time.Millisecond
		r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/things"}, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(i)*37%1e6})
	}
}

// made is an Exporter to a file of a folder that the test has.
func made(t *testing.T, name string, c Config) (*Exporter, string, *journal) {
	t.Helper()
	log := new(journal)
	if c.File = name; !filepath.IsAbs(name) {
		c.File = filepath.Join(t.TempDir(), name)
	}
	c.Logger = log.logger()
	e, err := New(c)
	require.NoError(t, err)
	return e, c.File, log
}
