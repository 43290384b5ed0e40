package cli

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

func TestPortBusy(t *testing.T) {
	got, _ := refusing(t, market(nil), syscall.EADDRINUSE, "--autostart=false")
	assert.Equal(t, outcome{1, "", `shop: --web-port="8089": port 8089 is busy; accepted: a free port, 0 for any, or --headless` + "\n"}, got)
	got, _ = refusing(t, market(nil), syscall.EADDRINUSE, "-P 9000")
	assert.Contains(t, got.stderr, `--web-port="9000": port 9000 is busy`)
	got, _ = refusing(t, market(nil), syscall.Errno(10048), "-P 9000")
	assert.Contains(t, got.stderr, `--web-port="9000": port 9000 is busy`, "as Windows says it")
	got, _ = refusing(t, market(nil), errors.New("permission denied"), "--web-port 80 --web-host *")
	assert.Equal(t, outcome{1, "", `shop: --web-host="*" --web-port="80": permission denied; accepted: an address of this machine and a port that may be used` + "\n"}, got)
}

func TestADemonstrationTakesAnyPort(t *testing.T) {
	app := market(nil)
	app.Demo = map[string]string{"run-time": "10"}
	_, asked := refusing(t, app, syscall.EADDRINUSE, "")
	assert.Equal(t, []string{"127.0.0.1:8089", "127.0.0.1:0"}, asked)
	_, asked = refusing(t, app, syscall.EADDRINUSE, "--demo --web-port 8089")
	assert.Equal(t, []string{"127.0.0.1:8089"}, asked, "unless it is named")
}

func TestADemonstrationEndsByItself(t *testing.T) {
	app := market(nil)
	app.Demo = map[string]string{"run-time": "60", "warmup-duration": "30"}
	got, took := visiting(t, app, "", func(v *visit) {
		time.Sleep(20 * time.Second)
		assert.Equal(t, "running 10", v.state())
	})
	assert.Equal(t, time.Minute, took.Round(time.Second))
	assert.Zero(t, got.code)
	assert.NotContains(t, got.stderr, "failures/s", "its tables are its own")
}

func TestAddressOfThePage(t *testing.T) {
	for _, c := range []struct{ host, listen, shown string }{
		{"127.0.0.1", "127.0.0.1:8089", "http://127.0.0.1:8089/"},
		{"", "127.0.0.1:8089", "http://127.0.0.1:8089/"},
		{"*", ":8089", "http://localhost:8089/"},
		{"0.0.0.0", "0.0.0.0:8089", "http://localhost:8089/"},
		{"::", "[::]:8089", "http://localhost:8089/"},
		{"[::1]", "[::1]:8089", "http://[::1]:8089/"},
	} {
		w := webValues{host: set(c.host), port: set(8089)}
		assert.Equal(t, c.listen, w.address(), c.host)
		at, err := net.ResolveTCPAddr("tcp", c.listen)
		require.NoError(t, err)
		if at.IP == nil {
			at.IP = net.IPv6unspecified
		}
		assert.Equal(t, c.shown, w.url(c.listen), c.host)
		assert.Equal(t, c.shown == "http://localhost:8089/", exposed(at), c.host)
	}
	w := webValues{display: set("load.example"), cert: set("x"), basePath: set("/load/")}
	assert.Equal(t, "https://load.example:443/load/", w.url("0.0.0.0:443"))
}

func TestBasePath(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --web-base-path=/load/", func(v *visit) {
		for path, want := range map[string]int{"/": 404, "/stats/requests": 404, "/load/": 200, "/load/stats/requests": 200, "/load": 200, "/loader/": 404} {
			code, _ := v.get(path)
			assert.Equal(t, want, code, path)
		}
		v.terminate()
	})
}

func TestPasswordAndToken(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --web-login --web-user=ann --web-password=se#cret --web-token=tok", func(v *visit) {
		ask := func(header func(*http.Request)) int {
			r, err := http.NewRequest("GET", v.base+"/stop", nil)
			require.NoError(t, err)
			header(r)
			answer, err := v.client.Do(r)
			require.NoError(t, err)
			defer answer.Body.Close()
			return answer.StatusCode
		}
		assert.Equal(t, 401, ask(func(*http.Request) {}))
		assert.Equal(t, 401, ask(func(r *http.Request) { r.SetBasicAuth("ann", "wrong") }))
		assert.Equal(t, 200, ask(func(r *http.Request) { r.SetBasicAuth("ann", "se#cret") }))
		assert.Equal(t, 200, ask(func(r *http.Request) { r.Header.Set("Authorization", "Bearer tok") }))
		v.terminate()
	})
}

func TestSecretsStayOutOfMessages(t *testing.T) {
	got, _ := visiting(t, market(nil), "--autostart=false --web-user=ann --web-password=se#cret --web-token=t0ken", func(v *visit) { v.terminate() })
	assert.NotContains(t, got.stderr, "se#cret")
	assert.NotContains(t, got.stderr, "t0ken")
	help := start(t, shop(), map[string]string{"LOAD_WEB_PASSWORD": "se#cret"}, "--help")
	assert.NotContains(t, help.stdout, "se#cret")
}

