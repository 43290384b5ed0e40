package httpclient

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
		m := &message{method: http.MethodGet, origin: web.origin, target: []byte("/base/here?q=1"), header: web.header, status: http.StatusFound,
			answer: answerHeader{parsed: http.Header{"Location": {location}}}}
		if web.redirect(m) != nil {
			return
		}
		at := m.origin.address()
		require.True(t, strings.EqualFold(at, "shop.example:80") && m.origin.scheme == "http" || strings.EqualFold(at, "shop.example:443") && m.origin.scheme == "https", "%q leads to %+v", location, m.origin)
		require.NotContains(t, m.origin.host, "@")
		require.True(t, isFieldValue(m.origin.host) && !strings.ContainsAny(m.origin.host, " /"))
		require.Regexp(t, `^[/?][!-~]*$`, string(m.target))
	})
}
