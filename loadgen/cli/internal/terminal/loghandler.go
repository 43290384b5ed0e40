package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// Level is the level of a name, as Locust has it; false for another name.
func Level(name string) (slog.Level, bool) {
	for _, l := range levels {
		if l.name == name {
			return l.from, true
		}
	}
	return 0, false
}

// levels are Locust's, the highest first.
var levels = []struct {
	name string
	from slog.Level
}{
	{"CRITICAL", slog.LevelError + 4}, {"ERROR", slog.LevelError}, {"WARNING", slog.LevelWarn}, {"INFO", slog.LevelInfo}, {"DEBUG", slog.LevelDebug},
}

// LogHandler writes lines in Locust's layout, with attributes after the message:
//
//	[2026-01-31 12:00:00,000] host/INFO/todo: Ramping to 10 users key=value
//
// A message or value never makes more than one line.
type LogHandler struct {
	// Short leaves groups of attributes out.
	Short bool
	// Below puts groups of attributes on separate lines below the message, none wider than
	// a terminal, so that people can read what a phase transition holds.
	Below bool
	// Whole has the lines below begin as the message does, for what reads a log line by line.
	Whole bool

	mu     *sync.Mutex
	w      io.Writer
	level  slog.Level
	origin string // "host/%s/name"
	attrs  string // already written, with a leading blank
	groups string // prefix of keys, with a trailing dot
}

// NewLogHandler returns a handler that writes the records of a program from a level
// on to w.
func NewLogHandler(w io.Writer, level slog.Level, name string) *LogHandler {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return &LogHandler{mu: new(sync.Mutex), w: w, level: level, origin: host + "/%s/" + name}
}

// Enabled implements slog.Handler.
func (h *LogHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// Handle implements slog.Handler.
func (h *LogHandler) Handle(_ context.Context, r slog.Record) error {
	var line bytes.Buffer
	if !r.Time.IsZero() {
		fmt.Fprintf(&line, "[%s] ", strings.Replace(r.Time.Format("2006-01-02 15:04:05.000"), ".", ",", 1))
	}
	fmt.Fprintf(&line, h.origin, levelName(r.Level))
	line.WriteByte(':')
	next := "\n"
	if h.Whole {
		next += line.String()
	}
	line.WriteString(" " + Escape(r.Message))
	line.WriteString(h.attrs)
	var attrs []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	h.append(&line, h.groups, attrs)
	lines := strings.ReplaceAll(line.String(), "\n", next) + "\n"
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, lines)
	return err
}

// WithAttrs implements slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var text bytes.Buffer
	h.append(&text, h.groups, attrs)
	with := *h
	with.attrs += text.String()
	return &with
}

// WithGroup implements slog.Handler.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	with := *h
	if name != "" {
		with.groups += name + "."
	}
	return &with
}

// append writes plain attributes first, then groups.
func (h *LogHandler) append(line *bytes.Buffer, prefix string, attrs []slog.Attr) {
	plain, groups := apart(attrs)
	for _, a := range plain {
		if !a.Equal(slog.Attr{}) {
			line.WriteString(" " + attribute(prefix, a))
		}
	}
	if h.Short {
		return
	}
	for _, a := range groups {
		h.appendGroup(line, prefix+a.Key, a.Value.Resolve().Group())
	}
}

func (h *LogHandler) appendGroup(line *bytes.Buffer, name string, members []slog.Attr) {
	if !h.Below || name == "" {
		if name != "" {
			name += "."
		}
		h.append(line, name, members)
		return
	}
	plain, groups := apart(members)
	if len(plain) > 0 {
		writeBelow(line, name, plain)
	}
	for _, a := range groups {
		h.appendGroup(line, name+"."+a.Key, a.Value.Resolve().Group())
	}
}

// writeBelow writes the plain attributes of a group on as many lines as they need.
func writeBelow(line *bytes.Buffer, name string, plain []slog.Attr) {
	const further = "       "
	head := "    " + Escape(name) + ":"
	line.WriteString("\n" + head)
	at, empty := say.Width(head), false
	for _, a := range plain {
		if a.Equal(slog.Attr{}) {
			continue
		}
		text := " " + attribute("", a)
		if !empty && at+say.Width(text) > say.Columns {
			line.WriteString("\n" + further)
			at, empty = len(further), true
		}
		line.WriteString(text)
		at, empty = at+say.Width(text), false
	}
}

// apart separates groups from other attributes.
func apart(attrs []slog.Attr) (plain, groups []slog.Attr) {
	for _, a := range attrs {
		if a.Value.Resolve().Kind() == slog.KindGroup {
			groups = append(groups, a)
		} else {
			plain = append(plain, a)
		}
	}
	return plain, groups
}

// attribute is KEY=VALUE.
func attribute(prefix string, a slog.Attr) string {
	return quoteIfNeeded(prefix+a.Key) + "=" + quoteIfNeeded(attrText(a.Value.Resolve()))
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
	odd := func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }
	if text == "" || strings.ContainsFunc(text, odd) {
		return strconv.Quote(text)
	}
	return text
}

// Escape keeps a message on its line and a terminal unharmed.
func Escape(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// levelName is the name of the highest of Locust's levels that is not above a level.
func levelName(level slog.Level) string {
	for _, l := range levels {
		if level >= l.from {
			return l.name
		}
	}
	return "DEBUG"
}
