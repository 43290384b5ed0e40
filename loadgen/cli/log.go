package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// openLog sets the logger up, as the options say. What is logged is kept for
// the page too, also that of a master, there always as text.
func (s *session) openLog() (func(), error) {
	level, _ := terminal.Level(s.values.log.level.V) // levelName has checked it
	out, closeLog, err := s.logOutput()
	if err != nil {
		return nil, err
	}
	shown := s.logHandler(out, level)
	s.text = s.screen
	if s.jsonHandler != nil && out == io.Writer(s.screen) {
		s.writeInJSON()
	}
	if s.values.web.wanted() {
		shown = slog.NewMultiHandler(shown, terminal.NewLogHandler(&s.pageLog, level, s.config.app.Name))
	}
	if p := s.config.worker(); p != nil && p.Lines != nil {
		shown = slog.NewMultiHandler(shown, terminal.NewLogHandler(p.Lines, level, s.config.app.Name))
	}
	for _, p := range s.parts() {
		if p.Logged != nil {
			shown = slog.NewMultiHandler(shown, fromLevel{p.Logged, level})
		}
	}
	s.log = slog.New(shown)
	return closeLog, nil
}

// fromLevel passes on what is logged from a level on.
type fromLevel struct {
	slog.Handler
	level slog.Level
}

// Enabled implements slog.Handler.
func (f fromLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= f.level && f.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (f fromLevel) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fromLevel{f.Handler.WithAttrs(attrs), f.level}
}

// WithGroup implements slog.Handler.
func (f fromLevel) WithGroup(name string) slog.Handler {
	return fromLevel{f.Handler.WithGroup(name), f.level}
}

func (s *session) logOutput() (io.Writer, func(), error) {
	path := s.values.log.file.V
	switch stream := output.Stream(path); {
	case path == "" || s.values.log.skipSetup.V || stream == 2:
		return s.screen, func() {}, nil
	case stream == 1:
		return orElse{s.process.stdout, s.screen}, func() {}, nil
	}
	file, err := s.openLogFile(path)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		return nil, nil, &setting.Error{Where: s.values.log.file.Where(), Problem: err.Error()}
	}
	var first io.Writer = file
	if output.IsPipe(path) {
		first = &pipeLog{file: file}
	}
	return orElse{first, s.screen}, func() { _ = file.Close() }, nil // every line is already written
}

// openLogFile opens what is there to be added to. A pipe is waited for until
// somebody reads it, which a signal ends together with the process.
func (s *session) openLogFile(path string) (*os.File, error) {
	if err := output.Ready(path); err != nil {
		return nil, err
	}
	if output.IsPipe(path) {
		defer s.process.endAtSignal()()
		return output.OpenPipe(context.Background(), path, logReaderLimit)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
}

// Limits of a log that goes to a pipe: how long its reader may take to come, and
// to make room for a line.
const (
	logReaderLimit = 10 * time.Second
	logLineLimit   = time.Second
)

// pipeLog writes to a pipe as long as it is read.
type pipeLog struct {
	file   *os.File
	failed error // for good: a line may have been cut
}

// Write implements io.Writer.
func (p *pipeLog) Write(line []byte) (int, error) {
	if p.failed != nil {
		return 0, p.failed
	}
	_ = p.file.SetWriteDeadline(time.Now().Add(logLineLimit)) // where there are none, it waits
	var n int
	n, p.failed = p.file.Write(line)
	return n, p.failed
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
	onTerminal := s.values.log.file.V == "" && s.process.width() > 0
	format := s.values.log.format.V
	switch {
	case s.values.log.skipSetup.V:
		return slog.Default().Handler()
	case format == "json", format == "auto" && !onTerminal && s.config.logRead(s.process.args):
		s.jsonHandler = s.config.app.jsonLog(out, level)
		return s.jsonHandler
	}
	handler := terminal.NewLogHandler(out, level, s.config.app.Name)
	handler.Below, handler.Whole = true, !onTerminal
	handler.Short = s.values.demo.V && s.values.log.file.V == "" // its reader looks for the verdict
	return handler
}

// writeInJSON turns everything that goes to standard error into lines of JSON:
// tables, progress and Go's standard logger.
func (s *session) writeInJSON() {
	s.text = &terminal.JSONLines{Log: s.jsonHandler}
	if s.process.standardLog != nil {
		s.process.standardLog(&terminal.JSONLines{Log: s.jsonHandler, Level: slog.LevelWarn})
	}
}

// notes is standard error in the form of the log, for what stands outside of it: why
// there is no run, and remarks on what was printed instead.
func (p process) notes(level slog.Level) io.Writer {
	if p.jsonLog == nil {
		return p.stderr
	}
	return &terminal.JSONLines{Log: p.jsonLog(p.stderr, slog.LevelInfo), Level: level}
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
		return (p.width == nil || p.width() == 0) && c.logRead(p.args)
	}
	return false
}

// inJSON reports whether standard error holds JSON alone.
func (s *session) inJSON() bool { return s.text != io.Writer(s.screen) }
