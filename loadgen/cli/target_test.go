package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/scenario"
)

// seenBy is what the target saw of a request.
type seenBy struct {
	Host, Proto, Token, Extra string
	Certificate               bool
}

func showing(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(seenBy{
		Host: r.Host, Proto: r.Proto, Token: r.Header.Get("Authorization"), Extra: strings.Join(r.Header["X-Extra"], "|"),
		Certificate: r.TLS != nil && len(r.TLS.PeerCertificates) > 0,
	})
}

// client is what a program gets from its settings, given these arguments.
func client(t *testing.T, p process) (*httpclient.Client, error) {
	t.Helper()
	var web *httpclient.Client
	app := shop()
	app.New = func(_ context.Context, s Settings) (job *Job, err error) {
		web, err = httpclient.New(s.Client())
		return &Job{Client: web, NewUser: func(scenario.Env) (scenario.User, error) { return shopper{}, nil }}, err
	}
	var stderr bytes.Buffer
	p.dir, p.stdout, p.stderr, p.exit, p.width = t.TempDir(), io.Discard, &stderr, func(int) {}, func() int { return 0 }
	p.args = append(p.args, "--plan")
	if app.run(p) != exitOK {
		return nil, &setting.Error{Where: strings.TrimPrefix(strings.TrimSpace(stderr.String()), "shop: ")}
	}
	t.Cleanup(web.Close)
	return web, nil
}

// asked is what a target sees of a client made with these arguments.
func asked(t *testing.T, p process) (got seenBy, err error) {
	t.Helper()
	web, err := client(t, p)
	require.NoError(t, err)
	r := web.Get(t.Context(), "/")
	if err := r.Err(); err != nil {
		return got, err
	}
	return got, r.JSON(&got)
}

func secureServer(t *testing.T, config *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(showing))
	server.TLS, server.EnableHTTP2 = config, true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestHeadersOfAllRequests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(showing))
	defer server.Close()
	for _, wire := range []string{"net/http", "fast"} {
		got, err := asked(t, process{args: []string{"-H", server.URL, "--wire", wire, "--header", "Host: shop.example", "--header=authorization: Bearer a", "--header", "X-Extra:1, 2", "--header", "x-extra: 3"}})
		require.NoError(t, err)
		assert.Equal(t, seenBy{Host: "shop.example", Proto: "HTTP/1.1", Token: "Bearer a", Extra: "1, 2|3"}, got)
		got, err = asked(t, process{args: []string{"-H", server.URL, "--wire", wire}, env: map[string]string{"LOAD_BEARER_TOKEN": "b", "LOAD_HEADER": "X-Extra: 1\r\nX-Extra: 2\n"}})
		require.NoError(t, err)
		assert.Equal(t, "Bearer b", got.Token)
		assert.Equal(t, "1|2", got.Extra)
	}
	app := shop()
	c, err := app.configure(process{args: []string{"--header", "X: 1", "Shopper"}, dir: t.TempDir()})
	require.NoError(t, err)
	assert.Equal(t, []string{"Shopper"}, c.table.Args(), "a header is one word, unlike Locust's lists")
}

func TestTLSOfTheTarget(t *testing.T) {
	cert, key, pool := certificate(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	target := secureServer(t, &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven})
	both := filepath.Join(t.TempDir(), "both.pem")
	var text []byte
	for _, path := range []string{cert, key} {
		part, err := os.ReadFile(path)
		require.NoError(t, err)
		text = append(text, part...)
	}
	write(t, both, string(text))
	for _, wire := range []string{"net/http", "fast"} {
		ask := func(args ...string) (seenBy, error) {
			return asked(t, process{args: append(args, "-H", target.URL, "--wire", wire)})
		}
		_, err = ask()
		assert.EqualError(t, err, "GET /: tls: certificate")
		for _, args := range [][]string{{"-k"}, {"--insecure"}, {"--cacert", cert}} {
			got, err := ask(args...)
			require.NoError(t, err, args)
			assert.Equal(t, seenBy{Host: strings.TrimPrefix(target.URL, "https://"), Proto: "HTTP/1.1"}, got)
		}
		for _, args := range [][]string{{"-k", "--cert", cert, "--key", key}, {"-k", "--cert", both}} {
			got, err := ask(args...)
			require.NoError(t, err, args)
			assert.True(t, got.Certificate)
		}
	}
	got, err := asked(t, process{args: []string{"-k", "--http2", "-H", target.URL}})
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2.0", got.Proto)
}

