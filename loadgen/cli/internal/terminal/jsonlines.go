package terminal

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// JSONLines makes a log line of each line of text that is written, so that tables
// and a log in JSON are one stream that a machine can read. It is safe for
// concurrent use.
type JSONLines struct {
	Log   slog.Handler
	Level slog.Level // of every line

	mu   sync.Mutex
	rest []byte // of a line that has not ended
}

// Write implements io.Writer. Rules and blank lines of tables are left out.
func (j *JSONLines) Write(p []byte) (int, error) {
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
		if err := j.Log.Handle(context.Background(), slog.NewRecord(time.Now(), j.Level, text, 0)); err != nil {
			return 0, err
		}
	}
}
