package cli

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/csv"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
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

// paced is a user whose one operation takes a while: without end with a time below 0.
type paced struct{ takes time.Duration }

func (p paced) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error { return p.ask(ctx, "visit") }}}
}

func (p paced) ask(ctx context.Context, name string) error {
	return measure.Do(ctx, report.Op{Name: name}, func(ctx context.Context) error {
		if p.takes < 0 {
			<-ctx.Done()
			return context.Canceled
		}
		select {
		case <-ctx.Done():
			return context.Canceled
		case <-time.After(p.takes):
			return nil
		}
	})
}

// visits are a program whose users are all the same one.
func visits(user scenario.User) App {
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return user, nil }}, nil
	}
	return app
}

// sheet reads a CSV file.
func sheet(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.Count(string(content), "\n"), strings.Count(string(content), "\r\n"), "lines end as Locust's do")
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	return rows
}

// summaryIn reads a Summary from a file.
func summaryIn(t *testing.T, path string) *report.Summary {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := new(report.Summary)
	require.NoError(t, json.Unmarshal(content, sum))
	return sum
}

// whole reads a number whose thousands may be set apart.
func whole(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(regexp.MustCompile(`\D`).ReplaceAllString(text, ""), 10, 64)
	require.NoError(t, err)
	return n
}

// traced is what a part of tests has seen.
type traced struct {
	calls            []string
	setup            part.Setup
	requests         int
	conclusion       part.Conclusion
	lost             string
	routes           []part.Route
	refusal, failure error
	stop             func(context.Context) error
	env              string // as Wanted sees it: on, off or nothing
	level            setting.Value[int]
}

func (t *traced) note(what string) { t.calls = append(t.calls, what) }

func (t *traced) BeginRun(measure.Run) measure.RunObserver { t.note("run"); return t }

func (t *traced) BeginPhase(int, report.PhaseInfo) {}

func (t *traced) Watch(*report.Snapshot) {}

func (t *traced) EndRun(sum *report.Summary) { t.requests = int(sum.Total.Requests) }

func (t *traced) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, nil
}

// tracer is a part that follows runs and reads the log.
func tracer(t *traced) part.Part {
	return part.Part{
		Name: "Tracer", Help: "Where requests go.",
		Options: []setting.Option{
			{Flag: "trace", Env: []string{"LOAD_TRACE"}, Switch: true, Help: "send traces", Set: setting.Check(setting.Bool)},
			{Flag: "trace-level", Env: []string{"LOAD_TRACE_LEVEL"}, Default: "3", Help: "how much", Set: setting.Into(&t.level, setting.Int)},
		},
		Wanted: func(asked bool) (bool, string) {
			return (asked || t.env == "on") && t.env != "off", "TRACE switches it off"
		},
		Check: func() error { t.note("check"); return t.refusal },
		Log:   func(h slog.Handler) slog.Handler { return h.WithAttrs([]slog.Attr{slog.String("by", "tracer")}) },
		Start: func(_ context.Context, s part.Setup) (part.Running, error) {
			t.note("start")
			t.setup = s
			return part.Running{
				Observer: t,
				Routes:   t.routes,
				Conclude: func(_ context.Context, c part.Conclusion) { t.note("conclude"); t.conclusion = c },
				Losses:   func() string { return t.lost },
				Stop: func(ctx context.Context) error {
					t.note("stop")
					if t.stop != nil {
						return t.stop(ctx)
					}
					return nil
				},
			}, t.failure
		},
	}
}

// plain is a part that an option of text asks for.
func plain(name string, observer measure.Observer) part.Part {
	return part.Part{
		Name:    name,
		Options: []setting.Option{{Flag: strings.ToLower(name), Help: "to this file", Set: setting.Check(setting.Text)}},
		Start: func(context.Context, part.Setup) (part.Running, error) {
			return part.Running{Observer: observer}, nil
		},
	}
}

// halfHung answers one operation, and never the other.
type halfHung struct{}

func (halfHung) Tasks() []scenario.Task { return append(stuck{}.Tasks(), measured{}.Tasks()...) }

// stuck waits until it is cut off.
type stuck struct{}

func (stuck) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "wait", Weight: 1, Do: func(ctx context.Context) error {
		sc := measure.FromContext(ctx)
		sent := sc.Now()
		<-ctx.Done()
		sc.Record(report.Op{Name: "wait"}, sent, sc.Now(), report.CutOff, 0)
		return nil
	}}}
}

// mall is a program with buyers, browsers and two admins.
func mall() App {
	app := shop()
	app.Name, app.User, app.Kinds = "mall", "Mall", []string{"buyer", "browser", "admin"}
	app.New = func(context.Context, Settings) (*Job, error) {
		as := func(scenario.Env) (scenario.User, error) { return measured{}, nil }
		pace := scenario.Between(time.Second, 3*time.Second)
		return &Job{Kinds: []scenario.Kind{
			{Name: "buyer", Weight: 8, NewUser: as, Pace: pace}, {Name: "browser", Weight: 2, NewUser: as, Pace: pace}, {Name: "admin", Count: 2, NewUser: as, Pace: pace},
		}}, nil
	}
	return app
}

// certificate writes a certificate for 127.0.0.1 and its key.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	pool = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool.AddCert(parsed)
	return cert, key, pool
}

// crewed is a part of several processes, for tests.
type crewed struct {
	lead, work  setting.Value[bool]
	setup       part.Setup
	do          func(context.Context, part.Work) error // of a worker
	refusal     error
	fleet       loadgen.Fleet
	await       error
	awaited     bool
	objection   string
	workersMade []report.Worker
}

func (c *crewed) part() part.Part {
	return part.Part{
		Name: "Crew",
		Options: []setting.Option{
			{Flag: "lead", Switch: true, Help: "make the load with workers", Set: setting.Into(&c.lead, setting.Bool)},
			{Flag: "work", Switch: true, Help: "work for another process", Set: setting.Into(&c.work, setting.Bool)},
		},
		Wanted: func(asked bool) (bool, string) { return asked || c.work.V, "" },
		Check:  func() error { return c.refusal },
		Works:  func() bool { return c.work.V },
		Work:   func(ctx context.Context, w part.Work) error { return c.do(ctx, w) },
		Start: func(_ context.Context, s part.Setup) (part.Running, error) {
			c.setup = s
			return part.Running{
				Fleet: c.fleet, Await: func(context.Context) error { c.awaited = true; return c.await },
				Judge:   func(*report.Summary) string { return c.objection },
				Workers: func() []report.Worker { return c.workersMade },
			}, nil
		},
	}
}

// refusing starts a program whose port cannot be had.
func refusing(t *testing.T, app App, err error, args string) (outcome, []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	var asked []string
	code := app.run(process{
		args: words(args), dir: t.TempDir(), stdout: &stdout, stderr: &stderr, width: func() int { return 0 },
		listen: func(_, address string) (net.Listener, error) {
			asked = append(asked, address)
			return nil, &net.OpError{Op: "listen", Err: err}
		},
	})
	return outcome{code, stdout.String(), stderr.String()}, asked
}
