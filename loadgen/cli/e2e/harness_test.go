package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/report"
)

// program is the path of examples/todo once it is built.
var program string

// TestMain builds the program, unless -short says to do without it.
func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		os.Exit(m.Run())
	}
	// Under nohup the tests would hand an ignored SIGHUP on; one that is caught is
	// like new in what they start.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	os.Exit(todotest.Main(m, &program, 6, raceFlag))
}

// process is the command while it runs. It sees no variables but those of the
// test, and no configuration files.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr todotest.Output
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
	ctx, cancel := context.WithTimeout(t.Context(), todotest.Patience)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"HOME=" + p.cmd.Dir, "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
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
	return p.stderr.WaitFor(p.t, part)
}

// await waits until a channel is closed.
func (p *process) await(done <-chan struct{}) {
	p.t.Helper()
	select {
	case <-done:
	case <-time.After(todotest.Patience):
		require.Fail(p.t, "waited in vain", "%s", &p.stderr)
	}
}

// signal sends the process a signal.
func (p *process) signal(s os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
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
	return start(t, env, append([]string{"--web-port=0", "-r", "50", "--always-on", "--think", "100ms"}, args...)...).page()
}

// page waits for the page of a process.
func (p *process) page() *site {
	p.t.Helper()
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
	for deadline := time.Now().Add(todotest.Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
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
	for deadline := time.Now().Add(todotest.Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
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

// recorded waits until the summary file of a run, which is written after its first second and
// then every five, shows what is asked for.
func recorded(t *testing.T, file string, shows func(*report.Summary) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat(file)
		return err == nil && shows(todotest.Summary(t, file))
	}, todotest.Patience, 5*time.Millisecond, "the summary file does not show it")
}

// worked: users have come to the end of tasks.
func worked(sum *report.Summary) bool { return sum.Total.Counters.Finished > 0 }

// hung is a target that takes connections and never answers.
func hung(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return "http://" + listener.Addr().String()
}

// freePort returns a port of 127.0.0.1 for what cannot be told to take any, and for what must
// find nothing there: until the test ends it refuses connections but while one listens who
// was given it.
func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(porttest.Reserved(t))
	require.NoError(t, err)
	return port
}

// address finds one on loopback in a line.
func address(line string) string {
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
}

// certificate writes a certificate for 127.0.0.1 and ops.example and its key, and returns who
// trusts it.
func certificate(t *testing.T) (cert, key string, trust *tls.Config) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"ops.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(cert, public, 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(public))
	return cert, key, &tls.Config{RootCAs: pool}
}

// bearer adds a token.
type bearer struct {
	http.RoundTripper
	token string
}

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.RoundTripper.RoundTrip(r)
}

// guide is docs/deploy.md.
func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/deploy.md")
	require.NoError(t, err)
	return string(text)
}

// block returns the only block of a language in the guide.
func block(t *testing.T, language string) string {
	t.Helper()
	_, text, found := strings.Cut(guide(t), "\n```"+language+"\n")
	require.True(t, found, language)
	text, _, _ = strings.Cut(text, "```")
	return text
}
