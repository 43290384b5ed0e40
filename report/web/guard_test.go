package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// changes are the addresses that change something.
var changes = []struct{ method, path, body string }{
	{"POST", "/swarm", "user_count=3&spawn_rate=1"},
	{"GET", "/stop", ""},
	{"GET", "/stats/reset", ""},
	{"POST", "/user", `{"user_class_name":"Todo"}`},
}

// TestCrossOrigin sends what browsers and scripts send.
func TestCrossOrigin(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		allowed bool
	}{
		{"script", nil, true},
		{"own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "SELF"}, true},
		{"typed address", []string{"Sec-Fetch-Site", "none"}, true},
		{"own page, old browser", []string{"Origin", "SELF"}, true},
		{"own link, old browser", []string{"Referer", "SELF/"}, true},
		{"trusted page", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://ops.example"}, true},
		{"other page", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, false},
		{"image on another page", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"sister site", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, false},
		{"other page, old browser", []string{"Origin", "https://evil.example"}, false},
		{"sandboxed frame", []string{"Origin", "null"}, false},
		{"trusted page, plain HTTP", []string{"Referer", "https://ops.example/load/"}, true},
		{"trusted name, other scheme", []string{"Referer", "http://ops.example/load/"}, false},
		{"no address", []string{"Referer", "%zz"}, false},
		{"image that reveals no address, plain HTTP", []string{"Accept-Language", "en"}, false},
		{"the same with an empty language", []string{"Accept-Language", ""}, false},
		{"Node's fetch", []string{"Accept-Language", "*", "Sec-Fetch-Mode", "cors"}, true},
		{"image, old browser", []string{"Referer", "https://evil.example/x"}, false},
		{"prefetch", []string{"Sec-Fetch-Site", "none", "Sec-Purpose", "prefetch;prerender"}, false},
		{"prefetch, old browser", []string{"Purpose", "prefetch"}, false},
	}
	for turn, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, x := range changes {
				if testing.Short() && i != turn%len(changes) {
					continue
				}
				load := fake.New(fake.Todo(), nil)
				require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
				load.Advance(2 * time.Second)
				o := steered(load)
				o.TrustedOrigins = []string{"https://ops.example"}
				s := serve(t, load, o)
				headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
				if x.path == "/user" {
					headers[1] = "application/json"
				}
				for _, h := range tt.headers {
					headers = append(headers, strings.ReplaceAll(h, "SELF", s.url))
				}
				a := s.send(x.method, x.path, x.body, headers...)
				if tt.allowed {
					assert.Less(t, a.code, 300, "%s %s", x.path, a.body)
					continue
				}
				assert.Equal(t, 403, a.code, x.path)
				assert.Equal(t, false, a.object(t)["success"], x.path)
				assert.Equal(t, report.Running, load.State(), x.path)
				assert.Empty(t, load.Run().Changes, x.path)
				assert.Equal(t, 1, load.Run().Number, x.path)
				assert.Equal(t, 200, s.get("/stats/requests", tt.headers...).code, "reading Locust's addresses still works")
				for _, path := range []string{"/api/events", "/api/effect", "/api/summary"} {
					assert.Equal(t, 403, s.get(path, tt.headers...).code, "%s is the page's own", path)
				}
			}
		})
	}
}

// TestTypedOnPlainHTTP types addresses in as people do: the answer says what to do
// instead, and not that they are another site.
func TestTypedOnPlainHTTP(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, steered(load))
	for _, path := range []string{"/stop", "/api/summary"} {
		assert.Contains(t, s.get(path, "Accept-Language", "en").body, "Use the buttons of the page, a script, HTTPS, or localhost.")
		assert.Contains(t, s.get(path, "Accept-Language", "en", "Referer", "http://evil.example/").body, "comes from another site")
	}
}

