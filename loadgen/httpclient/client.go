package httpclient

import (
	"net/http"
	"net/http/cookiejar"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// Client sends measured requests to one target. Create it with [New]; give
// each virtual user its own by [Client.Session]. A Client is one user itself:
// its requests share cookies. All methods are safe for concurrent use.
type Client struct {
	*core
	jar atomic.Pointer[cookiejar.Jar]
	own atomic.Pointer[netWire] // the session's connections, with PerUserConns
}

// core is what all sessions of one New share. Its settings never change.
type core struct {
	origin     origin
	prefix     string // escaped path before every path, without a slash at its end
	vhost      string // host name to show to the target; "" means origin.host
	timeout    time.Duration
	maxBody    int64
	hops       int
	allowed    []string
	cookies    bool
	header     http.Header // of requests without JSON; shared, so never written to
	jsonHeader http.Header
	epoch      time.Time // offsets outside a run count from here
	slots      chan struct{}

	root    *Client         // the one that New returned
	wire    wire            // shared by all sessions; nil when each has its own
	newWire func() *netWire // nil unless each session has its own
	sockets *sockets        // nil with Config.Base

	deadlines deadlines
}

// origin is where requests go: "http", "localhost:8081".
type origin struct{ scheme, host string }

// Session returns the client of one user. It costs a few words until the
// target sets a cookie or, with PerUserConns, until the first request.
func (c *Client) Session(env scenario.Env) *Client { return &Client{core: c.core} }

// Close ends a client. On the one that New returned it closes all connections,
// those of the sessions included; requests in flight fail and no new one can be
// sent. On a session it closes the idle connections that are the session's
// own, which would otherwise stay open for idleTimeout; a session on shared
// connections has nothing to close.
func (c *Client) Close() {
	if c == c.root && c.sockets != nil {
		c.sockets.close()
	}
	if own := c.own.Load(); own != nil {
		own.rt.(*http.Transport).CloseIdleConnections()
	}
}

// route returns the connections that this client's requests use.
func (c *Client) route() wire {
	if c.newWire == nil {
		return c.wire
	}
	if own := c.own.Load(); own != nil {
		return own
	}
	fresh := c.newWire()
	if c.own.CompareAndSwap(nil, fresh) {
		return fresh
	}
	return c.own.Load() // another task of this user was faster; fresh has no connection yet
}
