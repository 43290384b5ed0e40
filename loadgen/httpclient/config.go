package httpclient

import (
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// DefaultIdleTimeout is how long an unused connection is kept when
// [Config.IdleTimeout] is 0.
const DefaultIdleTimeout = 90 * time.Second

// Further defaults of [Config].
const (
	defaultTimeout      = 30 * time.Second
	defaultMaxBody      = 32 << 20  // bytes
	defaultBodyMemory   = 512 << 20 // bytes
	defaultMaxRedirects = 10
	defaultUserAgent    = "load-generator"
)

// Wire names an HTTP implementation. Scripts are the same on all of them.
type Wire string

// Wires.
const (
	// NetHTTP is Go's own client: HTTP/1.1 and HTTP/2, proxies, other
	// RoundTrippers. It is the default.
	NetHTTP Wire = "net/http"
	// Fast has its own connections and its own reader of usual answers, and costs
	// half the CPU. It speaks HTTP/1.1, with or without TLS, straight to the
	// target: no Proxy, HTTP2 or Base. Cookies, redirects, timeouts, limits, the
	// verdict on whatever a target answers and the reasons of failures are the
	// same: what is not usual is left to net/http's reader. The host name is ASCII.
	//
	//	web, err := httpclient.New(httpclient.Config{Host: target, Wire: httpclient.Fast})
	Fast Wire = "fast"
)

// Config says how a [Client] talks to its target. Only Host is needed.
type Config struct {
	// Host is the target: http or https, host, optional port, optional path
	// that is put before every path, optional user:password for basic
	// authentication. "http://localhost:8081", "https://shop.example/v2".
	Host string
	// Timeout bounds one request from its start to the end of the body,
	// redirects included. 0 means 30 s, below 0 no timeout.
	Timeout time.Duration
	// MaxConns is the most connections of all users together, and so the most
	// requests in flight; 0 means no limit. The wait for a free one counts in
	// the response time but not in the service time. Not with PerUserConns.
	MaxConns int
	// PerUserConns gives every session its own connections, as browsers
	// have. By default all sessions share one pool. Not with Proxy.
	PerUserConns bool
	// NoCookies ignores the cookies that the target sets. By default a session
	// keeps up to 180 of them, of 4 KiB each and 64 KiB together, and ignores what
	// is beyond.
	NoCookies bool
	// MaxBody is the largest body of an answer in bytes; a larger one is a
	// failure. 0 means 32 MiB.
	MaxBody int64
	// BodyMemory is how many bytes the bodies that are being read may take
	// together, all users', beyond 64 KiB of each. One that finds no room is a
	// failure of the generator, not of the target. Bodies that Discard drops take
	// none. 0 means 512 MiB, or MaxBody if that is more.
	BodyMemory int64
	// MaxRedirects is how many redirects one request may follow. 0 means 10;
	// below 0 none is followed and a redirect is an ordinary answer.
	MaxRedirects int
	// RedirectHosts names other hosts that a redirect may lead to, as "host"
	// (any port) or "host:port"; "*" allows every host. By default only the
	// target itself, and its change from http to https on the standard ports.
	RedirectHosts []string
	// Header goes out with every request. Host in it is the name that the target
	// is asked for, in place of that in Config.Host, which remains the address:
	// cookies and redirects go by this name too, TLS by TLS.ServerName or that of
	// the address. User-Agent is "load-generator"
	// unless it is here. What the client decides itself, such as
	// Transfer-Encoding, is refused by name.
	Header http.Header
	// Gzip asks for compressed answers and unpacks them; bytes are then
	// counted unpacked. By default answers come as they are.
	Gzip bool
	// HTTP2 offers HTTP/2 on https. By default every request is HTTP/1.1.
	HTTP2 bool
	// TLS sets trusted roots, client certificates and the like. It is cloned.
	// nil verifies the target against the system's roots.
	TLS *tls.Config
	// IdleTimeout is how long an unused connection is kept for a further request.
	// 0 means DefaultIdleTimeout. Keep it below the target's own: a request that
	// must not be repeated, such as a POST, fails on a connection that the target
	// closes at the same moment, with "connect: closed" or "connect: reset".
	IdleTimeout time.Duration
	// UnixSocket is the path of a socket of the file system to which all
	// connections go; Host then is a name and no address. Not with Proxy.
	UnixSocket string
	// Proxy chooses a proxy, for example http.ProxyFromEnvironment. nil means
	// that load goes straight to the target.
	Proxy func(*http.Request) (*url.URL, error)
	// Base replaces sockets: Handler for a target in the same process, or a
	// team's own transport. The fields about connections then do nothing.
	Base http.RoundTripper
	// Wire is the HTTP implementation; "" means NetHTTP.
	Wire Wire
}

// New returns a client for the target of c. It opens no connection. The error
// names the field, its value and what is wanted instead.
func New(c Config) (*Client, error) {
	target, err := parseHost(c.Host)
	if err != nil {
		return nil, err
	}
	if err := c.validate(target); err != nil {
		return nil, err
	}
	header, err := wire.NewFields(c.HTTP2).ForAll(baseHeader(c.Header, target.User))
	if err != nil {
		return nil, fmt.Errorf("httpclient: Header: %w", err)
	}
	k := &core{
		origin:  wire.Origin{Scheme: target.Scheme, Host: target.Host},
		prefix:  strings.TrimSuffix(target.EscapedPath(), "/"),
		timeout: cmp.Or(c.Timeout, defaultTimeout),
		maxBody: cmp.Or(c.MaxBody, defaultMaxBody),
		hops:    cmp.Or(c.MaxRedirects, defaultMaxRedirects),
		allowed: c.RedirectHosts,
		cookies: !c.NoCookies,
		header:  header,
		epoch:   time.Now(),
	}
	k.jsonHeader = asJSON(header)
	k.messages.New = func() any { return new(wire.Message) }
	if c.MaxConns > 0 {
		k.slots = make(chan struct{}, c.MaxConns)
	}
	k.memory.Limit(cmp.Or(c.BodyMemory, max(defaultBodyMemory, k.maxBody)))
	k.connect(c)
	k.root = &Client{core: k}
	return k.root, nil
}

func (c Config) validate(target *url.URL) error {
	switch {
	case c.MaxBody < 0:
		return fmt.Errorf("httpclient: MaxBody is %d: want bytes, at least 0", c.MaxBody)
	case c.BodyMemory < 0:
		return fmt.Errorf("httpclient: BodyMemory is %d: want bytes, at least 0", c.BodyMemory)
	case c.MaxConns < 0:
		return fmt.Errorf("httpclient: MaxConns is %d: want at least 0", c.MaxConns)
	case c.IdleTimeout < 0:
		return fmt.Errorf("httpclient: IdleTimeout is %v: want a time of at least 0", c.IdleTimeout)
	case c.MaxConns > 0 && c.PerUserConns:
		return errors.New("httpclient: MaxConns and PerUserConns exclude each other: a limit is for shared connections")
	case c.Proxy != nil && c.PerUserConns:
		return errors.New("httpclient: Proxy and PerUserConns exclude each other: a proxy shares connections")
	case c.Proxy != nil && c.UnixSocket != "":
		return errors.New("httpclient: Proxy and UnixSocket exclude each other: a socket leads to one target")
	case len(c.UnixSocket) > longestSocket:
		return fmt.Errorf("httpclient: UnixSocket has %d bytes: want at most %d", len(c.UnixSocket), longestSocket)
	case c.HTTP2 && target.Scheme != "https":
		return errors.New("httpclient: HTTP2 with an http host: want https")
	case len(wire.Canonical(c.Header)["Host"]) == 1 && !wire.IsHost(wire.Canonical(c.Header)["Host"][0]):
		return fmt.Errorf("httpclient: Header Host is %q: want host[:port]", wire.Canonical(c.Header)["Host"][0])
	case isNil(c.Base):
		if _, inside := c.Base.(*inProcess); inside {
			return errors.New("httpclient: Base is the Handler of nil: want a handler, or nothing for sockets")
		}
		return fmt.Errorf("httpclient: Base is a nil %T: want a RoundTripper, or nothing for sockets", c.Base)
	}
	return c.validateWire(target)
}

// longestSocket is the longest path of a socket on every system, in bytes.
const longestSocket = 103

func (c Config) validateWire(target *url.URL) error {
	refuse := func(field string) error {
		return fmt.Errorf("httpclient: Wire %q has no %s: it speaks HTTP/1.1 straight to the target; use %q", Fast, field, NetHTTP)
	}
	switch {
	case c.Wire == "" || c.Wire == NetHTTP:
		return nil
	case c.Wire != Fast:
		return fmt.Errorf("httpclient: Wire is %q: want %q or %q", c.Wire, NetHTTP, Fast)
	case c.HTTP2:
		return refuse("HTTP2")
	case c.Proxy != nil:
		return refuse("Proxy")
	case c.Base != nil:
		return refuse("Base")
	case strings.ContainsFunc(target.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return fmt.Errorf("httpclient: host %q on Wire %q: want ASCII (Punycode), or use %q", target.Host, Fast, NetHTTP)
	}
	return nil
}

// parseHost never repeats the host in an error with its password.
func parseHost(host string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(host))
	const want = "want http://host[:port] or https://host[:port]"
	switch {
	case host == "":
		return nil, errors.New("httpclient: no host: " + want)
	case err != nil:
		return nil, errors.New("httpclient: host is not a URL: " + want)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, fmt.Errorf("httpclient: host %q: %s", redact.Address(u.String()), want)
	case u.RawQuery != "" || u.Fragment != "":
		u.RawQuery, u.Fragment, u.RawFragment = "", "", "" // they may hold a password, too
		return nil, fmt.Errorf("httpclient: host %q has a query or fragment: %s", redact.Address(u.String()), want)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("httpclient: host %q: port is %s: want 1 to 65535", redact.Address(u.String()), port)
		}
	}
	return u, nil
}

func baseHeader(h http.Header, user *url.Userinfo) http.Header {
	base := http.Header{"User-Agent": {defaultUserAgent}}
	for key, values := range wire.Canonical(h) {
		base[key] = append([]string{}, values...)
	}
	if user != nil && base["Authorization"] == nil {
		password, _ := user.Password()
		token := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		base.Set("Authorization", "Basic "+token)
	}
	return base
}

// isNil says that an interface holds a nil, which would panic with the first
// request.
func isNil(base http.RoundTripper) bool {
	if local, ok := base.(*inProcess); ok && local != nil {
		handler := local.server.Handler.(awaited).Handler
		return handler == nil || isNilValue(handler)
	}
	return isNilValue(base)
}

func isNilValue(held any) bool {
	switch v := reflect.ValueOf(held); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Interface:
		return v.IsNil()
	}
	return false
}
