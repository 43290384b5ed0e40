package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/report/internal/markup"
)

// Auth says what a client must know. With a Token, "Authorization: Bearer
// TOKEN" is enough, and so is basic authentication with any user and the token
// as its password, because that is what a browser can ask for. With a
// Password, basic authentication with User and Password; without a User any
// name will do. Both may be set; the zero Auth admits everybody. Blanks and line
// breaks around any of them do not count, neither here nor in what a client
// sends: files of secrets end with one.
type Auth struct {
	User, Password string
	Token          string
}

// check refuses settings that keep no one out.
func (a Auth) check() error {
	switch {
	case a.User != "" && a.Password == "":
		return errors.New("web: Auth.User is set without Auth.Password; give both, or a Token")
	case a.Password != "" && input.Trim(a.Password) == "":
		return errors.New("web: Auth.Password holds blanks alone; give a password, or none")
	case a.Token != "" && input.Trim(a.Token) == "":
		return errors.New("web: Auth.Token holds blanks alone; give a token, or none")
	}
	return nil
}

// gate admits who knows a secret. It keeps and compares hashes, so that the
// time a comparison takes reveals nothing, not even a length.
type gate struct {
	login, token *[sha256.Size]byte // nil: that way is closed
	anyUser      bool               // login is of a password alone
}

func newGate(a Auth) gate {
	hash := func(text string) *[sha256.Size]byte {
		sum := sha256.Sum256([]byte(text))
		return &sum
	}
	user, password, token := input.Trim(a.User), input.Trim(a.Password), input.Trim(a.Token)
	g := gate{anyUser: user == ""}
	if password != "" {
		g.login = hash(user + "\x00" + password)
	}
	if token != "" {
		g.token = hash(token)
	}
	return g
}

// admits reports whether the request shows what the gate asks for.
func (g gate) admits(r *http.Request) bool {
	if g.open() {
		return true
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return same(g.token, input.Trim(token))
	}
	user, password, ok := r.BasicAuth()
	if !ok {
		return false
	}
	user, password = input.Trim(user), input.Trim(password)
	if g.anyUser {
		user = ""
	}
	login, token := same(g.login, user+"\x00"+password), same(g.token, password)
	return login || token
}

// open reports whether the gate admits everybody.
func (g gate) open() bool { return g.login == nil && g.token == nil }

// admits reports whether the request shows what its address asks for.
func (h *Handler) admits(r *http.Request) bool {
	own, ok := h.opened[r.URL.Path]
	if !ok {
		return h.auth.admits(r)
	}
	return own.admits(r) || !h.auth.open() && h.auth.admits(r)
}

// same compares in constant time.
func same(want *[sha256.Size]byte, got string) bool {
	sum := sha256.Sum256([]byte(got))
	return want != nil && subtle.ConstantTimeCompare(want[:], sum[:]) == 1
}

// knownHost reports whether the request names a host under which it may come. A
// page on a foreign name that its owner lets resolve to 127.0.0.1 would otherwise
// count as same-origin.
func (h *Handler) knownHost(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil || !loopback(local.String()) {
		return true
	}
	if r.Host == "" && !r.ProtoAtLeast(1, 1) {
		return true // no browser, which names where it goes: a probe
	}
	name := hostname(r.Host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || loopback(name) {
		return true
	}
	return slices.ContainsFunc(h.o.Hosts, func(allowed string) bool { return allowed == "*" || strings.EqualFold(allowed, name) })
}

// hostname returns a Host header without port, brackets and case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// loopback reports whether an address, with or without port, is this machine's
// own.
func loopback(address string) bool {
	ip, err := netip.ParseAddr(hostname(address))
	return err == nil && ip.Unmap().IsLoopback()
}

// sameOrigin reports whether a request comes from the page itself, from a
// trusted origin or from a script: browsers tell where a request comes from,
// scripts say nothing. A GET gets the check of a POST here, since Locust changes
// things by GET.
func (h *Handler) sameOrigin(r *http.Request) bool {
	if strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch") {
		return false // not requested yet
	}
	post := *r
	post.Method = http.MethodPost
	// Browsers from before 2023, and all of them on plain HTTP under a name, send
	// no Sec-Fetch-Site, and no Origin with a GET; the page they come from they do
	// name, unless it forbids that. That there is a browser its languages tell, which
	// no page can take away; Node's fetch, which sends them too, is the one to tell
	// of its mode alone.
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		if r.Referer() == "" {
			_, languages := r.Header["Accept-Language"]
			return !languages || r.Header.Get("Sec-Fetch-Mode") != ""
		}
		from, err := url.Parse(r.Referer())
		if err != nil {
			return false
		}
		post.Header = r.Header.Clone()
		post.Header.Set("Origin", from.Scheme+"://"+from.Host)
	}
	return h.origins.Check(&post) == nil
}

// foreign says why a request is not taken for one of the page or of a script. Who
// typed the address in on plain HTTP comes from no other site, but their browser
// does not say so.
func foreign(r *http.Request) string {
	if r.Header.Get("Sec-Fetch-Site")+r.Header.Get("Origin")+r.Referer() == "" {
		return "Refused: your browser does not say where this request comes from. Use the buttons of the page, a script, HTTPS, or localhost."
	}
	return "Refused: this request comes from another site."
}

// policy lets the page load its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure sets the headers that every answer has.
func secure(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
}

// refusalPage is what a browser shows.
var refusalPage = markup.Must(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Status}}</title>
<h1>{{.Status}}</h1>
<p>{{.Text}}</p>
</html>
`, nil)

// refuse answers with a small page.
func refuse(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	// The client that has gone away misses nothing.
	_ = refusalPage.Execute(w, struct{ Status, Text string }{http.StatusText(code), text})
}

// quoted shortens a text that the client sent, keeps it on one line and takes the
// secrets of an address out of it.
func quoted(text string) string {
	const longest = 100
	text = redact.Value(text)
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return `"` + strings.Map(printable, text) + `"`
}

// printable is the rune, or what stands for one that does not print or is not
// UTF-8.
func printable(r rune) rune {
	if !unicode.IsPrint(r) || r == utf8.RuneError {
		return '?'
	}
	return r
}
