package httpclient_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// TestCookieTextComesBackUnchanged: a value is text up to the semicolon, not
// what net/http takes for one.
func TestCookieTextComesBackUnchanged(t *testing.T) { onEachWire(t, testCookieTextComesBackUnchanged) }

func testCookieTextComesBackUnchanged(t *testing.T, newClient maker) {
	for _, pair := range []string{`cart={"n":1}`, `a=x"y`, "a=x y", `a="x y"`, "a=", "a=b=c", "a=ä", "a b=1", `"=1`, "a=1,2", `a=\`, "a=x\ty"} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/set":
				w.Header()["Set-Cookie"] = []string{pair + "; Path=/"}
			case "/move":
				w.Header()["Set-Cookie"] = []string{pair}
				http.Redirect(w, r, "/seen", http.StatusFound)
			default:
				io.WriteString(w, r.Header.Get("Cookie"))
			}
		})
		ann, bob := newClient(t, url, httpclient.Config{}), newClient(t, url, httpclient.Config{})
		assert.Equal(t, pair, string(ann.Get(t.Context(), "/move").Body()), "set by a redirect")
		require.NoError(t, bob.Get(t.Context(), "/set").Err())
		assert.Equal(t, pair, string(bob.Get(t.Context(), "/deep/seen").Body()))
		own := httpclient.Request{Path: "/seen", Header: http.Header{"Cookie": {"x=1", "y=2"}}}
		assert.Equal(t, "x=1; y=2; "+pair, string(bob.Do(t.Context(), own).Body()))
	}
}

// TestCookiesNotKeptAreCounted: the report says once why, and how often.
func TestCookiesNotKeptAreCounted(t *testing.T) { onEachWire(t, testCookiesNotKeptAreCounted) }

func testCookiesNotKeptAreCounted(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"sid=1; Secure", "plain", "=1", "a=1; Domain=other.example", "a=1; Domain=com", "__Host-a=1", "kept=1", "kept=2; SameSite=None", "gone=1; Max-Age=0"}
	})
	p := newProbe()
	ctx, _ := p.task(t.Context())
	web := newClient(t, url, httpclient.Config{Header: http.Header{"Host": {"shop.example"}}}) // not on this machine
	for range 2 {
		require.NoError(t, web.Session().Get(ctx, "/").Err())
	}
	assert.Equal(t, []string{
		"Cookies not kept: Domain of another host (2 times).", "Cookies not kept: Domain without a dot (2 times).",
		"Cookies not kept: Secure over http (2 times).", "Cookies not kept: __Secure- or __Host- without what it promises (2 times).",
		"Cookies not kept: no name (4 times).",
	}, p.summary().Notes)
	p.recorder.Reset(time.Since(p.epoch))
	assert.Empty(t, p.summary().Notes)
	none := newClient(t, url, httpclient.Config{NoCookies: true})
	require.NoError(t, none.Get(ctx, "/").Err())
	assert.Empty(t, p.summary().Notes, "none is wanted")
}

// TestSecureCookiesOnThisMachine come and go without TLS, as in browsers, and
// nowhere else.
func TestSecureCookiesOnThisMachine(t *testing.T) { onEachWire(t, testSecureCookiesOnThisMachine) }

func testSecureCookiesOnThisMachine(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"sid=1; Secure; HttpOnly; SameSite=None; Path=/", "__Host-a=2; Secure; Path=/", "__Secure-b=3; Secure"}
		io.WriteString(w, r.Header.Get("Cookie"))
	})
	for host, kept := range map[string]bool{
		"127.0.0.1": true, "127.1.2.3": true, "[::1]:8080": true, "localhost": true, "LOCALHOST:81": true, "app.localhost": true, "[::ffff:127.0.0.1]": true,
		"shop.example": false, "localhost.example": false, "notlocalhost": false, "128.0.0.1": false, "10.0.0.1": false, "127.0.0.1.example": false,
	} {
		web := newClient(t, url, httpclient.Config{Header: http.Header{"Host": {host}}})
		require.NoError(t, web.Get(t.Context(), "/").Err())
		want := ""
		if kept {
			want = "sid=1; __Host-a=2; __Secure-b=3"
		}
		assert.Equal(t, want, string(web.Get(t.Context(), "/").Body()), host)
	}
}

// TestCookiesExpire by the clock of the run, and make room for others.
func TestCookiesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := newClient(t, "http://shop.example", httpclient.Config{Base: httpclient.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Set-Cookie", "n"+r.URL.RawQuery+"=1; Max-Age=10")
			io.WriteString(w, r.Header.Get("Cookie"))
		}))})
		for i := range 400 {
			r := web.Get(t.Context(), "/?{i}", i)
			require.NoError(t, r.Err())
			assert.Equal(t, i > 0, len(r.Body()) > 0)
			time.Sleep(time.Second)
		}
		assert.Contains(t, string(web.Get(t.Context(), "/").Body()), "n399=1", "not one too many: the others have ended")
		time.Sleep(10 * time.Second)
		assert.Empty(t, web.Get(t.Context(), "/").Body())
	})
}

// TestMarkBeforeJSON: a byte order mark is not part of the JSON.
func TestMarkBeforeJSON(t *testing.T) { onEachWire(t, testMarkBeforeJSON) }

func testMarkBeforeJSON(t *testing.T, newClient maker) {
	body := "\xef\xbb\xbf{\"id\":1}"
	web := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }), httpclient.Config{})
	r := web.Get(t.Context(), "/")
	var got struct{ ID int }
	require.NoError(t, r.JSON(&got))
	assert.Equal(t, 1, got.ID)
	assert.Equal(t, body, string(r.Body()), "the body is as it came")
	for _, body = range []string{"\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf1", "\xfe\xff\x001"} {
		assert.EqualError(t, web.Get(t.Context(), "/").JSON(new(any)), "GET /: body: not JSON")
	}
}
