package cli

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"syscall"
)

// screen is standard error: log lines and tables that scroll, and on a terminal
// one live line below them that is redrawn in place. It is safe for concurrent
// use.
//
// A new screen holds back what is written until Release, so that a start that
// is refused leaves nothing but its one line.
type screen struct {
	mu   sync.Mutex
	w    io.Writer
	held *bytes.Buffer // nil after Release
	live string
}

const clearLine = "\r\x1b[K"

func newScreen(w io.Writer) *screen { return &screen{w: w, held: new(bytes.Buffer)} }

// Write writes above the live line. p should hold whole lines. That nobody reads
// any more is no error: the result of the run does not depend on it.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		return s.held.Write(p)
	}
	text := p
	if s.live != "" {
		text = []byte(clearLine + string(p) + s.live)
	}
	if _, err := s.w.Write(text); err != nil && !errors.Is(err, syscall.EPIPE) {
		return 0, err
	}
	return len(p), nil
}

// Live replaces the live line; "" removes it.
func (s *screen) Live(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil || line == s.live {
		return
	}
	s.live = line
	_, _ = io.WriteString(s.w, clearLine+line) // progress is worth no failure
}

// Release writes what was held back; from now on nothing is.
func (s *screen) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		_, _ = s.w.Write(s.held.Bytes()) // standard error is the last resort itself
		s.held = nil
	}
}
