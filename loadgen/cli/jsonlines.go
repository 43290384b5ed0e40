package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
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
	s.text = &jsonLines{log: s.jsonHandler}
	if s.process.standardLog != nil {
		s.process.standardLog(&jsonLines{log: s.jsonHandler, level: slog.LevelWarn})
	}
}

// beside is where to say, in the form of the log, what is no part of it: why there
// is no run, and what goes with what was printed instead.
func (p process) beside(level slog.Level) io.Writer {
	if !p.jsonLog {
		return p.stderr
	}
	return &jsonLines{log: datadog.NewLogHandler(p.stderr, nil), level: level}
}

// wantsJSON reports whether standard error is to be lines of JSON, also where
// settings cannot be read, as far as can be seen.
func (c *config) wantsJSON(p process) bool {
	v := &c.values
	guess := func(from *setting.Source) string { return setting.Guess(from, p.args, c.env) }
	if file := guess(&v.log.file.Source); file != "" && output.Stream(file) != 2 || v.log.skipSetup.V {
		return false
	}
	switch strings.ToLower(guess(&v.log.format.Source)) {
	case "json":
		return true
	case "", "auto":
		asked, _ := setting.Bool(guess(&v.datadog.asked.Source))
		return (p.width == nil || p.width() == 0) && p.traced(asked)
	}
	return false
}

// inJSON reports whether standard error holds JSON alone.
func (s *session) inJSON() bool { return s.text != io.Writer(s.screen) }
