package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
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
	if s.standardLog != nil {
		s.standardLog(&jsonLines{log: s.jsonHandler, level: slog.LevelWarn})
	}
}

// refuse prints the one line about a start that cannot be, in the form of the log.
func (s *session) refuse(err error) int { return s.app.refuse(s.beside(slog.LevelError), err) }

// beside is where to say, in the form of the log, what is no part of it: why there
// is no run, and what goes with what was printed instead.
func (p process) beside(level slog.Level) io.Writer {
	if !p.jsonLog {
		return p.stderr
	}
	return &jsonLines{log: datadog.NewLogHandler(p.stderr, nil), level: level}
}

// wantsJSON reports whether standard error is to be lines of JSON, also where
// settings cannot be read, as far as they tell.
func (c *config) wantsJSON(p process) bool {
	if file := c.said(p, "logfile"); file != "" && output.Stream(file) != 2 || c.values.skipLogSetup {
		return false
	}
	switch strings.ToLower(c.said(p, "log-format")) {
	case "json":
		return true
	case "", "auto":
		asked, _ := Bool(c.said(p, "datadog"))
		return (p.width == nil || p.width() == 0) && p.traced(asked)
	}
	return false
}

// said is what a setting says, maybe on a command line that could not be read.
func (c *config) said(p process, flag string) string {
	if c.settings == nil || c.find(flag) == nil {
		return ""
	}
	if c.given(flag) {
		return c.origins[flag].text()
	}
	for i, arg := range p.args {
		if name, text, joined := strings.Cut(arg, "="); joined && name == "--"+flag {
			return input.Trim(text)
		} else if name == "--"+flag && i+1 < len(p.args) {
			return input.Trim(p.args[i+1])
		}
	}
	for _, name := range c.find(flag).Env {
		if text := c.env[name]; text != "" {
			return text
		}
	}
	return ""
}

// inJSON reports whether standard error holds JSON alone.
func (s *session) inJSON() bool { return s.text != io.Writer(s.screen) }
