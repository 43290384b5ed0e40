package wire

import (
	"cmp"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Some headers say what the client itself decides. Each is done or refused by
// name, on every wire and wherever it is set; none is left out in silence.
//
//	Host               the name that the target sees, also for cookies and redirects
//	Content-Length     done if it is the length of the body, else refused
//	Transfer-Encoding  refused: a body goes out whole, with its length
//	Trailer            refused: nothing follows a body
//	User-Agent         one value; an empty one sends none
//	Cookie             goes out before the cookies of the jar
//
// Connection, Keep-Alive, Proxy-Connection, Upgrade and TE go out as they are;
// with Config.HTTP2 they are refused where HTTP/2 would drop them. Expect:
// 100-continue goes out, and the body follows at once. Names may be in any case.

// Canonical returns h with every name in its usual form; values of one name in
// several cases come together.
func Canonical(h http.Header) http.Header {
	usual := true
	for key := range h {
		usual = usual && key == http.CanonicalHeaderKey(key)
	}
	if usual {
		return h
	}
	out := make(http.Header, len(h))
	for _, key := range slices.Sorted(maps.Keys(h)) {
		name := http.CanonicalHeaderKey(key)
		out[name] = append(out[name], h[key]...)
	}
	return out
}

// set takes one header over, or says why it cannot be sent.
func (f *Fields) set(key string, values []string) (err error) {
	switch {
	case !isToken(key):
		return Refuse("header name %q is invalid", OneLine(key))
	case slices.ContainsFunc(values, func(v string) bool { return !IsFieldValue(v) }):
		return Refuse("header %s has a control character", key)
	}
	switch key {
	case "Host":
		f.Host, err = hostOf(values)
		return err
	case "Content-Length":
		f.length = values
		return nil
	case "Transfer-Encoding":
		return Refuse("header Transfer-Encoding cannot be set: a body goes out whole, with its length")
	case "Trailer":
		return Refuse("header Trailer cannot be set: nothing follows a body")
	case "User-Agent":
		if len(values) > 1 {
			return Refuse("header User-Agent has %d values: want one", len(values))
		}
		if len(values) == 1 { // of blanks it is empty, which the wires would see in two ways
			values = []string{textproto.TrimString(values[0])}
		}
	}
	if f.http2 && !inHTTP2(key, values) {
		return Refuse("header %s does not exist in HTTP/2", key)
	}
	f.Header[key] = values
	return nil
}

// inHTTP2 says that a header means something there, and is not dropped.
func inHTTP2(key string, values []string) bool {
	allowed := []string{}
	switch key {
	case "Keep-Alive", "Proxy-Connection", "Upgrade":
	case "Connection": // net/http does what they ask for
		allowed = []string{"", "close", "keep-alive"}
	case "Te":
		allowed = []string{"trailers"}
	default:
		return true
	}
	return !slices.ContainsFunc(values, func(v string) bool {
		return !slices.Contains(allowed, strings.ToLower(textproto.TrimString(v)))
	})
}

// hostOf is the name that the header Host gives; "" for none.
func hostOf(values []string) (string, error) {
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", Refuse("header Host has %d values: want one", len(values))
	case !IsHost(textproto.TrimString(values[0])):
		return "", Refuse("header Host is not host[:port]")
	}
	return textproto.TrimString(values[0]), nil
}

// IsHost says that text is host[:port] in ASCII, as a request can hold it.
func IsHost(text string) bool {
	u, err := url.Parse("http://" + text)
	if err != nil || u.Host != text || u.Hostname() == "" || strings.HasSuffix(text, ":") {
		return false
	}
	if port, err := strconv.Atoi(cmp.Or(u.Port(), "80")); err != nil || port < 1 || port > 65535 {
		return false
	}
	return !strings.ContainsFunc(text, func(c rune) bool {
		return !isToken(string(c)) && !strings.ContainsRune("()[],;:=", c) || c == '%' || c > '~'
	})
}

// Fits says whether a Content-Length that was set is the one that goes out.
func (f *Fields) Fits(method string, body int) error {
	if f.length == nil {
		return nil
	}
	if !announced(method, body) {
		return Refuse("header Content-Length goes with a body alone")
	}
	for _, value := range f.length {
		if textproto.TrimString(value) != strconv.Itoa(body) {
			return Refuse("header Content-Length is not the length of the body")
		}
	}
	return nil
}

// announced reports whether a request states the length of its body, by the rule
// of net/http.
func announced(method string, body int) bool {
	return body > 0 || method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// With returns a copy of f with own, whose values replace those that f has.
func (f *Fields) With(own http.Header) (*Fields, error) {
	f, own = f.Change(), Canonical(own)
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if err := f.set(key, own[key]); err != nil {
			return f, err
		}
	}
	return f, nil
}

// ForAll is With for every request, whatever its body: it refuses a length.
func (f *Fields) ForAll(own http.Header) (*Fields, error) {
	f, err := f.With(own)
	if err == nil && f.length != nil {
		err = Refuse("header Content-Length cannot be set for all requests")
	}
	return f.Written(), err
}
