package httpclient_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// wanderer redirects to where the query says, and sets cookies of the name that
// it is given.
func wanderer(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("to"); to != "" {
		w.Header().Add("Set-Cookie", "wide=1; Domain=shop.example; Path=/")
		w.Header().Add("Set-Cookie", "own=2; Path=/")
		w.Header().Add("Set-Cookie", "alien=3; Domain=127.0.0.1; Path=/")
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		return
	}
	io.WriteString(w, r.Host+" "+r.URL.Path+" "+r.Header.Get("Cookie")+" "+r.Header.Get("Authorization"))
}

// TestNameOfTheTarget: cookies and redirects go by the name that the target
// gets, wherever it is set; the load still goes to its address.
func TestNameOfTheTarget(t *testing.T) { onEachWire(t, testNameOfTheTarget) }

func testNameOfTheTarget(t *testing.T, newClient maker) {
	host := serve(t, wanderer)
	u, err := url.Parse(host)
	require.NoError(t, err)
	port := u.Port()
	for name, send := range map[string]func(to string) *httpclient.Response{
		"client": func(to string) *httpclient.Response {
			return newClient(t, host, httpclient.Config{Header: http.Header{"host": {"shop.example"}, "Authorization": {"secret"}}}).Get(t.Context(), "/?to={to}", to)
		},
		"session": func(to string) *httpclient.Response {
			web := newClient(t, host, httpclient.Config{Header: http.Header{"Authorization": {"secret"}}})
			web.SetHeader("Host", "shop.example")
			return web.Get(t.Context(), "/?to={to}", to)
		},
		"request": func(to string) *httpclient.Response {
			web := newClient(t, host, httpclient.Config{Header: http.Header{"Authorization": {"secret"}, "Host": {"else.example"}}})
			return web.Get(t.Context(), "/?to={to}", to, httpclient.Header("Host", "shop.example"))
		},
		"own connections": func(to string) *httpclient.Response {
			web := newClient(t, host, httpclient.Config{PerUserConns: true, Header: http.Header{"Host": {"shop.example"}, "Authorization": {"secret"}}})
			return web.Get(t.Context(), "/?to={to}", to)
		},
	} {
		for to, want := range map[string]string{
			"/here":                                 "shop.example /here wide=1; own=2 secret",
			"//shop.example/here":                   "shop.example /here wide=1; own=2 secret",
			"http://shop.example/here":              "shop.example /here wide=1; own=2 secret",
			"http://SHOP.example:80/here":           "SHOP.example:80 /here wide=1; own=2 secret",
			"http://shop.example:" + port + "/here": "shop.example:" + port + " /here wide=1; own=2 secret",
			host + "/here":                          "127.0.0.1:" + port + " /here  secret", // as a browser would tell it
		} {
			r := send(to)
			require.NoErrorf(t, r.Err(), "%s: %s", name, to)
			assert.Equalf(t, want, string(r.Body()), "%s: %s", name, to)
		}
		for _, to := range []string{"http://shop.example:1/here", "https://shop.example/here", "http://www.shop.example/here", "http://else.example/", "ftp://shop.example/"} {
			assert.EqualErrorf(t, send(to).Err(), "GET /?to={to}: redirect: other host", "%s: %s", name, to)
		}
	}
}

// TestNameBeyondTheTarget: what leaves for another host that is allowed, and
// comes back by name, is at the target's address again.
func TestNameBeyondTheTarget(t *testing.T) { onEachWire(t, testNameBeyondTheTarget) }

func testNameBeyondTheTarget(t *testing.T, newClient maker) {
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.NotEqual(t, "shop.example", r.Host)
		assert.Empty(t, r.Header.Get("Cookie")+r.Header.Get("Authorization"))
		http.Redirect(w, r, "http://shop.example/back", http.StatusFound)
	})
	away, err := url.Parse(other)
	require.NoError(t, err)
	web := newClient(t, serve(t, wanderer), httpclient.Config{
		RedirectHosts: []string{away.Host}, Header: http.Header{"Host": {"shop.example"}, "Authorization": {"secret"}},
	})
	r := web.Get(t.Context(), "/?to={to}", other)
	require.NoError(t, r.Err())
	assert.Equal(t, "shop.example /back wide=1; own=2 ", string(r.Body()), "credentials stay away once they are taken off")
}
