package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is the path of the built command.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndTest(m)) }

func buildAndTest(m *testing.M) int {
	dir, err := os.MkdirTemp("", "todo")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "todo")
	if out, err := exec.Command("go", "build", raceFlag, "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	// Under nohup the tests would hand an ignored SIGHUP on; one that is caught is
	// like new in what they start.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	return more(m)
}

// more runs more tests at once than there are processors: what they start
// mostly waits.
func more(m *testing.M) int {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := parallel.Value.Set("6"); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// patience is how long a process may take before the test gives up on it.
const patience = time.Minute

// process is the command while it runs. It sees no variables but those of the
// test, and no configuration files.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr watched
}

// start starts the command.
func start(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	p := prepared(t, env, args...)
	require.NoError(t, p.cmd.Start())
	return p
}

// prepared is a command that has not started.
func prepared(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"HOME=" + p.cmd.Dir, "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.stderr.wanted = make(map[string]chan string)
	return p
}

// run starts the command and waits for its end.
func run(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := start(t, env, args...)
	p.wait()
	return p
}

// wait waits for the end and returns the exit code.
func (p *process) wait() int {
	_ = p.cmd.Wait() // the code says it all
	return p.code()
}

func (p *process) code() int { return p.cmd.ProcessState.ExitCode() }

// waitFor returns the first line of standard error that holds part.
func (p *process) waitFor(part string) string {
	p.t.Helper()
	select {
	case line := <-p.stderr.want(part):
		return line
	case <-time.After(patience):
		require.Failf(p.t, "waited in vain", "for %q in:\n%s", part, p.stderr.String())
		return ""
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// watched is an output whose lines can be waited for.
type watched struct {
	mu     sync.Mutex
	text   strings.Builder
	wanted map[string]chan string
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	for part, found := range w.wanted {
		w.look(part, found)
	}
	return len(p), nil
}

// want returns a channel that gets the first line that holds part.
func (w *watched) want(part string) <-chan string {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := make(chan string, 1)
	w.wanted[part] = found
	w.look(part, found)
	return found
}

// look hands over a whole line with part in it, if there is one.
func (w *watched) look(part string, found chan<- string) {
	for line := range strings.Lines(w.text.String()) {
		if strings.Contains(line, part) && strings.HasSuffix(line, "\n") {
			delete(w.wanted, part)
			found <- line
			return
		}
	}
}

// String returns all that was written.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
