package httpclient

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

type stamp struct{}

func (stamp) String() string { return "2026-01-02 03:04" }

func TestExpand(t *testing.T) {
	for _, x := range []struct {
		prefix, template string
		args             []any
		want             string
		err              string
	}{
		{template: "/", want: "/"},
		{template: "/api/todos", want: "/api/todos"},
		{prefix: "/v2", template: "/api", want: "/v2/api"},
		{template: "/t/{id}", args: []any{"a1"}, want: "/t/a1"},
		{template: "/t/{id}/x/{n}", args: []any{7, uint8(8)}, want: "/t/7/x/8"},
		{template: "/t/{id}", args: []any{int64(-3)}, want: "/t/-3"},
		{template: "/t/{at}", args: []any{stamp{}}, want: "/t/2026-01-02%2003:04"},
		{template: "/t/{id}.json", args: []any{"a"}, want: "/t/a.json"},
		{template: "/t/{id}", args: []any{"../admin"}, want: "/t/..%2Fadmin"},
		{template: "/t/{id}", args: []any{"a?b=c#d"}, want: "/t/a%3Fb=c%23d"},
		{template: "/t/{id}", args: []any{"%2e%2e"}, want: "/t/%252e%252e"},
		{template: "/t/{id}", args: []any{"a\r\nHost: x"}, want: "/t/a%0D%0AHost:%20x"},
		{template: "/t/{id}", args: []any{"..."}, want: "/t/..."},
		{template: "/t/{a}{b}", args: []any{".", "x"}, want: "/t/.x"},
		{template: "/t/{id}.json", args: []any{".."}, want: "/t/...json"},
		{template: "/t/../x", want: "/t/../x"},
		{template: "/s?q={q}&n={n}", args: []any{"a b&c", 2}, want: "/s?q=a+b%26c&n=2"},
		{template: "/s?q={q}", args: []any{""}, want: "/s?q="},
		{template: "/s?q={q}", args: []any{".."}, want: "/s?q=.."},
		{template: "/s?at=/{a}/?", args: []any{"."}, want: "/s?at=/./?"},
		{template: "/café or/%41", want: "/caf%C3%A9%20or/%41"},
		{template: "/t/{id}", args: []any{Discard(), "a", Name("n")}, want: "/t/a"},
		{template: "/t", args: []any{Discard()}, want: "/t"},

		{template: "", err: "path must begin with /"},
		{template: "t", err: "path must begin with /"},
		{template: "http://other/", err: "path must begin with /"},
		{template: "/t/{id", args: []any{1}, err: "path has an unmatched brace"},
		{template: "/t/id}", err: "path has an unmatched brace"},
		{template: "/t/{a{b}}", args: []any{1}, err: "path has an unmatched brace"},
		{template: "/t/{}", args: []any{1}, err: "path has a placeholder without a name"},
		{template: "/t#x", err: "path has a fragment (#)"},
		{template: "/t/%", err: "path has % without two hex digits"},
		{template: "/t/%4", err: "path has % without two hex digits"},
		{template: "/t/%zz", err: "path has % without two hex digits"},
		{template: "/t/{id}", err: "path has more placeholders than values"},
		{template: "/t/{id}", args: []any{Discard()}, err: "path has more placeholders than values"},
		{template: "/t", args: []any{1}, err: "path has fewer placeholders than values"},
		{template: "/t/{id}", args: []any{1, 2}, err: "path has fewer placeholders than values"},
		{template: "/t/{id}", args: []any{""}, err: "path value is empty"},
		{template: "/t/{id}", args: []any{nil}, err: "path value is nil"},
		{template: "/t/{id}", args: []any{"."}, err: "path value makes a dot segment"},
		{template: "/t/{id}", args: []any{".."}, err: "path value makes a dot segment"},
		{template: "/t/{id}/x", args: []any{".."}, err: "path value makes a dot segment"},
		{template: "/t/{id}?x", args: []any{".."}, err: "path value makes a dot segment"},
		{template: "/t/{a}{b}", args: []any{".", "."}, err: "path value makes a dot segment"},
		{template: "/t/.{a}", args: []any{"."}, err: "path value makes a dot segment"},
	} {
		got, err := expand(nil, x.prefix, x.template, x.args)
		if x.err == "" {
			require.NoError(t, err, "expand(%q, %q)", x.template, x.args)
		} else {
			require.EqualError(t, err, x.err, "expand(%q, %q)", x.template, x.args)
		}
		assert.Equal(t, x.want, string(got), "expand(%q, %q)", x.template, x.args)
	}
}

