package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// program is the path of examples/todo once it is built.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndTest(m)) }

// buildAndTest builds the program, unless -short says to do without it.
func buildAndTest(m *testing.M) int {
	if flag.Parse(); testing.Short() {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "todo")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "todo")
	if out, err := exec.Command("go", "build", raceFlag, "-o", program, "../../../examples/todo").CombinedOutput(); err != nil {
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

// prepared is a command that has not started. With -short it skips the test.
func prepared(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
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

// code is the exit code.
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

// signal sends the process a signal.
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

// site is the page of a running command.
type site struct {
	*process
	base   string
	client http.Client
}

// visit starts the command with a page on a free port.
func visit(t *testing.T, env []string, args ...string) *site {
	t.Helper()
	p := start(t, env, append([]string{"--web-port=0", "-r", "50", "--always-on", "--think", "100ms"}, args...)...)
	line := p.waitFor("Starting web interface at ")
	return &site{process: p, base: strings.TrimSuffix(regexp.MustCompile(`https?://\S+`).FindString(line), "/")}
}

// ask sends a request and returns status, header and body.
func (s *site) ask(method, path string, form ...string) (int, http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(fields(form...).Encode()))
	require.NoError(s.t, err)
	if len(form) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return answer.StatusCode, answer.Header, string(body)
}

// fields are a form.
func fields(pairs ...string) url.Values {
	form := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// get returns the JSON object at a path.
func (s *site) get(path string) map[string]any {
	s.t.Helper()
	code, _, body := s.ask("GET", path)
	require.Equal(s.t, 200, code, body)
	return decoded(s.t, body)
}

// decoded reads a JSON object.
func decoded(t testing.TB, body string) (object map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(body), &object), body)
	return object
}

// swarm posts a start and returns the answer.
func (s *site) swarm(form ...string) map[string]any {
	s.t.Helper()
	_, _, body := s.ask("POST", "/swarm", form...)
	return decoded(s.t, body)
}

// until waits for a state with a number of users.
func (s *site) until(state string, users int) {
	s.t.Helper()
	var got string
	want := state + " " + strconv.Itoa(users)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		stats := s.get("/stats/requests")
		if got = stats["state"].(string) + " " + strconv.Itoa(int(stats["user_count"].(float64))); got == want {
			return
		}
	}
	require.Failf(s.t, "waited in vain", "for %q, last %q", want, got)
}

// requests waits until tasks have been done: more requests than there are
// health checks.
func (s *site) requests() {
	s.t.Helper()
	const some = 20
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		rows := s.get("/stats/requests")["stats"].([]any)
		last := rows[len(rows)-1].(map[string]any)
		require.Equal(s.t, "Aggregated", last["name"])
		if last["num_requests"].(float64) >= some {
			return
		}
	}
	require.Fail(s.t, "too few requests were made")
}

// quick makes load of a few busy users, without a page.
var quick = []string{"--headless", "-u", "5", "-r", "50", "--always-on", "--think", "100ms"}

// quickly are the arguments of such a load, and more.
func quickly(args ...string) []string { return append(append([]string(nil), quick...), args...) }

// inOrder checks that the parts stand in the text, one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		require.Truef(t, ok, "%q is missing or in the wrong place in:\n%s", part, text)
		rest = after
	}
}

// hung is a target that takes connections and never answers.
func hung(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return "http://" + listener.Addr().String()
}

// freePort returns a port that nothing listens on, for what cannot be told to take any.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// address finds one on loopback in a line.
func address(line string) string {
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
}

// summaryOf reads a summary file.
func summaryOf(t testing.TB, path string) *report.Summary {
	t.Helper()
	content, err := os.Open(path)
	require.NoError(t, err)
	defer content.Close()
	sum, err := report.ReadSummary(content)
	require.NoError(t, err)
	return sum
}
