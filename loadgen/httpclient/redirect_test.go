package httpclient_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestRedirects(t *testing.T) { onEachWire(t, testRedirects) }

func testRedirects(t *testing.T, newClient maker) {
	other := serve(t, echoing)
	home := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hop, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch hop {
		case "301", "302", "303", "307", "308":
			w.Header().Set("Location", "/"+rest+"?from="+hop)
			w.WriteHeader(map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}[hop])
			io.WriteString(w, "moved")
		case "away":
			http.Redirect(w, r, other+"/x", http.StatusTemporaryRedirect)
		case "spaces":
			w.Header().Set("Location", "/a b?c d HTTP/1.1<ä>")
			w.WriteHeader(http.StatusFound)
		case "nowhere":
			w.WriteHeader(http.StatusFound)
		default:
			echoing(w, r)
		}
	})
	ctx, auth := t.Context(), httpclient.Header("Authorization", "secret")
	web := newClient(t, home, httpclient.Config{})

	p := newProbe()
	scoped, _ := p.task(ctx)
	r := web.PostJSON(scoped, "/{code}/302/end", 1, 307)
	e := seen(t, r)
	assert.Equal(t, "GET /end?from=302 ", e.Method+" "+e.URI+" "+e.Body, "a 302 turns a POST into a GET")
	assert.Empty(t, e.Header.Get("Content-Type"))
	of := http.Header{"Content-Encoding": {"gzip"}, "Content-Language": {"de"}, "Content-Location": {"/x"}, "Content-Type": {"a/b"}, "Expect": {"100-continue"}, "X": {"y"}}
	e = seen(t, web.Do(ctx, httpclient.Request{Method: "POST", Path: "/303/end", Body: []byte("x"), Header: of}))
	assert.Equal(t, http.Header{"X": {"y"}, "User-Agent": {"load-generator"}}, e.Header, "nothing of the body's")
	assert.EqualValues(t, 1, p.row(t).Requests, "one sample for all hops")
	assert.EqualValues(t, len("movedmoved")+len(r.Body()), p.row(t).Bytes)

	for code, want := range map[int]string{301: "GET ", 302: "GET ", 303: "GET ", 307: "PUT 1", 308: "PUT 1"} {
		e := seen(t, web.PutJSON(ctx, "/{code}/end", 1, code, auth))
		assert.Equal(t, want, e.Method+" "+e.Body)
		assert.Equal(t, "secret", e.Header.Get("Authorization"), "the same host may see credentials")
	}
	assert.Equal(t, http.StatusFound, web.Get(ctx, "/nowhere").Status)
	require.NoError(t, web.Get(ctx, "/nowhere").Err())

	assert.Equal(t, "/a%20b?c%20d%20HTTP/1.1%3C%C3%A4%3E", seen(t, web.Get(ctx, "/spaces")).URI)

	assert.EqualError(t, web.Get(ctx, "/away").Err(), "GET /away: redirect: other host")
	_, port, _ := strings.Cut(strings.TrimPrefix(other, "http://"), ":")
	for _, allowed := range []string{"127.0.0.1", "127.0.0.1:" + port, "*"} {
		web := newClient(t, home, httpclient.Config{RedirectHosts: []string{allowed}, Header: http.Header{"Authorization": {"secret"}, "Host": {"home.example"}}})
		e := seen(t, web.PostJSON(ctx, "/away", 1))
		assert.Equal(t, "POST /x 1", e.Method+" "+e.URI+" "+e.Body)
		assert.Empty(t, e.Header.Get("Authorization"), "another host must not")
		assert.Equal(t, "127.0.0.1:"+port, e.Host)
	}

	few := newClient(t, home, httpclient.Config{MaxRedirects: 2})
	require.NoError(t, few.Get(ctx, "/302/302/end").Err())
	require.EqualError(t, few.Get(ctx, "/302/302/302/end").Err(), "GET /302/302/302/end: redirect: too many")
	none := newClient(t, home, httpclient.Config{MaxRedirects: -1})
	assert.Equal(t, 302, none.Get(ctx, "/302/end").Status)
	require.NoError(t, none.Get(ctx, "/302/end").Err())
}

func TestCookies(t *testing.T) { onEachWire(t, testCookies) }

