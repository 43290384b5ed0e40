package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gensim/load-generator/internal/output"
)

// Screen is standard error: lines that scroll, and on a terminal one live line
// below them that is redrawn in place. It is safe for concurrent use.
//
// A new Screen holds back what is written until Release, so that a start that is
// refused leaves nothing but its one line.
type Screen struct {
	mu   sync.Mutex
	w    io.Writer
	held *bytes.Buffer // nil after Release
	live string
	end  context.Context // ends when the process is to end
	deaf bool            // it took nothing when the process was to end
}

const clearLine = "\r\x1b[K"

// NewScreen returns a screen that writes to w.
func NewScreen(w io.Writer) *Screen {
	return &Screen{w: w, held: new(bytes.Buffer), end: context.Background()}
}

// Write writes above the live line. p should hold whole lines. It is not an error
// that the reader has gone: the result of the run does not depend on it.
func (s *Screen) Write(p []byte) (int, error) {
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

// put writes to standard error. One that takes nothing, such as a pipe whose reader
// sleeps, makes the process wait, but does not keep it from ending. The caller holds
// the lock.
func (s *Screen) put(text []byte) error {
	if s.deaf {
		return nil
	}
	text = bytes.Clone(text) // the write may outlast this call
	err := output.To(s.end, s.w, func(w io.Writer) error { _, err := w.Write(text); return err })
	s.deaf = errors.Is(err, output.ErrStuck)
	if s.deaf {
		return nil
	}
	return err
}

// Until ends the wait for a reader a moment after ctx ends.
func (s *Screen) Until(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = ctx
}

// Live replaces the live line; "" removes it.
func (s *Screen) Live(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil || line == s.live {
		return
	}
	s.live = line
	_ = s.put([]byte(clearLine + line)) // best effort
}

// Release writes what was held back, and holds nothing back from now on.
func (s *Screen) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		_ = s.put(s.held.Bytes()) // standard error is the last resort itself
		s.held = nil
	}
}
