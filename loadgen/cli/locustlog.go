package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// levelCritical is Locust's level above ERROR.
const levelCritical = slog.LevelError + 4

var levels = map[string]slog.Level{
	"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARNING": slog.LevelWarn,
	"ERROR": slog.LevelError, "CRITICAL": levelCritical,
}

// logHandler writes lines in Locust's layout, with attributes behind the
// message:
//
//	[2026-01-31 12:00:00,000] host/INFO/todo: Ramping to 10 users key=value
//
// A message or value never makes more than one line. On a terminal groups of
// attributes have lines of their own below the message, so that people can read
// what a phase transition says.
type logHandler struct {
	mu     *sync.Mutex
	w      io.Writer
	level  slog.Level
	below  bool   // groups get lines of their own
	origin string // "host/%s/name"
	attrs  string // already written, with a leading blank
	groups string // prefix of keys, with a trailing dot
}

func newLogHandler(w io.Writer, level slog.Level, name string) *logHandler {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return &logHandler{mu: new(sync.Mutex), w: w, level: level, origin: host + "/%s/" + name}
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// Handle implements slog.Handler.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var line bytes.Buffer
	if !r.Time.IsZero() {
		fmt.Fprintf(&line, "[%s] ", strings.Replace(r.Time.Format("2006-01-02 15:04:05.000"), ".", ",", 1))
	}
	fmt.Fprintf(&line, h.origin, locustLevel(r.Level))
	line.WriteString(": ")
	line.WriteString(escapeControls(r.Message))
	line.WriteString(h.attrs)
	var attrs []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	h.append(&line, h.groups, attrs)
	line.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(line.Bytes())
	return err
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var text bytes.Buffer
	h.append(&text, h.groups, attrs)
	with := *h
	with.attrs += text.String()
	return &with
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	with := *h
	if name != "" {
		with.groups += name + "."
	}
	return &with
}

// append writes plain attributes first, then groups.
func (h *logHandler) append(line *bytes.Buffer, prefix string, attrs []slog.Attr) {
	for _, a := range attrs {
		if value := a.Value.Resolve(); value.Kind() != slog.KindGroup && !a.Equal(slog.Attr{}) {
			fmt.Fprintf(line, " %s=%s", quoteIfNeeded(prefix+a.Key), quoteIfNeeded(attrText(value)))
		}
	}
	for _, a := range attrs {
		if value := a.Value.Resolve(); value.Kind() == slog.KindGroup {
			h.appendGroup(line, prefix+a.Key, value.Group())
		}
	}
}

func (h *logHandler) appendGroup(line *bytes.Buffer, name string, members []slog.Attr) {
	if !h.below || name == "" {
		if name != "" {
			name += "."
		}
		h.append(line, name, members)
		return
	}
	plain := func(a slog.Attr) bool { return a.Value.Resolve().Kind() != slog.KindGroup }
	if slices.ContainsFunc(members, plain) {
		fmt.Fprintf(line, "\n    %s:", escapeControls(name))
	}
	for _, a := range members {
		if plain(a) {
			h.append(line, "", []slog.Attr{a})
		}
	}
	for _, a := range members {
		if !plain(a) {
			h.appendGroup(line, name+"."+a.Key, a.Value.Resolve().Group())
		}
	}
}

func attrText(value slog.Value) string {
	switch value.Kind() {
	case slog.KindFloat64:
		return strconv.FormatFloat(value.Float64(), 'g', 5, 64)
	case slog.KindTime:
		return value.Time().Format(time.RFC3339Nano)
	}
	return value.String()
}

// quoteIfNeeded keeps plain words as they are.
func quoteIfNeeded(text string) string {
	plain := func(r rune) bool { return r > ' ' && r != '"' && r != '=' && strconv.IsPrint(r) }
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return strconv.Quote(text)
}

// escapeControls keeps a message on its line and a terminal unharmed.
func escapeControls(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func locustLevel(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	case level < levelCritical:
		return "ERROR"
	}
	return "CRITICAL"
}
