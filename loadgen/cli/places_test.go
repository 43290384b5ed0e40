//go:build unix

package cli

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// fileFlags are the outputs of one file each, with how they begin.
var fileFlags = map[string]string{"summary-file": "{\n", "json-file": "[\n", "html": "<!doctype html>", "markdown": "#", "junit": "<?xml"}

func TestEveryOutputFollowsLinks(t *testing.T) {
	for flag, begins := range fileFlags {
		for _, old := range []string{"", "old"} {
			dir := t.TempDir()
			link, end := filepath.Join(dir, "link.json"), filepath.Join(dir, "sub", "end")
			require.NoError(t, os.Symlink("sub/end", link))
			if old != "" {
				require.NoError(t, os.Mkdir(filepath.Dir(end), 0o700))
				write(t, end, old)
			}
			got, _ := virtual(t, market(nil), nil, "-t", "20", "--"+flag, strings.TrimSuffix(link, map[bool]string{true: ".json"}[flag == "json-file"]))
			assert.Zero(t, got.code, got.stderr)
			info, err := os.Lstat(link)
			require.NoError(t, err)
			assert.Equal(t, fs.ModeSymlink, info.Mode().Type(), flag)
			content, err := os.ReadFile(end)
			require.NoError(t, err, flag)
			assert.True(t, strings.HasPrefix(string(content), begins), "%s: %.20s", flag, content)
			left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
			require.NoError(t, err)
			assert.Equal(t, []string{end}, left, "no begun file, no lock")
		}
	}
}

// A missing folder is made before the run, by each output alike.
func TestEveryOutputMakesItsFolder(t *testing.T) {
	made := map[string]string{"csv": "run_stats.csv", "logfile": "run"}
	for flag := range fileFlags {
		made[flag] = "run"
	}
	made["json-file"] = "run.json"
	for flag, name := range made {
		dir := filepath.Join(t.TempDir(), "not", "yet")
		got, _ := virtual(t, market(nil), nil, "-t", "20", "--"+flag, filepath.Join(dir, "run"))
		assert.Zero(t, got.code, got.stderr)
		assert.FileExists(t, filepath.Join(dir, name), flag)
	}
}

func TestEveryOutputToAStream(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	streams := []string{"-", "/dev/stdout", "/dev/fd/1"}
	if testing.Short() {
		streams = streams[:1]
	}
	for flag, begins := range fileFlags {
		for _, path := range streams {
			got, _ := virtual(t, market(nil), nil, "-t", "20", "--"+flag, path)
			assert.Zero(t, got.code, got.stderr)
			assert.True(t, strings.HasPrefix(got.stdout, begins), "%s %s: %.20q", flag, path, got.stdout)
			got = start(t, market(nil), nil, "--headless", "-t", "20", "--"+flag, path, "--json")
			assert.Equal(t, 2, got.code)
			assert.Contains(t, got.stderr, "both would write")
		}
		got, _ := virtual(t, market(nil), nil, "-t", "20", "--"+flag, "/dev/stderr")
		assert.Zero(t, got.code)
		assert.Empty(t, got.stdout)
		assert.Contains(t, got.stderr, "\n"+begins)
	}
	got, _ := virtual(t, market(nil), nil, "-t", "20", "--logfile", "-")
	assert.Contains(t, got.stdout, "Starting Locust-compatible")
	assert.NotContains(t, got.stderr, "Starting Locust-compatible")
	got, _ = virtual(t, market(nil), nil, "-t", "20", "--logfile", "/dev/stderr")
	assert.Contains(t, got.stderr, "Starting Locust-compatible")
	for _, prefix := range []string{"-", "/dev/stdout", os.DevNull} {
		got = start(t, market(nil), nil, "--headless", "-t", "20", "--csv", prefix)
		assert.Equal(t, 2, got.code)
		assert.Equal(t, `shop: --csv="`+prefix+`": "`+prefix+`" cannot be that; accepted: the beginning of several file names, such as results/run`+"\n", got.stderr)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Empty(t, names)
}

func TestOutputsThatTakeNoFile(t *testing.T) {
	dir := t.TempDir()
	socket, pipe := filepath.Join(dir, "s.json"), filepath.Join(dir, "run_failures.csv")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	defer listener.Close()
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for _, args := range [][]string{
		{"--json-file", dir + "/"}, {"--json-file", "."}, {"--html", "{u}/"}, {"--logfile", "new/"}, {"--markdown", "~/run.md"}, {"--csv", "~/run"},
		{"--summary-file", socket}, {"--summary-file", dir}, {"--html", socket}, {"--logfile", socket}, {"--logfile", dir},
		{"--junit", "/dev/fd/999"}, {"--csv", filepath.Join(dir, "run")},
	} {
		got := start(t, market(nil), nil, append(args, "--headless", "-t", "20")...)
		assert.Equal(t, 2, got.code, args)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
	}
}

// ended is a run in real time that a test can signal.
type ended struct {
	signals chan os.Signal
	code    chan int
	stderr  transcript
}

// transcript is a text that may be read while it is written.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func begun(t *testing.T, args ...string) *ended {
	t.Helper()
	e := &ended{signals: make(chan os.Signal, 2), code: make(chan int, 1)}
	app := market(nil)
	args = append(args, "--always-on", "--think", "20ms", "-r", "inf", "--exit-code-on-error", "0")
	p := process{args: args, dir: t.TempDir(), stdout: new(bytes.Buffer), stderr: &e.stderr, signals: e.signals, exit: func(int) {}, width: func() int { return 0 }}
	go func() { e.code <- app.run(p) }()
	return e
}