// TestRebinding sends foreign names over a loopback address.
func TestRebinding(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	code := func(hosts []string, name string) int {
		return serve(t, load, web.Options{Hosts: hosts}).get("/stats/requests", "Host", name).code
	}
	for _, name := range []string{"localhost", "LocalHost:8089", "127.0.0.1:8089", "127.9.9.9", "[::1]:8089", "app.localhost", "localhost."} {
		assert.Equal(t, 200, code(nil, name), name)
	}
	for _, name := range []string{"evil.example", "evil.example:8089", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.9"} {
		assert.Equal(t, 403, code(nil, name), name)
		assert.Equal(t, 200, code([]string{"*"}, name), name)
	}
	assert.Equal(t, 200, code([]string{"ops.example"}, "Ops.Example:8089"))
	assert.Equal(t, 403, code([]string{"ops.example"}, "evil.example"))
}

// TestOtherAddresses checks that names are not checked where they cannot be
// rebound to loopback.
func TestOtherAddresses(t *testing.T) {
	h, err := web.New(fake.New(nil, nil), web.Options{})
	require.NoError(t, err)
	r := httptest.NewRequest("GET", "http://pod.example/stats/requests", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 8089})))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, 200, w.Code)
}

func TestAuth(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	basic := func(user, password string) []string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return []string{"Authorization", r.Header.Get("Authorization")}
	}
	tests := []struct {
		name    string
		auth    web.Auth
		headers []string
		code    int
	}{
		{"no one is asked", web.Auth{}, nil, 200},
		{"nothing shown", web.Auth{Token: "t0k"}, nil, 401},
		{"token", web.Auth{Token: "t0k"}, bearer("t0k"), 200},
		{"token, lower case", web.Auth{Token: "t0k"}, []string{"Authorization", "bearer t0k"}, 200},
		{"wrong token", web.Auth{Token: "t0k"}, bearer("t0"), 401},
		{"empty token", web.Auth{Token: "t0k"}, bearer(""), 401},
		{"token in a browser", web.Auth{Token: "t0k"}, basic("anybody", "t0k"), 200},
		{"login", web.Auth{User: "u", Password: "p"}, basic("u", "p"), 200},
		{"wrong user", web.Auth{User: "u", Password: "p"}, basic("v", "p"), 401},
		{"wrong password", web.Auth{User: "u", Password: "p"}, basic("u", "q"), 401},
		{"password as token", web.Auth{User: "u", Password: "p"}, bearer("p"), 401},
		{"both, token", web.Auth{User: "u", Password: "p", Token: "t0k"}, bearer("t0k"), 200},
		{"both, login", web.Auth{User: "u", Password: "p", Token: "t0k"}, basic("u", "p"), 200},
		{"password alone", web.Auth{Password: "p"}, basic("admin", "p"), 200},
		{"password alone, no name", web.Auth{Password: "p"}, basic("", "p"), 200},
		{"password alone, wrong", web.Auth{Password: "p"}, basic("admin", "q"), 401},
		{"password alone, name in its place", web.Auth{Password: "p"}, basic("p", ""), 401},
		{"password alone, as token", web.Auth{Password: "p"}, bearer("p"), 401},
		{"password of a file", web.Auth{User: "u\n", Password: "p q\r\n"}, basic("u", "p q"), 200},
		{"password of a file, on both sides", web.Auth{User: "u", Password: "p q\n"}, basic("u\n", "p q\n"), 200},
		{"blanks inside count", web.Auth{User: "u", Password: "p q"}, basic("u", "pq"), 401},
		{"token of a file", web.Auth{Token: "\ufefft0k\n"}, bearer("t0k"), 200},
		{"token of a file in a browser", web.Auth{Token: "t0k\n"}, basic("anybody", "t0k\n"), 200},
		{"no scheme", web.Auth{Token: "t0k"}, []string{"Authorization", "t0k"}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, load, web.Options{Auth: tt.auth, Control: load})
			for _, path := range []string{"/", "/stats/requests", "/assets/main.js", "/api/timeline", "/login", "/nothing"} {
				a := s.get(path, tt.headers...)
				if tt.code == 401 {
					assert.Equal(t, 401, a.code, path)
					assert.Contains(t, a.header.Get("WWW-Authenticate"), "Basic")
				} else {
					assert.NotEqual(t, 401, a.code, path)
				}
			}
		})
	}
}

