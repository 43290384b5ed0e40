package todotest

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// Output is an output whose lines can be waited for. The zero Output is ready. Its methods are safe for
// concurrent use.
type Output struct {
	mu     sync.Mutex
	text   strings.Builder
	wanted map[string]chan string
}

// Write implements io.Writer. The error is nil.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	for part, found := range o.wanted {
		o.look(part, found)
	}
	return len(p), nil
}

// Line returns a channel that gets the first whole line that holds part, of those written and
// to come.
func (o *Output) Line(part string) <-chan string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.wanted == nil {
		o.wanted = make(map[string]chan string)
	}
	found := make(chan string, 1)
	o.wanted[part] = found
	o.look(part, found)
	return found
}

// WaitFor returns that line, and fails the test if it does not come within [Patience].
func (o *Output) WaitFor(t testing.TB, part string) string {
	t.Helper()
	select {
	case line := <-o.Line(part):
		return line
	case <-time.After(Patience):
		t.Fatalf("waited in vain for %q in:\n%s", part, o.String())
		return ""
	}
}

// look hands over a whole line with part in it, if there is one.
func (o *Output) look(part string, found chan<- string) {
	for line := range strings.Lines(o.text.String()) {
		if strings.Contains(line, part) && strings.HasSuffix(line, "\n") {
			delete(o.wanted, part)
			found <- line
			return
		}
	}
}

// String returns all that was written.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
