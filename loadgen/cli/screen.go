package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gensim/load-generator/internal/output"
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
	end  context.Context // of the process's wish to run; nil: there is none yet
	deaf bool            // it took nothing when the process was to end
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
	return len(p), s.put(text)
}

// put writes to standard error. One that takes nothing, a pipe whose reader
// sleeps, keeps the process waiting, but not from its end. The caller holds the lock.
func (s *screen) put(text []byte) error {
	if s.deaf {
		return nil
	}
	if s.end == nil {
		s.end = context.Background()
	}
	text = bytes.Clone(text) // it may still be on its way when its owner goes on
	err := output.To(s.end, s.w, func(w io.Writer) error { _, err := w.Write(text); return err })
	s.deaf = errors.Is(err, output.ErrStuck)
	if s.deaf {
		return nil
	}
	return err
}

// Until ends the waiting for a reader a moment after ctx ends.
func (s *screen) Until(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = ctx
}

// Live replaces the live line; "" removes it.
func (s *screen) Live(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil || line == s.live {
		return
	}
	s.live = line
	_ = s.put([]byte(clearLine + line)) // progress is worth no failure
}

// Release writes what was held back; from now on nothing is.
func (s *screen) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		_ = s.put(s.held.Bytes()) // standard error is the last resort itself
		s.held = nil
	}
}
