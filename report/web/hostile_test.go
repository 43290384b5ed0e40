package web_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// raw sends a path that no client would send.
func (s *site) raw(path string) *http.Response {
	s.t.Helper()
	at, err := url.Parse(s.url)
	require.NoError(s.t, err)
	conn, err := net.Dial("tcp", at.Host)
	require.NoError(s.t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: " + at.Host + "\r\nConnection: close\r\n\r\n"))
	require.NoError(s.t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(s.t, err)
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	require.NoError(s.t, err)
	assert.NotContains(s.t, body.String(), "root:", path)
	assert.NotContains(s.t, body.String(), "package web", path)
	return resp
}

// TestPathTraversal asks for files outside the page: there are none, and no
// redirect leads away.
func TestPathTraversal(t *testing.T) {
	_, s := running(t, time.Second)
	for _, path := range []string{
		"/assets/../../../../../../etc/passwd", "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/guard.go", "/assets/..%5cguard.go",
		"/assets/..\\guard.go", "/assets/", "/assets/.", "/assets/..", "/assets/main.js%00.css", "/assets/main.js/", "/assets//etc/passwd", "/assets/%2fetc%2fpasswd",
		"/../guard.go", "/..;/guard.go", "/stats/requests/../../guard.go", "/%2e%2e/%2e%2e/etc/passwd", "//evil.example/%2e%2e", "//evil.example", "/\\evil.example",
		"/stats/requests_full_history/csv/../../../etc/passwd", "http://evil.example/assets/../x", "/./%2e/etc/passwd", "/file:///etc/passwd",
	} {
		resp := s.raw(path)
		assert.Contains(t, []int{301, 307, 308, 400, 403, 404}, resp.StatusCode, path)
		to, err := url.Parse(resp.Header.Get("Location"))
		require.NoError(t, err)
		assert.Empty(t, to.Host, "%s leads to %s", path, to)
		assert.False(t, strings.HasPrefix(to.Path, "//") || strings.HasPrefix(to.Path, `/\`), "%s leads to %s", path, to)
	}
}

// TestGreedyClients: no client holds a connection open by sending slowly, and
// none sends without end.
func TestGreedyClients(t *testing.T) {
	_, s := running(t, time.Second)
	server := web.NewServer(s.h, s.h)
	for name, d := range map[string]time.Duration{"header": server.ReadHeaderTimeout, "request": server.ReadTimeout, "answer": server.WriteTimeout, "idle": server.IdleTimeout} {
		assert.Positive(t, d, name)
		assert.LessOrEqual(t, d, 2*time.Minute, name)
	}
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, s.get("/", "X", strings.Repeat("x", 100<<10)).code)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, s.get("/?"+strings.Repeat("x", 100<<10)).code)
}

// piped is a listener for one client in virtual time.
type piped struct {
	conns chan net.Conn
	once  sync.Once
}

func (p *piped) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p *piped) Close() error {
	p.once.Do(func() { close(p.conns) })
	return nil
}

func (p *piped) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// TestSlowClients sends a byte a second, in the header and in a form: both lose
// the connection before the text is there.
func TestSlowClients(t *testing.T) {
	const head = "POST /swarm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
	for name, at := range map[string]int{"header": 0, "form": len(head)} {
		synctest.Test(t, func(t *testing.T) {
			load := fake.New(fake.Todo(), nil)
			h, err := web.New(load, web.Options{Control: load})
			require.NoError(t, err)
			server := web.NewServer(h, h)
			client, conn := net.Pipe()
			listener := &piped{conns: make(chan net.Conn, 1)}
			listener.conns <- conn
			ended := make(chan error)
			go func() { ended <- server.Serve(listener) }()
			go io.Copy(io.Discard, client)

			began, text := time.Now(), head+strings.Repeat("x", 1000)
			_, err = client.Write([]byte(text[:at]))
			for ; err == nil; at++ {
				_, err = client.Write([]byte{text[at]})
				time.Sleep(time.Second)
			}
			assert.Less(t, time.Since(began), time.Minute, name)
			assert.Equal(t, report.Ready, load.State(), name)
			require.NoError(t, client.Close())
			require.NoError(t, server.Close())
			require.ErrorIs(t, <-ended, http.ErrServerClosed)
			h.Close()
		})
	}
}

// TestSecretsAreComparedInConstantTime reads the code: secrets are compared
// with "" at most, and what admits a client compares hashes, whose length is
// fixed, by crypto/subtle.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	secret := func(x ast.Expr) bool {
		s, ok := x.(*ast.SelectorExpr)
		return ok && (s.Sel.Name == "Password" || s.Sel.Name == "Token" || s.Sel.Name == "login" || s.Sel.Name == "token")
	}
	harmless := func(x ast.Expr) bool {
		id, isID := x.(*ast.Ident)
		text, isText := x.(*ast.BasicLit)
		return isID && id.Name == "nil" || isText && text.Value == `""`
	}
	constant, comparisons := 0, 0
	inspect := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && (secret(n.X) || secret(n.Y)) {
				comparisons++
				assert.True(t, harmless(n.X) || harmless(n.Y), "a secret is compared by %s", n.Op)
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "ConstantTimeCompare" {
				constant++
			}
		}
		return true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, inspect)
	}
	assert.Equal(t, 1, constant, "one place compares")
	assert.Positive(t, comparisons, "the check finds what it looks for")
}