func TestForeignOriginsMayNotSteer(t *testing.T) {
	post := func(v *visit, origin string) int {
		r, err := http.NewRequest("POST", v.base+"/swarm", strings.NewReader(url.Values{"user_count": {"1"}, "spawn_rate": {"1"}}.Encode()))
		require.NoError(v.t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		answer, err := v.client.Do(r)
		require.NoError(v.t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	visiting(t, market(nil), "--autostart=false --web-trusted-origins https://ops.example", func(v *visit) {
		assert.Equal(t, 403, post(v, "https://evil.example"))
		assert.Equal(t, "ready 0", v.state())
		assert.Equal(t, 200, post(v, "https://ops.example"))
		assert.Equal(t, 200, post(v, v.base))
		v.terminate()
	})
}

func TestTheTargetStaysUnlessAllowed(t *testing.T) {
	visiting(t, market(nil), "--autostart=false", func(v *visit) {
		answer := v.swarm("user_count", "1", "spawn_rate", "1", "host", "http://127.0.0.1:1")
		assert.Equal(t, false, answer["success"])
		assert.Equal(t, "host", answer["field"])
		assert.Equal(t, "ready 0", v.state())
		v.terminate()
	})
}

func TestCertificateAndKey(t *testing.T) {
	cert, key, _ := certificate(t)
	_, err := configured(t, shop(), []string{"--tls-cert", cert, "--tls-key", key}, nil)
	require.NoError(t, err)
	_, err = configured(t, shop(), []string{"--tls-cert", key, "--tls-key", cert}, nil)
	require.ErrorContains(t, err, "a certificate and its key as PEM files")
	for _, path := range []string{cert, key} { // as an editor saves them
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		write(t, path, "\ufeff"+string(text))
	}
	_, err = configured(t, shop(), []string{"--tls-cert", cert, "--tls-key", key}, nil)
	require.NoError(t, err)
	_, err = configured(t, shop(), []string{"--tls-cert", "/dev/zero", "--tls-key", key}, nil)
	require.ErrorContains(t, err, `"/dev/zero": more than 1 MiB; accepted: a certificate`)
}

// TestProtocolsOfThePage: a client of each is served over TLS.
func TestProtocolsOfThePage(t *testing.T) {
	cert, key, pool := certificate(t)
	c, err := configured(t, shop(), []string{"--tls-cert", cert, "--tls-key", key}, nil)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS, server.EnableHTTP2 = c.values.web.tls(), true
	server.StartTLS()
	defer server.Close()
	for _, protocol := range []string{"http/1.0", "http/1.1", "h2", ""} {
		config := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
		if protocol != "" {
			config.NextProtos = []string{protocol}
		}
		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), config)
		require.NoError(t, err, protocol)
		assert.Equal(t, protocol, conn.ConnectionState().NegotiatedProtocol)
		if protocol != "h2" {
			_, err = io.WriteString(conn, "GET /healthz HTTP/1.0\r\n\r\n")
			require.NoError(t, err)
			answer, err := io.ReadAll(conn)
			require.NoError(t, err)
			assert.Contains(t, string(answer), "404 Not Found")
		}
		require.NoError(t, conn.Close())
	}
}

func TestAnswersAreOneLine(t *testing.T) {
	require.NoError(t, oneLineError(nil))
	assert.EqualError(t, oneLineError(errors.New("a\nb")), "a b")
}

// A container without a shell asks whether the page of another process is there.
func TestHealth(t *testing.T) {
	answers := http.StatusOK
	var asked string
	page := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.WriteHeader(answers)
	}))
	page.StartTLS()
	defer page.Close()
	_, port, err := net.SplitHostPort(page.Listener.Addr().String())
	require.NoError(t, err)
	env := map[string]string{"LOCUST_WEB_PORT": port, "LOCUST_WEB_HOST": "0.0.0.0", "LOCUST_WEB_BASE_PATH": "/load", "LOCUST_TLS_CERT": "any", "LOCUST_TLS_KEY": "any"}
	asks := func(env map[string]string, args ...string) outcome {
		return start(t, shop(), env, append([]string{"health"}, args...)...)
	}

	assert.Equal(t, outcome{}, asks(env))
	assert.Equal(t, "/load/healthz", asked)
	assert.Equal(t, outcome{}, asks(nil, "--url", page.URL+"/other"))
	assert.Equal(t, "/other", asked)
	answers = http.StatusServiceUnavailable
	assert.Equal(t, outcome{1, "", "shop health: not healthy: https://localhost:" + port + "/load/healthz answers 503 Service Unavailable\n"}, asks(env))
	env["LOCUST_HEADLESS"] = "true"
	assert.Equal(t, outcome{}, asks(env), "there is no page")

	gone := asks(nil, "--url", "https://"+porttest.Refusing(t))
	assert.Equal(t, 1, gone.code)
	assert.Contains(t, gone.stderr, "connection refused")
	assert.Equal(t, 1, strings.Count(gone.stderr, "\n"))
	assert.Equal(t, outcome{2, "", "shop health: --url=\"::\"; accepted: " + acceptsURL + "\n"}, asks(nil, "--url", "::"))
}

// set is a setting with a value.
func set[T any](value T) setting.Value[T] { return setting.Value[T]{V: value} }