func testCookies(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			http.SetCookie(w, &http.Cookie{Name: "user", Value: r.URL.RawQuery, Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "deep", Value: "1", Path: "/deep"})
			http.Redirect(w, r, "/home", http.StatusFound)
			return
		}
		io.WriteString(w, r.Header.Get("Cookie"))
	})
	ctx, web := t.Context(), newClient(t, url, httpclient.Config{})
	alice, bob := web.Session(), web.Session()
	assert.Equal(t, "user=alice", string(alice.Get(ctx, "/login?alice").Body()), "the redirect carries it already")
	assert.Empty(t, bob.Get(ctx, "/home").Body())
	bob.Get(ctx, "/login?bob")
	assert.Equal(t, "user=alice", string(alice.Get(ctx, "/home").Body()))
	assert.Equal(t, "user=bob", string(bob.Get(ctx, "/home").Body()))
	assert.Equal(t, "deep=1; user=bob", string(bob.Get(ctx, "/deep/x").Body()))
	assert.Equal(t, "mine=1; user=bob", string(bob.Get(ctx, "/home", httpclient.Header("Cookie", "mine=1")).Body()))

	none := newClient(t, url, httpclient.Config{NoCookies: true})
	assert.Empty(t, none.Get(ctx, "/login?x").Body())
}

// TestTooManyCookies: a target that sets another one with every answer fills
// neither the memory nor the requests.
func TestTooManyCookies(t *testing.T) { onEachWire(t, testTooManyCookies) }

func testTooManyCookies(t *testing.T, newClient maker) {
	const most = 180
	answers := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answers++
		http.SetCookie(w, &http.Cookie{Name: "same", Value: strconv.Itoa(answers)})
		http.SetCookie(w, &http.Cookie{Name: "long", Value: strings.Repeat("x", 4<<10)})
		http.SetCookie(w, &http.Cookie{Name: "gone" + strconv.Itoa(answers), MaxAge: -1})
		http.SetCookie(w, &http.Cookie{Name: "gone" + strconv.Itoa(answers), Value: "x", Expires: time.Unix(1e9, 0)})
		for _, path := range []string{"/", "/deep"} {
			http.SetCookie(w, &http.Cookie{Name: "n" + strconv.Itoa(answers), Value: "1", Path: path})
		}
		io.WriteString(w, r.Header.Get("Cookie"))
	})
	user := newClient(t, url, httpclient.Config{}).Session()
	var sent string
	for range most + 2 {
		sent = string(user.Get(t.Context(), "/deep").Body())
	}
	assert.Len(t, strings.Split(sent, "; "), most)
	assert.Contains(t, sent, "same="+strconv.Itoa(most+1), "what is known can still change")
	assert.NotContains(t, sent, "long=")
	assert.NotContains(t, sent, "gone")
}

// TestLargeCookies: neither do a few that are large.
func TestLargeCookies(t *testing.T) { onEachWire(t, testLargeCookies) }

func testLargeCookies(t *testing.T, newClient maker) {
	const most = 64 << 10
	far := "/" + strings.Repeat("x", 5000)
	answers := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answers++
		http.SetCookie(w, &http.Cookie{Name: "n" + strconv.Itoa(answers), Value: strings.Repeat("x", 4000)})
		http.SetCookie(w, &http.Cookie{Name: "far", Value: "1", Path: far})
		http.SetCookie(w, &http.Cookie{Name: "n1", Value: strings.Repeat(strconv.Itoa(answers%10), 4000)})
		io.WriteString(w, r.Header.Get("Cookie"))
	})
	user := newClient(t, url, httpclient.Config{}).Session()
	var sent string
	for range 20 {
		sent = string(user.Get(t.Context(), far).Body())
	}
	assert.NotContains(t, sent, "far=", "a path takes memory too")
	assert.Greater(t, len(sent), most-4096)
	assert.Less(t, len(sent), most+1024, "and what is between them")
	assert.Contains(t, sent, "n1=9999", "what is known can still change")
}

// TestCookiesOfManyFolders: a cookie that names no path is another one in each
// folder, and counts as such.
func TestCookiesOfManyFolders(t *testing.T) { onEachWire(t, testCookiesOfManyFolders) }

func testCookiesOfManyFolders(t *testing.T, newClient maker) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "n", Value: strings.Repeat("x", 3000)})
		io.WriteString(w, r.Header.Get("Cookie"))
	})
	user := newClient(t, url, httpclient.Config{}).Session()
	for i := range 30 {
		require.NoError(t, user.Get(t.Context(), "/{i}/x", i).Err())
	}
	kept := 0
	for i := range 30 {
		kept += len(user.Get(t.Context(), "/{i}/seen", i).Body())
	}
	assert.Less(t, kept, 64<<10)
}
