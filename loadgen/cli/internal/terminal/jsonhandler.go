package terminal

import (
	"io"
	"log/slog"
)

// NewJSONHandler returns a handler that writes one JSON object per line, from level on:
// "timestamp", "level", "message", then the attributes. Log collectors read these
// names by themselves.
func NewJSONHandler(w io.Writer, level slog.Leveler) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 {
			switch a.Key {
			case slog.TimeKey:
				a.Key = "timestamp"
			case slog.MessageKey:
				a.Key = "message"
			}
		}
		return a
	}})
}
