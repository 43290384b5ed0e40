package web

import (
	"bytes"
	"strings"
	"sync"
)

// Log keeps the last lines written to it, for Options.Logs. Use it next to
// where the program logs to:
//
//	var lines web.Log
//	logger := slog.New(slog.NewTextHandler(io.MultiWriter(os.Stderr, &lines), nil))
//
// The zero Log is empty and ready. All methods are safe for concurrent use.
type Log struct {
	mu    sync.Mutex
	lines []string
}

// longestLine bounds a line kept, in bytes.
const longestLine = 4096

// Write keeps each line of p, which should be whole lines as loggers write
// them. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(p) {
		line = bytes.TrimRight(line, "\r\n")
		text := string(line[:min(len(line), longestLine)])
		l.lines = append(l.lines, strings.ToValidUTF8(text, "?"))
	}
	l.lines = l.lines[max(0, len(l.lines)-maxLines):]
	return len(p), nil
}

// Lines returns the last 500 lines, oldest first.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.lines...)
}
