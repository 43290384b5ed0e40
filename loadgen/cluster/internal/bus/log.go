package bus

import (
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"
)

// again is how long the same about the same host stays unsaid: a Locust worker knocks ten times a second.
const again = time.Minute

// watchman logs what goes wrong at the server, a line for each.
type watchman struct {
	log  *slog.Logger
	mu   sync.Mutex
	said map[string]time.Time // when, by host and text without its numbers
}

func (w *watchman) warn(from, text string) {
	if w.log == nil || !w.isNew(from, text) {
		return
	}
	w.log.Warn("Bus: "+text, "from", from)
}

var digits = regexp.MustCompile(`[0-9]+`)

func (w *watchman) isNew(from, text string) bool {
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		host = from
	}
	key, now := host+" "+digits.ReplaceAllString(text, ""), time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.said[key]; ok && now.Sub(at) < again {
		return false
	}
	if w.said == nil || len(w.said) > 1000 {
		w.said = map[string]time.Time{}
	}
	w.said[key] = now
	return true
}

// serverLog takes the server's own log. Little of it is for readers of ours, who know neither cid nor account.
type serverLog struct {
	gate  *gate
	fatal string // why the server could not start
}

// client is the start of a line about a client: address, number, name, account and user.
var client = regexp.MustCompile(`^(\S*) - cid:\d+(?: - "([^"]*)")?(?: - "[^"]*")? - `)

// called finds the name after the version and the language of a client's library, if it says these.
var called = regexp.MustCompile(`^(?:v[^:]*:[^:]*:?)?(.*)$`)

func (l *serverLog) line(format string, v ...any) {
	text, from := fmt.Sprintf(format, v...), ""
	if m := client.FindStringSubmatch(text); m != nil {
		text, from = text[len(m[0]):], m[1]
		if name := called.FindStringSubmatch(m[2])[1]; name != "" {
			text = fmt.Sprintf("%q: %s", name, text)
		}
	}
	switch {
	case strings.Contains(text, "authentication error"):
		if _, refused := l.gate.judged.LoadAndDelete(from); refused {
			return
		}
		l.stranger(from)
	case strings.Contains(text, "first record does not look like a TLS handshake"),
		strings.Contains(text, "parser ERROR"), strings.Contains(text, "invalid character"): // CONNECT is a word of HTTP too
		l.stranger(from)
	default:
		l.gate.log.warn(from, text)
	}
}

func (l *serverLog) stranger(from string) {
	l.gate.log.warn(from, "a client was turned away: it does not speak NATS as the workers of this program do; a worker of Locust (ZeroMQ) cannot join")
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, v ...any) { l.line(format, v...) }

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, v ...any) { l.line(format, v...) }

// Fatalf implements server.Logger.
func (l *serverLog) Fatalf(format string, v ...any) { l.fatal = fmt.Sprintf(format, v...) }

// Noticef implements server.Logger. A client that reads too slowly is a notice there.
func (l *serverLog) Noticef(format string, v ...any) {
	if strings.Contains(format, "Slow Consumer") {
		l.line(format, v...)
	}
}

// Debugf implements server.Logger. A client that does not begin with TLS where it must is for debugging there.
func (l *serverLog) Debugf(format string, v ...any) {
	if strings.Contains(format, "TLS handshake error") {
		l.line(format, v...)
	}
}

// Tracef implements server.Logger.
func (l *serverLog) Tracef(string, ...any) {}
