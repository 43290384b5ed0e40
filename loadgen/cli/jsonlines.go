package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen/datadog"
)

// jsonLines makes a log line of each line of text that is written, so that tables
// and a log in JSON are one stream that a machine can read. It is safe for
// concurrent use.
type jsonLines struct {
	log   slog.Handler
	level slog.Level

	mu   sync.Mutex
	rest []byte // of a line that has not ended
}

// Write implements io.Writer. Lines without a word, between tables and in them,
// are left out.
func (j *jsonLines) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		line, rest, whole := bytes.Cut(j.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		j.rest = bytes.Clone(rest)
		text := strings.TrimRight(string(line), " \r")
		if strings.Trim(text, " -|") == "" {
			continue
		}
		if err := j.log.Handle(context.Background(), slog.NewRecord(time.Now(), j.level, text, 0)); err != nil {
			return 0, err
		}
	}
}

// tellInJSON has everything that goes to standard error go there as lines of JSON:
// tables and progress, and what Go's standard logger says.
func (s *session) tellInJSON() {
	s.text = &jsonLines{log: s.jsonLog}
	if s.standardLog != nil {
		s.standardLog(&jsonLines{log: s.jsonLog, level: slog.LevelWarn})
	}
}

// refuse prints the one line about a start that cannot be, in the form of the log.
func (s *session) refuse(err error) int {
	if s.text == nil || !s.inJSON() {
		return s.app.refuse(s.stderr, err)
	}
	return s.app.refuse(&jsonLines{log: datadog.NewLogHandler(s.stderr, nil), level: slog.LevelError}, err)
}

// inJSON reports whether standard error holds JSON alone.
func (s *session) inJSON() bool { return s.text != io.Writer(s.screen) }