func TestProxyOfTheTarget(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(seenBy{Host: "proxy for " + r.URL.Host})
	}))
	defer proxy.Close()
	via, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	environment := func(r *http.Request) (*url.URL, error) {
		if r.URL.Hostname() == "direct.invalid" {
			return nil, nil
		}
		return via, nil
	}
	for _, p := range []process{
		{args: []string{"--proxy", proxy.URL}},
		{args: []string{"--proxy", via.Host}},
		{env: map[string]string{"LOAD_PROXY": proxy.URL}},
		{proxy: environment},
	} {
		p.args = append(p.args, "-H", "http://shop.invalid")
		got, err := asked(t, p)
		require.NoError(t, err)
		assert.Equal(t, "proxy for shop.invalid", got.Host)
		web, err := client(t, p)
		require.NoError(t, err)
		assert.Empty(t, unreachable(t.Context(), web), "only the proxy can resolve it")
	}
	direct, err := client(t, process{args: []string{"-H", "http://direct.invalid", "--wire=fast"}, proxy: environment})
	require.NoError(t, err)
	assert.NotEmpty(t, unreachable(t.Context(), direct))
	none, err := client(t, process{args: []string{"-H", "http://shop.invalid", "--proxy=", "--own-connections"}, proxy: environment})
	require.NoError(t, err)
	assert.NotEmpty(t, unreachable(t.Context(), none))
	_, err = client(t, process{args: []string{"-H", "http://shop.invalid", "--wire=fast"}, proxy: environment})
	require.EqualError(t, err, "HTTP_PROXY or HTTPS_PROXY names "+proxy.URL+`: cannot stand with --wire="fast", which goes straight to the target; accepted: --proxy= for none, or the host in NO_PROXY`)
	broken := func(*http.Request) (*url.URL, error) { return nil, &url.Error{URL: "http://me:secret@[", Err: io.EOF} }
	_, err = client(t, process{args: []string{"-H", "http://shop.invalid"}, proxy: broken})
	require.EqualError(t, err, "HTTP_PROXY or HTTPS_PROXY: is not a URL; accepted: "+acceptsProxy)
}

// TestCompressed asks for gzip, and the script sees what was in it.
func TestCompressed(t *testing.T) {
	var asked atomic.Value
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		io.WriteString(zip, "unpacked")
		zip.Close()
	}))
	defer target.Close()
	for _, wire := range []string{"net/http", "fast"} {
		for _, p := range []process{{args: []string{"--compressed"}}, {env: map[string]string{"LOAD_COMPRESSED": "true"}}} {
			p.args = append(p.args, "-H", target.URL, "--wire", wire)
			web, err := client(t, p)
			require.NoError(t, err)
			assert.Equal(t, "unpacked", string(web.Get(t.Context(), "/").Body()))
			assert.Equal(t, "gzip", asked.Load())
		}
	}
}

func TestUnixSocketOfTheTarget(t *testing.T) {
	dir, err := os.MkdirTemp("", "sock")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(showing)}
	go server.Serve(listener)
	defer server.Close()
	for _, wire := range []string{"net/http", "fast"} {
		got, err := asked(t, process{args: []string{"-H", "http://app.internal", "--unix-socket", path, "--wire", wire}})
		require.NoError(t, err)
		assert.Equal(t, "app.internal", got.Host)
	}
}

