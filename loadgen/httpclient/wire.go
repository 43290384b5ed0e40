package httpclient

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// Wire names an HTTP implementation. Scripts are the same on all of them.
type Wire string

// Wires.
const (
	// NetHTTP is Go's own client: HTTP/1.1 and HTTP/2, proxies, other
	// RoundTrippers. It is the default.
	NetHTTP Wire = "net/http"
	// Fast has connections and a reader of usual answers of its own and costs
	// half the CPU. It speaks HTTP/1.1, with or without TLS, straight to the
	// target: no Proxy, HTTP2 or Base. Cookies, redirects, timeouts, limits, the
	// verdict on whatever a target answers and the reasons of failures are the
	// same: what is not usual is left to net/http's reader. The host name is ASCII.
	//
	//	web, err := httpclient.New(httpclient.Config{Host: target, Wire: httpclient.Fast})
	Fast Wire = "fast"
)

// wire carries one message to the target and its answer back. Everything that
// knows a particular HTTP implementation stands behind it.
type wire interface {
	// exchange sends m and reads the answer until the end of its body. It
	// gives up at the deadline of m and when ctx ends; the error then is
	// context.DeadlineExceeded or the error of ctx.
	exchange(ctx context.Context, m *message) error
}

// message is one request and its answer.
type message struct {
	deadline time.Time // zero: none
	usual    bool      // the deadline comes of the client's own timeout

	hop     int      // how many redirects led here
	private *private // connections to use; nil means shared ones

	method string
	origin origin
	target []byte // path and query, escaped, as it goes out
	vhost  string // the name that the target sees; "" means origin.host
	home   string // vhost before any redirect
	header *fields
	cookie string // of the jar; "" means none
	body   []byte
	limit  int64   // most bytes of the answer's body
	memory *memory // that it shares with the bodies of others
	drop   bool    // count the answer's body but do not keep it

	status int
	answer answerHeader
	data   []byte
	size   int64 // bytes of body that were read, added up over exchanges
}

// withCookies returns the header as it goes out.
func (m *message) withCookies() *fields {
	if m.cookie == "" {
		return m.header
	}
	h := m.header.change()
	own := slices.DeleteFunc(slices.Clone(h.Header["Cookie"]), func(v string) bool { return v == "" })
	h.Set("Cookie", strings.Join(append(own, m.cookie), "; "))
	return h
}

// propagate lets whoever observes the request add headers to it.
func (m *message) propagate(sample *report.Request) {
	if sample.Traced() {
		m.header = m.header.change()
		sample.Propagate(m.url().String(), m.header.Set)
	}
}

// name is host[:port] as the target knows itself.
func (m *message) name() string { return orDefault(m.vhost, m.origin.host) }

// url returns where the message goes in the form that net/http wants.
func (m *message) url() *url.URL {
	u := &url.URL{Scheme: m.origin.scheme, Host: m.origin.host}
	u.Path, u.RawQuery, u.ForceQuery = splitTarget(string(m.target))
	if strings.ContainsAny(u.Path, "%!'()*[]") { // net/url would write these in another way
		u.RawPath = u.Path
		u.Path, _ = url.PathUnescape(u.RawPath) // expand made sure that it is valid
	}
	return u
}

func splitTarget(target string) (path, query string, force bool) {
	path, query, found := strings.Cut(target, "?")
	return path, query, found && query == ""
}