// TestProbes: any client learns whether the page is served, under any name
// and without a login, and nothing else.
func TestProbes(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, web.Options{Auth: web.Auth{Token: "t0k"}, Control: load})
	for _, headers := range [][]string{nil, {"Host", "10.0.0.5:8089"}, {"Origin", "https://evil.example"}} {
		a := s.get("/healthz", headers...)
		assert.Equal(t, 200, a.code)
		assert.Equal(t, "ok\n", a.body)
		assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
		assert.Empty(t, a.header.Get("WWW-Authenticate"))
	}
	for _, path := range []string{"/healthz/", "/healthz/x", "/Healthz", "/health"} {
		assert.Equal(t, 401, s.get(path).code, path)
	}
}

// TestProbeOfHTTP10: it names no host, as HAProxy's and others' do not.
func TestProbeOfHTTP10(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, web.Options{})
	for request, want := range map[string]string{
		"GET / HTTP/1.0\r\n\r\n":                       "HTTP/1.0 200",
		"HEAD / HTTP/1.0\r\n\r\n":                      "HTTP/1.0 200",
		"GET /healthz HTTP/1.0\r\n\r\n":                "HTTP/1.0 200",
		"POST /healthz HTTP/1.0\r\n\r\n":               "HTTP/1.0 405",
		"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n": "HTTP/1.0 403",
		"GET / HTTP/1.1\r\nConnection: close\r\n\r\n":  "HTTP/1.1 400",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		_, err = io.WriteString(conn, request)
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(answer), want), "%q: %.40q", request, answer)
		require.NoError(t, conn.Close())
	}
}

func TestWrongOptions(t *testing.T) {
	load := fake.New(nil, nil)
	for want, o := range map[string]web.Options{
		"Auth.User is set without Auth.Password": {Auth: web.Auth{User: "u"}},
		"Auth.Password holds blanks alone":       {Auth: web.Auth{Password: " \n"}},
		"Auth.Token holds blanks alone":          {Auth: web.Auth{Token: "\ufeff"}},
		"TrustedOrigins":                         {TrustedOrigins: []string{"ops.example"}},
	} {
		_, err := web.New(load, o)
		require.ErrorContains(t, err, want)
	}
	_, err := web.New(nil, web.Options{})
	require.ErrorContains(t, err, "Source is nil")
}

func TestHeaders(t *testing.T) {
	_, s := running(t, 3*time.Second)
	for _, path := range []string{"/", "/stats/requests", "/stats/report", "/assets/app.css", "/nothing", "/api/timeline"} {
		header := s.get(path).header
		policy := header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		assert.NotEmpty(t, header.Get("Cache-Control"), path)
	}
}

// TestPrefix mounts the page below a path.
func TestPrefix(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	h, err := web.New(load, web.Options{})
	require.NoError(t, err)
	for _, pattern := range []string{"/ops/load/", "/"} {
		mux := http.NewServeMux()
		mux.Handle(pattern, http.StripPrefix("/ops/load", h))
		server := httptest.NewServer(mux)
		s := &site{t: t, url: server.URL}
		assert.Equal(t, 200, s.get("/ops/load/").code)
		assert.Equal(t, 200, s.get("/ops/load/stats/requests").code)
		assert.Equal(t, 404, s.get("/stats/requests").code, "nothing lives outside the prefix")
		resp, err := http.Get(server.URL + "/ops/load?x=1")
		require.NoError(t, err)
		assert.Equal(t, "/ops/load/", resp.Request.URL.Path, "the folder is found without its slash")
		resp.Body.Close()
		server.Close()
	}
}

func TestAssets(t *testing.T) {
	_, s := running(t, time.Second)
	for path, kind := range map[string]string{
		"/assets/main.js": "text/javascript; charset=utf-8", "/assets/base.css": "text/css; charset=utf-8", "/assets/icon.svg": "image/svg+xml",
	} {
		a := s.get(path)
		assert.Equal(t, kind, a.header.Get("Content-Type"))
		assert.Equal(t, 304, s.get(path, "If-None-Match", a.header.Get("ETag")).code, "the browser keeps it")
	}
}
