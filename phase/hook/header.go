package hook

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// headerOf returns what goes out of h, and the name of the target that it gives;
// net/http would drop in silence what it takes from the request itself.
func headerOf(h http.Header) (out http.Header, host string, err error) {
	out = make(http.Header, len(h))
	for _, key := range slices.Sorted(maps.Keys(h)) {
		name := http.CanonicalHeaderKey(key)
		out[name] = append(out[name], h[key]...)
	}
	for _, name := range []string{"Content-Length", "Trailer", "Transfer-Encoding"} {
		if out[name] != nil {
			return nil, "", fmt.Errorf("hook: header %s cannot be set: a body goes out whole, with its length", name)
		}
	}
	names := out["Host"]
	delete(out, "Host")
	if len(names) == 0 {
		return out, "", nil
	}
	if u, err := url.Parse("http://" + names[0]); err != nil || len(names) > 1 || u.Host != names[0] || u.Hostname() == "" {
		return nil, "", fmt.Errorf("hook: header Host is %q: want one host[:port]", names)
	}
	return out, names[0], nil
}
