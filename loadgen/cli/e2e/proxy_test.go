package e2e

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// kept are the proxy's line and the program's flag, from the guide, for a proxy
// that keeps the prefix.
func kept(t *testing.T) (line string, args []string) {
	t.Helper()
	m := regexp.MustCompile("keeps it has `(proxy_pass [^`]*;)` and the\\s+program `(--web-base-path \\S+)`").FindStringSubmatch(guide(t))
	require.NotNil(t, m)
	return m[1], strings.Fields(m[2])
}

// variables are those that the guide gives a program after a proxy.
func variables(t *testing.T) []string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^    (LOAD_WEB_TOKEN=)\.\.\. (LOAD_WEB_ALLOWED_HOSTS=\S+)$`).FindStringSubmatch(guide(t))
	require.NotNil(t, line)
	return []string{line[1] + "sesame", line[2]}
}

// front is the address that nginx will serve, https://ops.example. The socket is
// open before nginx runs, so that the program can be told of its port.
type front struct {
	*net.TCPListener
	address string // as in a URL, with the port
}

// openFront skips the test where there is no nginx.
func openFront(t *testing.T) front {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
	if _, err := exec.LookPath("nginx"); err != nil {
		t.Skip("nginx is not installed (Debian's package nginx)")
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // nginx has its own copy
	return front{listener, "ops.example:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)}
}

// behind puts nginx before a page, by the configuration of the guide with some
// of its text changed: old, new, old, new.
func (f front) behind(t *testing.T, s *site, change ...string) *site {
	t.Helper()
	cert, key, trust := certificate(t)
	at, _, _ := strings.Cut(strings.TrimPrefix(s.base, "http://"), "/")
	server := block(t, "nginx")
	change = append(change, "listen 443", "listen "+f.Addr().String(), "/etc/ssl/ops.example.pem", cert, "/etc/ssl/ops.example.key", key, "127.0.0.1:8089", at)
	for i := 0; i < len(change); i += 2 {
		require.Contains(t, server, change[i])
		server = strings.ReplaceAll(server, change[i], change[i+1])
	}
	f.run(t, server)
	via := &site{process: s.process, base: "https://" + f.address + "/load"}
	via.client.Transport = &http.Transport{
		TLSClientConfig: trust, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", f.Addr().String())
		},
	}
	return via
}

// run runs nginx until the test ends.
func (f front) run(t *testing.T, server string) {
	t.Helper()
	dir := t.TempDir()
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // others may not enter the folder
	}
	conf := user + "daemon off;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	path := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(path, []byte(conf+server+"}\n"), 0o600))
	socket, err := f.File()
	require.NoError(t, err)
	defer socket.Close()
	nginx := exec.Command("nginx", "-p", dir, "-e", "stderr", "-c", path)
	nginx.Env = []string{"NGINX=3;"} // the open socket, as nginx hands it to its successor
	nginx.ExtraFiles = []*os.File{socket}
	var said strings.Builder
	nginx.Stderr = &said
	require.NoError(t, nginx.Start())
	t.Cleanup(func() {
		_ = nginx.Process.Signal(syscall.SIGTERM)
		_ = nginx.Wait() // the code of a stop by a signal
		if t.Failed() {
			t.Log("nginx: " + said.String())
		}
	})
}

// with adds headers to every request.
type with struct {
	http.RoundTripper
	header map[string]string
}

// RoundTrip implements http.RoundTripper.
func (w with) RoundTrip(r *http.Request) (*http.Response, error) {
	for name, value := range w.header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	return w.RoundTripper.RoundTrip(r)
}

// asking is the same site for a client with other headers.
func (s *site) asking(header map[string]string) *site {
	c := *s
	c.client.Transport = with{s.client.Transport, header}
	return &c
}

// events opens the live stream and sends the state of each frame.
func (s *site) events() <-chan string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.base+"/api/events", nil)
	require.NoError(s.t, err)
	states := make(chan string, 100)
	go func() {
		defer close(states)
		answer, err := s.client.Do(r)
		if err != nil {
			return // the test is over
		}
		defer answer.Body.Close()
		for lines := bufio.NewReader(answer.Body); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if m := regexp.MustCompile(`^data: .*"state":"(\w+)"`).FindStringSubmatch(line); m != nil {
				states <- m[1]
			}
		}
	}()
	return states
}

// shows waits for a frame of a state.
func shows(t *testing.T, states <-chan string, want string) {
	t.Helper()
	for end := time.After(todotest.Patience); ; {
		select {
		case got, open := <-states:
			require.True(t, open, "the stream has ended")
			if got == want {
				return
			}
		case <-end:
			require.Failf(t, "no frame", "of state %q", want)
		}
	}
}

// TestBehindAProxy steers the load through nginx, configured as docs/deploy.md
// says, with TLS and a prefix that nginx removes or keeps.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	line, base := kept(t)
	for name, b := range map[string]struct{ change, args []string }{
		"removed": {},
		"kept":    {[]string{"proxy_pass http://127.0.0.1:8089/;", line}, base},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := openFront(t)
			s := visit(t, variables(t), append([]string{"--autostart=false"}, b.args...)...)
			s = f.behind(t, s, b.change...)
			code, header, _ := s.ask("GET", "/")
			assert.Equal(t, 401, code)
			assert.Contains(t, header.Get("WWW-Authenticate"), "Basic")
			s.client.Transport = bearer{s.client.Transport, "sesame"}
			steers(t, s)
			downloads(t, s)
			s.signal(syscall.SIGTERM)
			assert.Zero(t, s.wait(), s.stderr.String())
		})
	}
}

// steers starts, changes and stops a run as the page does, and sees each by its
// events: none is held back, or the test would wait for it forever.
func steers(t *testing.T, s *site) {
	t.Helper()
	s = s.asking(map[string]string{"Origin": "https://" + strings.Split(s.base, "/")[2], "Sec-Fetch-Site": "same-origin"})
	folder := *s
	folder.base = strings.TrimSuffix(s.base, "/")
	code, _, page := folder.ask("GET", "") // the client follows the redirect to the folder
	require.Equal(t, 200, code, page)
	for _, m := range regexp.MustCompile(`(?:src|href)="(assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		code, _, _ := s.ask("GET", "/"+m[1])
		assert.Equal(t, 200, code, m[1])
	}
	states := s.events()
	shows(t, states, "ready")
	assert.Equal(t, "Swarming started", s.swarm("user_count", "3", "spawn_rate", "50")["message"])
	shows(t, states, "running")
	s.until("running", 3)
	s.requests()
	assert.Equal(t, true, s.swarm("user_count", "6", "spawn_rate", "50")["success"])
	s.until("running", 6)
	assert.Equal(t, "Test stopped", s.get("/stop")["message"])
	shows(t, states, "stopped")
}