// TestBadTargetSettingsAreRefused: one line, exit code 2, and never a secret.
func TestBadTargetSettingsAreRefused(t *testing.T) {
	cert, key, _ := certificate(t)
	_, otherKey, _ := certificate(t)
	junk := filepath.Join(t.TempDir(), "junk.pem")
	write(t, junk, "no PEM")
	locked, lockedToo := filepath.Join(t.TempDir(), "locked.pem"), filepath.Join(t.TempDir(), "too.pem")
	write(t, locked, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	write(t, lockedToo, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--header", "s3cr3t"}, `--header="xxxxx"; accepted: Name: value`},
		{[]string{"--header", "Transfer-Encoding: s3cr3t"}, `--header="Transfer-Encoding: xxxxx": header Transfer-Encoding cannot be set`},
		{[]string{"--header", "Content-Length: 3"}, "header Content-Length cannot be set for all requests; accepted: Name: value"},
		{[]string{"--header", "X Y: s3cr3t"}, `header name "X Y" is invalid`},
		{[]string{"--header", ": s3cr3t"}, `header name "" is invalid`},
		{[]string{"--header", "X: s3cr3t\x01"}, "header X has a control character"},
		{[]string{"--header", "Host: a", "--header", "host: b"}, "header Host has 2 values: want one"},
		{[]string{"--header", "Upgrade: s3cr3t", "--http2"}, "header Upgrade does not exist in HTTP/2"},
		{[]string{"--header", "Authorization: s3cr3t", "--oauth2-bearer=s3cr3t"}, `--oauth2-bearer="xxxxx": a header Authorization is given too; accepted: one of them`},
		{[]string{"--oauth2-bearer", "s3cr3t\x01"}, `--oauth2-bearer="xxxxx": has a control character`},
		{[]string{"--cacert", "absent.pem"}, `--cacert="absent.pem": no such file or directory; accepted: the path of a PEM file`},
		{[]string{"--cacert", junk}, "has no certificate in PEM"},
		{[]string{"--cacert", key}, "has no certificate in PEM"},
		{[]string{"--cert", "absent.pem"}, `--cert="absent.pem": "absent.pem": no such file or directory; accepted: a certificate and its key, unencrypted, as PEM files`},
		{[]string{"--cert", cert, "--key", "absent.pem"}, `"absent.pem": no such file or directory`},
		{[]string{"--cert", cert, "--key", otherKey}, "private key does not match public key"},
		{[]string{"--cert", cert, "--key", locked}, "the key is encrypted; accepted: a certificate and its key, unencrypted, as PEM files"},
		{[]string{"--cert", cert, "--key", lockedToo}, "the key is encrypted"},
		{[]string{"--cert", junk, "--key", key}, "failed to find any PEM data"},
		{[]string{"--cert", cert}, "found a certificate rather than a key"},
		{[]string{"--key", key}, "it has no certificate; accepted: --cert too"},
		{[]string{"--insecure=maybe"}, `--insecure="maybe"; accepted: true`},
		{[]string{"--proxy", "ftp://me:s3cr3t@proxy"}, `--proxy="ftp://me:xxxxx@proxy"; accepted: http://host:port`},
		{[]string{"--proxy", "http://me:s3cr3t@[::1"}, `--proxy="http://me:xxxxx@[::1"`},
		{[]string{"--proxy", "http://me:s3cr3t@p:1", "--wire=fast"}, `--proxy="http://me:xxxxx@p:1": cannot stand with --wire="fast", which goes straight to the target`},
		{[]string{"--proxy", "http://p:1", "--own-connections"}, "cannot stand with --own-connections"},
		{[]string{"--proxy", "http://p:1", "--unix-socket=/s"}, `cannot stand with --unix-socket="/s"`},
		{[]string{"--http2", "--host=http://shop.example"}, `--http2="true": needs an https target, and --host="http://shop.example" is not`},
		{[]string{"--http2", "--host=https://shop.example", "--wire=fast"}, "which speaks HTTP/1.1"},
		{[]string{"--http2", "--http1.1", "--host=https://shop.example"}, "accepted: one of them"},
		{[]string{"--unix-socket", "."}, `--unix-socket=".": is not a socket; accepted: the path of one, which may come later`},
		{[]string{"--unix-socket", "target.go"}, `--unix-socket="target.go": is not a socket`},
		{[]string{"--unix-socket", strings.Repeat("x", 200)}, "UnixSocket has 200 bytes: want at most 103"},
		{[]string{"--idle-timeout=-1"}, `--idle-timeout="-1"; accepted: a time such as 250ms`},
	} {
		got := start(t, shop(), nil, c.args...)
		assert.Equal(t, 2, got.code, c.args)
		assert.Contains(t, got.stderr, c.want)
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
		assert.NotContains(t, got.stderr, "s3cr3t")
		assert.Empty(t, got.stdout)
	}
}

// TestWayWithoutEffect: a program that makes its client itself gets a line about it, without secrets;
// one with options of these names keeps them.
func TestWayWithoutEffect(t *testing.T) {
	got, _ := virtual(t, market(nil), map[string]string{"LOAD_BEARER_TOKEN": "s3cr3t"}, "--run-time=1", "--header", "X-Key: s3cr3t", "--idle-timeout=1s")
	assert.Zero(t, got.code)
	for _, setting := range []string{`--header="X-Key: xxxxx"`, `LOAD_BEARER_TOKEN="xxxxx"`, `--idle-timeout="1s"`} {
		assert.Contains(t, got.stderr, setting+" has no effect: this program makes its client without cli.Settings.Client")
	}
	assert.NotContains(t, got.stderr, "s3cr3t")

	app := market(nil)
	var own string
	app.Options = []setting.Option{{Flag: "key", Env: []string{"LOAD_OWN_KEY"}, Short: "k", Set: setting.Var(&own, setting.Text)}}
	got, _ = virtual(t, app, nil, "--run-time=1", "-k", "mine")
	assert.Zero(t, got.code, got.stderr)
	assert.Equal(t, "mine", own)
}

func TestIdleTimeoutIsPassedOn(t *testing.T) {
	app := shop()
	app.New = func(_ context.Context, s Settings) (*Job, error) {
		assert.Equal(t, 200*time.Millisecond, s.Client().IdleTimeout)
		return nil, io.EOF
	}
	start(t, app, map[string]string{"LOAD_IDLE_TIMEOUT": "200ms"})
	assert.Equal(t, httpclient.Config{Host: "http://h"}, Settings{Host: "http://h"}.Client())
}