func TestMessageURL(t *testing.T) {
	for target, want := range map[string]url.URL{
		"/a/b":     {Path: "/a/b"},
		"/a?q=1":   {Path: "/a", RawQuery: "q=1"},
		"/a?":      {Path: "/a", ForceQuery: true},
		"/a%2Fb":   {Path: "/a/b", RawPath: "/a%2Fb"},
		"/a!'(*)":  {Path: "/a!'(*)", RawPath: "/a!'(*)"},
		"/a?b?c=d": {Path: "/a", RawQuery: "b?c=d"},
	} {
		m := wire.Message{Origin: wire.Origin{Scheme: "http", Host: "h:1"}, Target: []byte(target)}
		want.Scheme, want.Host = "http", "h:1"
		assert.Equal(t, want, *m.URL())
		assert.Equal(t, target, m.URL().RequestURI())
	}
}

// FuzzExpandValue checks that a value stays where the template puts it,
// whatever it holds, and comes back whole at the other end.
func FuzzExpandValue(f *testing.F) {
	for _, seed := range []string{"a", "../x", "a?b#c", "%2e", "a;b,c", "ä\x00\xff", "a b+c", "{x}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		target, err := expand(nil, "/v1", "/t/{id}/x?q={q}", []any{value, value})
		if value == "" || value == "." || value == ".." {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		u, err := url.ParseRequestURI(string(target))
		require.NoError(t, err)
		segments := strings.Split(u.EscapedPath(), "/")
		require.Len(t, segments, 5)
		back, err := url.PathUnescape(segments[3])
		require.NoError(t, err)
		require.Equal(t, value, back)
		query, err := url.ParseQuery(u.RawQuery)
		require.NoError(t, err)
		require.Equal(t, url.Values{"q": {value}}, query)
	})
}

// FuzzExpandTemplate checks that whatever template is taken goes out as one
// valid request target.
func FuzzExpandTemplate(f *testing.F) {
	for _, seed := range []string{"/", "/a/{b}", "/a?b={c}&d=%20", "/{a}/{b}", "/%zz", "/a b", "/\xff#", "//host/x", "/{a}?"} {
		f.Add(seed, "1", "../2")
	}
	f.Fuzz(func(t *testing.T, template, a, b string) {
		args := []any{a, b}[:min(2, strings.Count(template, "{"))]
		target, err := expand(nil, "", template, args)
		if err != nil {
			require.Empty(t, target)
			return
		}
		for _, c := range target {
			require.True(t, urlByte[c], "%q", target)
		}
		u, err := url.ParseRequestURI("http://host" + string(target))
		require.NoError(t, err)
		m := wire.Message{Origin: wire.Origin{Scheme: "http", Host: "host"}, Target: target}
		require.Equal(t, "host", m.URL().Host)
		require.Equal(t, string(target), m.URL().RequestURI())
		require.Equal(t, u.Path, m.URL().Path)
	})
}

func BenchmarkExpand(b *testing.B) {
	for _, template := range []string{"/api/todos", "/api/todos/{id}"} {
		b.Run("template="+template, func(b *testing.B) {
			args := []any{"1234"}[:strings.Count(template, "{")]
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				out, _ = expand(out[:0], "", template, args)
			}
		})
	}
}