// downloads takes the report and the summary away.
func downloads(t *testing.T, s *site) {
	t.Helper()
	code, header, report := s.ask("GET", "/stats/report?download=1")
	assert.Equal(t, 200, code)
	assert.Contains(t, header.Get("Content-Disposition"), "attachment")
	assert.True(t, strings.HasSuffix(strings.TrimSpace(report), "</html>"), "the whole file")
	assert.Contains(t, s.get("/api/summary"), "total")
}

// TestForeignersBehindAProxy: what the page refuses it refuses through a proxy
// too, and no header of a proxy's opens it.
func TestForeignersBehindAProxy(t *testing.T) {
	t.Parallel()
	f := openFront(t)
	s := visit(t, variables(t), "--autostart=false")
	s = f.behind(t, s)
	s.client.Transport = bearer{s.client.Transport, "sesame"}
	for _, b := range []struct {
		want   int
		header map[string]string
	}{
		{200, nil}, // a script
		{200, map[string]string{"Sec-Fetch-Site": "same-origin"}},
		{200, map[string]string{"Origin": "https://" + f.address}},
		{403, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		{403, map[string]string{"Origin": "https://evil.example"}},
		{403, map[string]string{"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}},
		{403, map[string]string{"Host": "evil.example", "X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1"}},
	} {
		code, _, body := s.asking(b.header).ask("GET", "/stop")
		assert.Equal(t, b.want, code, "%v: %s", b.header, body)
	}
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
}

// TestAProxyThatChangesTheHost: the page's own requests look foreign to it until
// it trusts the origin. Browsers that say Sec-Fetch-Site are taken at their word.
func TestAProxyThatChangesTheHost(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		t.Run(strconv.FormatBool(trusted), func(t *testing.T) {
			t.Parallel()
			f := openFront(t)
			var env []string
			want := 403
			if trusted {
				env, want = []string{"LOAD_WEB_TRUSTED_ORIGINS=https://" + f.address}, 200
			}
			s := f.behind(t, visit(t, env, "--autostart=false"), "proxy_set_header Host $http_host;", "")
			code, _, _ := s.asking(map[string]string{"Origin": "https://" + f.address}).ask("GET", "/stop")
			assert.Equal(t, want, code)
			code, _, _ = s.asking(map[string]string{"Sec-Fetch-Site": "same-origin"}).ask("GET", "/stop")
			assert.Equal(t, 200, code)
		})
	}
}

// TestANameThatIsNotAllowed: the page says which setting allows it.
func TestANameThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	f := openFront(t)
	s := f.behind(t, visit(t, nil, "--autostart=false"))
	code, _, body := s.ask("GET", "/")
	assert.Equal(t, 403, code)
	assert.Contains(t, body, "not reached under the name &#34;"+f.address+"&#34;")
	assert.Contains(t, body, "LOAD_WEB_ALLOWED_HOSTS")
}

// TestAProxyThatBuffers: the events' own header suffices for nginx. One that
// buffers all the same holds them back, while /healthz answers: by that
// the page finds out (TestEventsHeldBack, report/web/browsertest).
func TestAProxyThatBuffers(t *testing.T) {
	t.Parallel()
	f, g := openFront(t), openFront(t)
	s := visit(t, variables(t), "--autostart=false", "--web-token=")
	shows(t, f.behind(t, s, "proxy_buffering off;", "").events(), "ready")
	buffered := g.behind(t, s, "proxy_buffering off;", "proxy_ignore_headers X-Accel-Buffering;")
	select {
	case state := <-buffered.events():
		assert.Fail(t, "nginx did not hold the event back", state)
	case <-time.After(3 * time.Second):
	}
	code, _, body := buffered.ask("GET", "/healthz")
	assert.Equal(t, 200, code, body)
}
