package cli

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/gensim/load-generator/loadgen/datadog"
)

// logFormat reads how the log is written.
func logFormat(text string) (string, error) {
	switch text = strings.ToLower(text); text {
	case "text", "json", "auto":
		return text, nil
	}
	return "", errNotAccepted
}

// openLog sets the logger up, as the options say. What is logged is kept for
// the page too, there always as text.
func (s *session) openLog() (func(), error) {
	level := levels[s.values.logLevel]
	out, closeLog, err := s.logOutput()
	if err != nil {
		return nil, err
	}
	shown := s.logHandler(out, level)
	if s.values.web.wanted() {
		shown = slog.NewMultiHandler(shown, newLogHandler(&s.lines, level, s.app.Name))
	}
	s.log = slog.New(shown)
	return closeLog, nil
}

func (s *session) logOutput() (io.Writer, func(), error) {
	if s.values.logFile == "" || s.values.skipLogSetup {
		return s.screen, func() {}, nil
	}
	if err := ready(s.values.logFile); err != nil {
		return nil, nil, &UsageError{Where: s.where("logfile"), Problem: err.Error()}
	}
	file, err := os.OpenFile(s.values.logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, nil, &UsageError{Where: s.where("logfile"), Problem: errors.Unwrap(err).Error()}
	}
	return orElse{file, s.screen}, func() { _ = file.Close() }, nil // every line is already written
}

// orElse writes to the second what the first does not take: the log of a run
// whose disk is full says so on the terminal.
type orElse struct{ first, second io.Writer }

func (o orElse) Write(p []byte) (int, error) {
	if n, err := o.first.Write(p); err == nil {
		return n, nil
	}
	return o.second.Write(p)
}

// logHandler writes in the format that is asked for.
func (s *session) logHandler(out io.Writer, level slog.Level) slog.Handler {
	terminal := s.values.logFile == "" && s.width() > 0
	format := s.values.logFormat
	switch {
	case s.values.skipLogSetup:
		return slog.Default().Handler()
	case format == "json", format == "auto" && !terminal && s.tracing():
		s.jsonLog = datadog.NewLogHandler(out, &slog.HandlerOptions{Level: level})
		return s.jsonLog
	}
	handler := newLogHandler(out, level, s.app.Name)
	handler.below = terminal
	return handler
}