func (e *ended) wait(t *testing.T) int {
	t.Helper()
	select {
	case code := <-e.code:
		return code
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
		return 0
	}
}

func TestSummaryIntoAPipe(t *testing.T) {
	long(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	read := make(chan []byte, 1)
	go func() { text, _ := os.ReadFile(pipe); read <- text }()
	e := begun(t, "--headless", "-t", "1", "--summary-file", pipe)
	assert.Zero(t, e.wait(t), e.stderr.String())
	assert.True(t, json.Valid(<-read), "one whole document")

	e = begun(t, "--headless", "-t", "1", "--summary-file", pipe) // without a reader
	require.Eventually(t, func() bool { return strings.Contains(e.stderr.String(), "is a pipe: waiting up to 1m for a reader") }, time.Minute, 20*time.Millisecond)
	assert.Empty(t, e.code, "it waits")
	e.signals <- syscall.SIGTERM
	assert.Equal(t, 1, e.wait(t))
	inOrder(t, e.stderr.String(), "waiting up to", "Got SIGTERM signal", "not everything could be written", "no process reads this pipe", "Shutting down (exit code 1)")

	go func() { text, _ := os.ReadFile(pipe); read <- text }()
	e = begun(t, "--headless", "-t", "1", "--logfile", pipe)
	assert.Zero(t, e.wait(t), e.stderr.String())
	assert.Contains(t, string(<-read), "Shutting down (exit code 0)")
}

// TestNobodyReadsStandardError: a reader that sleeps keeps no process from its end.
func TestNobodyReadsStandardError(t *testing.T) {
	long(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	signals, code := make(chan os.Signal, 1), make(chan int, 1)
	app := market(nil)
	go func() {
		code <- app.run(process{args: []string{"--headless", "-L", "DEBUG"}, dir: t.TempDir(), stdout: new(bytes.Buffer), stderr: w, signals: signals,
			exit: func(int) {}, width: func() int { return 0 }})
	}()
	fill := make([]byte, 4096)
	require.NoError(t, w.SetWriteDeadline(time.Now().Add(time.Second)))
	for err == nil {
		_, err = w.Write(fill) // until there is no room
	}
	require.NoError(t, w.SetWriteDeadline(time.Time{}))
	signals <- syscall.SIGTERM
	select {
	case got := <-code:
		assert.Zero(t, got)
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}

// TestTwoRunsOfOneName: of two processes that would write the same file one is
// refused, whatever file it is, and the next one may.
func TestTwoRunsOfOneName(t *testing.T) {
	dir := t.TempDir()
	for flag := range fileFlags {
		path := filepath.Join(dir, flag)
		unlock, err := output.Lock(map[bool]string{true: path + ".json", false: path}[flag == "json-file"])
		require.NoError(t, err)
		got := start(t, market(nil), nil, "--headless", "-t", "9", "--"+flag, path)
		assert.Equal(t, 2, got.code, flag)
		assert.Equal(t, "shop: --"+flag+"="+setting.Quote(path)+": another process writes there; accepted: a separate name for each run\n", got.stderr)
		unlock()
	}
	prefix := filepath.Join(dir, "run")
	e := begun(t, "--headless", "-t", "60", "--csv", prefix)
	require.Eventually(t, func() bool { _, err := os.Stat(prefix + "_stats.csv"); return err == nil }, time.Minute, time.Millisecond)
	got := start(t, market(nil), nil, "--headless", "-t", "9", "--csv", prefix)
	assert.Equal(t, 2, got.code)
	assert.Equal(t, "shop: --csv="+setting.Quote(prefix)+": another process writes there; accepted: a separate name for each run\n", got.stderr)
	e.signals <- syscall.SIGTERM
	assert.Zero(t, e.wait(t), e.stderr.String())
	got, _ = virtual(t, market(nil), nil, "-t", "9", "--csv", prefix)
	assert.Zero(t, got.code, got.stderr)
	locks, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	require.NoError(t, err)
	assert.Empty(t, locks)
}

// TestTwoRunsOfOneLog: both are whole, line by line.
func TestTwoRunsOfOneLog(t *testing.T) {
	long(t)
	path := filepath.Join(t.TempDir(), "log")
	a, b := begun(t, "--headless", "-t", "1", "--logfile", path), begun(t, "--headless", "-t", "1", "--logfile", path)
	assert.Zero(t, a.wait(t)+b.wait(t))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(content), "Shutting down (exit code 0)\n"))
	for line := range strings.Lines(string(content)) {
		assert.Regexp(t, `^\[\d{4}-.*\n$`, line)
	}
}
