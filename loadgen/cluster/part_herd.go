package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen/part"
)

// childVariable marks a process that --processes has started, and holds its index.
const childVariable = "LOAD_CLUSTER_CHILD"

// count is how many workers --processes starts.
func (p *asPart) count() int {
	if p.processes.V == -1 {
		return runtime.GOMAXPROCS(0)
	}
	return p.processes.V
}

// childArgs is the command line of a worker of this machine: that of this process, and where its
// master is. A token in join stays out of it.
func (p *asPart) childArgs(join string) []string {
	own := []string{"--worker"}
	if join != "" {
		own = append(own, "--master-host="+withoutToken(join))
	}
	own = append(own, "--logfile=", "--log-format=text")
	args := slices.Clone(os.Args[1:])
	at := slices.Index(args, "--")
	if at < 0 {
		at = len(args)
	}
	return slices.Insert(args, at, own...)
}

// withoutToken is what names a master, with its certificate and without its token.
func withoutToken(join string) string {
	address, secrets, _ := strings.Cut(join, "#")
	if _, pin, pinned := strings.Cut(secrets, "#"); pinned {
		address += "##" + pin
	}
	return address
}

// workers runs --processes of a worker: it waits for them, and ends with the highest of their exit
// codes.
func (p *asPart) workers(ctx context.Context, w part.Work) error {
	h := newHerd(w.Log)
	join := ""
	if at := p.join(); !strings.Contains(at, "://") {
		join = at
	}
	err := h.start(p.count(), p.childArgs(join), "LOAD_CLUSTER_TOKEN="+p.tokenFor(join))
	if err != nil {
		h.stop(context.WithoutCancel(ctx))
		return err
	}
	select {
	case <-h.ended:
	case <-ctx.Done():
		h.interrupt()
		<-h.ended // a second signal ends this process, and with it all of them
	}
	if code := h.code(); code != 0 {
		return &part.Failure{Code: code, Text: fmt.Sprintf("a worker ended with exit code %d", code)}
	}
	return nil
}

// tokenFor is the token that workers show where join leads.
func (p *asPart) tokenFor(join string) string {
	_, secrets, _ := strings.Cut(join, "#")
	token, _, _ := strings.Cut(secrets, "#")
	if own := p.secretToken(); own != "" {
		return own
	}
	return token
}

// herd are workers that this process has started. None outlives it. A nil herd has none.
type herd struct {
	log   *slog.Logger
	path  func() (string, error) // of their program
	ended chan struct{}          // closed when all have ended
	ends  func(id, why string)   // is called when one has ended that was not asked to; nil: nothing is

	mu       sync.Mutex
	children []*child
	first    error         // why the first one ended that was not asked to
	failed   chan struct{} // closed with it
	stopping bool
	running  sync.WaitGroup
}

// child is one of them.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer // its end ends the child
	code  int
}

// childFailure is why a worker of this machine ended.
type childFailure struct{ text string }

func (f *childFailure) Error() string { return f.text }

func newHerd(log *slog.Logger) *herd {
	return &herd{log: log, path: os.Executable, ended: make(chan struct{}), failed: make(chan struct{})}
}

// start starts n workers. With an error, some may run: stop ends them.
func (h *herd) start(n int, args []string, environ ...string) error {
	path, err := h.path()
	if err != nil {
		return err
	}
	defer func() {
		go func() { h.running.Wait(); close(h.ended) }()
	}()
	for i := range n {
		cmd := exec.Command(path, args...)
		cmd.Env = append(os.Environ(), append(environ, childVariable+"="+strconv.Itoa(i))...)
		cmd.SysProcAttr = apart()
		began := make(chan error, 1)
		h.running.Go(func() { h.keep(i, cmd, began) })
		if err := <-began; err != nil {
			return fmt.Errorf("worker %d cannot start: %w", i, err)
		}
	}
	return nil
}

// keep starts a worker and waits for its end. It holds its thread, whose end would be taken for that of
// the parent (PR_SET_PDEATHSIG).
func (h *herd) keep(i int, cmd *exec.Cmd, began chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	stdin, err := cmd.StdinPipe()
	output, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		began <- err
		return
	}
	c := &child{cmd: cmd, stdin: stdin}
	h.mu.Lock()
	h.children = append(h.children, c)
	h.mu.Unlock()
	began <- nil
	var relay sync.WaitGroup
	relay.Go(func() { h.relay(i, output) })
	_ = cmd.Wait() // its state says the same
	_ = writer.Close()
	relay.Wait()
	h.gone(c, fmt.Errorf("worker %d of this machine ended: %s", i, cmd.ProcessState))
}

// gone notes the end of a worker, and says so to its master.
func (h *herd) gone(c *child, why error) {
	if h.note(c, why) && h.ends != nil {
		h.ends(idOf(c.cmd.Process.Pid), why.Error())
	}
}

// note reports whether the worker was not asked to end.
func (h *herd) note(c *child, why error) (alone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.code = c.cmd.ProcessState.ExitCode(); c.code < 0 { // a signal
		c.code = exitFailure
	}
	if h.stopping {
		return false
	}
	if c.code != 0 {
		h.log.Error(why.Error())
	}
	if h.first == nil {
		h.first = why
		close(h.failed)
	}
	return true
}

// letEnd makes the end of workers, from here on, what is to happen.
func (h *herd) letEnd() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

// relay passes the log of a worker on.
func (h *herd) relay(i int, from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, " \r\n"); line != "" {
			h.say(i, line)
		}
		if err != nil {
			return
		}
	}
}

// logged are the lines of a log in Locust's form: time, machine, level, program, text.
var logged = regexp.MustCompile(`^\[[^\]]*\] [^/]*/([A-Z]+)/[^:]*: (.*)$`)

// say logs a line of a worker, at its own level; what else it writes is a warning.
func (h *herd) say(i int, line string) {
	level := slog.LevelWarn
	if parts := logged.FindStringSubmatch(line); parts != nil {
		_ = level.UnmarshalText([]byte(parts[1])) // a level that slog does not know stays a warning
		line = parts[2]
	}
	h.log.Log(context.Background(), level, line, "worker", i)
}

// watch returns a context that also ends with a childFailure when a worker ends.
func (h *herd) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if h == nil {
		return ctx, func() { cancel(nil) }
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-h.failed:
			h.mu.Lock()
			defer h.mu.Unlock()
			cancel(&childFailure{h.first.Error()})
		case <-done:
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

// stop waits until all have ended, and ends them when ctx does.
func (h *herd) stop(ctx context.Context) {
	if h == nil {
		return
	}
	h.letEnd()
	h.mu.Lock()
	some := len(h.children) > 0
	h.mu.Unlock()
	if !some {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, killTime)
	defer cancel()
	select {
	case <-h.ended:
		return
	case <-ctx.Done():
	}
	h.mu.Lock()
	for _, c := range h.children {
		_ = c.cmd.Process.Kill() // it may have ended
	}
	h.mu.Unlock()
	<-h.ended
}

// killTime is how long workers may take to end once their master has.
const killTime = 4 * time.Second

// interrupt asks all to end.
func (h *herd) interrupt() {
	h.letEnd()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.children {
		_ = c.stdin.Close()
	}
}

// code is the highest exit code of all.
func (h *herd) code() (highest int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.children {
		highest = max(highest, c.code)
	}
	return highest
}

// errParent is why a worker ends whose parent has.
var errParent = errors.New("the process that started this worker is gone")

// withParent returns a context that also ends when the parent's end of standard input closes.
func withParent(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel(errParent)
	}()
	return ctx, func() { cancel(nil) }
}
