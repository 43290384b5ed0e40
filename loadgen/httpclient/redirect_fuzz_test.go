package httpclient

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// FuzzRedirect lets a target send users wherever it likes: they stay on it, and
// what goes out there is one line.
func FuzzRedirect(f *testing.F) {
	for _, location := range []string{
		"/x", "x?y=z#f", "//shop.example/x", "http://shop.example:80/", "https://shop.example/", "http://SHOP.example/x", "https://shop.example:444/",
		"http://evil.example/", "//evil.example", "http://shop.example@evil.example/", "http://shop.example.evil.example", "http:evil", "http:///x", "//",
		"file:///etc/passwd", "file://shop.example/etc/passwd", "gopher://shop.example:80/_x", "javascript:alert(1)", "http://169.254.169.254/latest/meta-data/",
		"http://[::1]/", "http://[::ffff:7f00:1]/", "http://shop.example%00.evil.example/", "/a\r\nX: y", "/%0d%0aX:%20y", "http://shop.example:80\\@evil.example/",
		"http://user:secret@shop.example/", "\x00", " /x", "?", "#", "http://shop.example:/", "http://shop.example:080/", "/ä b", "http://shop.example~7/",
	} {
		f.Add(location)
	}
	web, err := New(Config{Host: "http://shop.example/base"})
	require.NoError(f, err)
	f.Cleanup(web.Close)
	f.Fuzz(func(t *testing.T, location string) {
		m := &wire.Message{Method: http.MethodGet, Origin: web.origin, Target: []byte("/base/here?q=1"), Header: web.header, Status: http.StatusFound,
			Answer: wire.AnswerHeader{Parsed: http.Header{"Location": {location}}}}
		if web.redirect(m) != nil {
			return
		}
		at := m.Origin.Address()
		require.True(t, strings.EqualFold(at, "shop.example:80") && m.Origin.Scheme == "http" || strings.EqualFold(at, "shop.example:443") && m.Origin.Scheme == "https", "%q leads to %+v", location, m.Origin)
		require.NotContains(t, m.Origin.Host, "@")
		require.True(t, !strings.ContainsAny(m.Origin.Host, " /\r\n\t\x00\x7f"))
		require.Regexp(t, `^[/?][!-~]*$`, string(m.Target))
	})
}
