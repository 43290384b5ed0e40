package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// write makes a file.
func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

// shop is a program with two tasks that send nothing.
func shop() App {
	return App{
		Name: "shop", Version: "1.2.3", User: "Shopper",
		New: func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return shopper{}, nil }}, nil
		},
		HostOptional: true,
	}
}

// shopper has two tasks that fail with err, or succeed.
type shopper struct{ err error }

func (s shopper) Tasks() []scenario.Task {
	do := func(context.Context) error { return s.err }
	return []scenario.Task{{Name: "list", Weight: 30, Do: do}, {Name: "buy", Weight: 10, Do: do}}
}

// configured reads settings from a command line and variables.
func configured(t *testing.T, app App, args []string, env map[string]string) (*config, error) {
	t.Helper()
	return app.configure(process{args: args, env: env, dir: t.TempDir()})
}

// options are all options of a program that adds none.
func options() *setting.Table {
	app := shop()
	return setting.NewTable(app.sections(new(values))...)
}

// line is what all options are set to, in one line, without where that came from.
func (v *values) line() string {
	var out strings.Builder
	var walk func(reflect.Value)
	walk = func(x reflect.Value) {
		if read := x.FieldByName("V"); read.IsValid() {
			fmt.Fprintf(&out, "%+v ", read)
			return
		}
		for i := range x.NumField() {
			if x.Field(i).Kind() == reflect.Struct {
				walk(x.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(*v))
	return out.String()
}

// words splits a command line.
func words(line string) []string { return strings.Fields(line) }

// measured is a user whose every task is one operation of 20 ms.
type measured struct{ err error }

func (m measured) Tasks() []scenario.Task {
	task := func(name string) scenario.Task {
		op := report.Op{Method: "GET", Name: "/" + name}
		return scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			return measure.Do(ctx, op, func(context.Context) error {
				time.Sleep(20 * time.Millisecond)
				return m.err
			})
		}}
	}
	return []scenario.Task{task("list"), task("buy")}
}

// market is a program whose every task fails with err, or succeeds.
func market(err error) App {
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return measured{err}, nil }}, nil
	}
	return app
}

// virtual runs a program without a page in a bubble, where an hour takes no
// time.
func virtual(t *testing.T, app App, env map[string]string, args ...string) (got outcome, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got = start(t, app, env, append(args, "--headless")...)
		took = time.Since(began)
	})
	return got, took
}

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

// outcome is what a start of the command leaves.
type outcome struct {
	code           int
	stdout, stderr string
}

// start runs a program in the test's process.
func start(t *testing.T, app App, env map[string]string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := app.run(process{
		args: args, env: env, dir: t.TempDir(), stdout: &stdout, stderr: &stderr,
		exit: func(int) {}, width: func() int { return 0 },
	})
	return outcome{code, stdout.String(), stderr.String()}
}

// wire is a listener without sockets, so that a page can be served in a bubble.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// newWire returns a wire without connections.
func newWire() *wire { return &wire{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements net.Listener.
func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (w *wire) Close() error { w.once.Do(func() { close(w.closed) }); return nil }

// Addr implements net.Listener.
func (w *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8089} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case w.conns <- there:
		return here, nil
	case <-w.closed:
		return nil, syscall.ECONNREFUSED
	}
}

// visit is a program with a page, in virtual time, and a client of it.
type visit struct {
	t        *testing.T
	client   http.Client
	signals  chan os.Signal
	listened []string // addresses asked for
	base     string
}

// left is what is left of the phase, seconds.
func (v *visit) left() any {
	return v.object("/stats/requests")["run"].(map[string]any)["phase_left_s"]
}

// visiting runs a program while the test looks at its page. The program must
// end in the end, by itself or by a signal.
func visiting(t *testing.T, app App, args string, look func(v *visit)) (got outcome, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		v := &visit{t: t, signals: make(chan os.Signal, 2), base: "http://localhost:8089"}
		v.client.Transport = &http.Transport{DialContext: w.dial, DisableKeepAlives: true}
		var stdout, stderr bytes.Buffer
		began := time.Now()
		var program sync.WaitGroup
		program.Go(func() {
			got.code = app.run(process{
				args: words(args), dir: t.TempDir(), stdout: &stdout, stderr: &stderr, signals: v.signals,
				exit: func(int) {}, width: func() int { return 0 },
				listen: func(_, address string) (net.Listener, error) { v.listened = append(v.listened, address); return w, nil },
			})
			took = time.Since(began)
		})
		synctest.Wait()
		look(v)
		program.Wait()
		got.stdout, got.stderr = stdout.String(), stderr.String()
	})
	return got, took
}

// get asks for a path and returns status and body.
func (v *visit) get(path string) (int, string) {
	v.t.Helper()
	answer, err := v.client.Get(v.base + path)
	require.NoError(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	return answer.StatusCode, string(body)
}

// object is the JSON object at a path.
func (v *visit) object(path string) map[string]any {
	v.t.Helper()
	code, body := v.get(path)
	require.Equal(v.t, 200, code, body)
	return object(v.t, body)
}

// object reads a JSON object.
func object(t *testing.T, text string) (found map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &found), text)
	return found
}

// swarm posts a form to /swarm and returns the answer.
func (v *visit) swarm(fields ...string) map[string]any {
	v.t.Helper()
	form := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	answer, err := v.client.PostForm(v.base+"/swarm", form)
	require.NoError(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	return object(v.t, string(body))
}

// state is the state and the number of users, once what runs now has settled.
func (v *visit) state() string {
	v.t.Helper()
	synctest.Wait()
	stats := v.object("/stats/requests")
	return stats["state"].(string) + " " + strconv.Itoa(int(stats["user_count"].(float64)))
}

// terminate sends the program a signal.
func (v *visit) terminate() { v.signals <- syscall.SIGTERM }

// slogTo is a log in text.
func slogTo(w io.Writer) *slog.Logger {
	return slog.New(terminal.NewLogHandler(w, slog.LevelInfo, "shop"))
}

// set is a setting with a value.
func set[T any](value T) setting.Value[T] { return setting.Value[T]{V: value} }

// locustRow is what the tests read of a row of Locust's JSON.
type locustRow struct {
	NumRequests          int64            `json:"num_requests"`
	NumFailures          int64            `json:"num_failures"`
	NumReqsPerSec        map[int64]int64  `json:"num_reqs_per_sec"`
	NumFailPerSec        map[int64]int64  `json:"num_fail_per_sec"`
	ResponseTimes        map[int64]uint64 `json:"response_times"`
	TotalResponseTime    float64          `json:"total_response_time"`
	StartTime            float64          `json:"start_time"`
	LastRequestTimestamp float64          `json:"last_request_timestamp"`
}

// fewer is how often to repeat a test: with -short a tenth of the times.
func fewer(times int) int {
	if testing.Short() {
		return times / 10
	}
	return times
}

// long skips with -short a test that takes a second or more.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}

// planted is a secret that no output may hold.
const planted = "S3CRET-9f"

// plantings are values that hold it.
var plantings = []string{
	"http://u:" + planted + "@127.0.0.1:1", "u:" + planted + "@127.0.0.1", "http://127.0.0.1:1/?token=" + planted, "http://" + planted + "-of-an-account@127.0.0.1:1",
	"ftp://u:" + planted + "@h", "http://u:" + planted + "@[::1", "http://u:" + planted + "@h:99999", "//u:a@b" + planted + "@h",
}
