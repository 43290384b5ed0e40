package web_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// metrics is an address of another part.
func metrics(token string) web.Route {
	return web.Route{Path: "/metrics", Token: token, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Method + " 42"))
	})}
}

// TestRoutesStandBehindTheGuard: what opens the page opens them, and so does their own
// token, which opens nothing else.
func TestRoutesStandBehindTheGuard(t *testing.T) {
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	basic := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("any:secret"))}
	for _, c := range []struct {
		name              string
		page, own         string // secrets
		headers           []string
		metrics, timeline int
	}{
		{"open to all", "", "", nil, 200, 200},
		{"its own token is needed on an open page", "", "own", nil, 401, 200},
		{"and is enough", "", "own", bearer("own"), 200, 200},
		{"another one is not", "", "own", bearer("x"), 401, 200},
		{"the page's secret is needed", "secret", "", nil, 401, 401},
		{"and is enough", "secret", "", basic, 200, 200},
		{"its own opens no page", "secret", "own", bearer("own"), 200, 401},
		{"the page's opens both", "secret", "own", basic, 200, 200},
		{"none", "secret", "own", nil, 401, 401},
		{"another site", "", "", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403, 403},
		{"another name", "", "own", append(bearer("own"), "Host", "evil.example"), 403, 403},
	} {
		s := serve(t, fake.New(fake.Todo(), nil), web.Options{Auth: web.Auth{Password: c.page}, Routes: []web.Route{metrics(c.own)}})
		got := s.get("/metrics", c.headers...)
		assert.Equal(t, c.metrics, got.code, c.name)
		assert.Equal(t, c.metrics == 200, got.body == "GET 42", c.name)
		assert.Equal(t, c.timeline, s.get("/api/timeline", c.headers...).code, c.name)
		assert.Contains(t, []int{401, 403, 404}, s.get("/metrics/more", c.headers...).code, c.name)
	}
}

// TestRoutesThatAreRefused: the page's own addresses, odd paths, and one path twice.
func TestRoutesThatAreRefused(t *testing.T) {
	for _, path := range []string{"/", "/healthz", "/swarm", "/stats/requests", "/assets/app.css", "/api/events"} {
		x := metrics("")
		x.Path = path
		_, err := web.New(fake.New(fake.Todo(), nil), web.Options{Routes: []web.Route{x}})
		require.ErrorContains(t, err, "has this address already", path)
	}
	for _, path := range []string{"", "metrics", "/metrics/", "/a/../b", "/{x}", "/a b", "/a?b", "GET /a"} {
		x := metrics("")
		x.Path = path
		_, err := web.New(fake.New(fake.Todo(), nil), web.Options{Routes: []web.Route{x}})
		require.ErrorContains(t, err, "give a path such as /metrics", path)
	}
	_, err := web.New(fake.New(fake.Todo(), nil), web.Options{Routes: []web.Route{metrics(""), metrics("x")}})
	require.ErrorContains(t, err, "has this address already")
	_, err = web.New(fake.New(fake.Todo(), nil), web.Options{Routes: []web.Route{metrics(" ")}})
	require.ErrorContains(t, err, "blanks alone")
	_, err = web.New(fake.New(fake.Todo(), nil), web.Options{Routes: []web.Route{{Path: "/metrics"}}})
	require.ErrorContains(t, err, "has no Handler")
}
