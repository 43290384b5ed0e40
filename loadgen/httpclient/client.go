package httpclient

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Client sends measured requests to one target. Create it with [New]; give
// each virtual user its own by [Client.Session]. A Client is one user itself:
// its requests share cookies. All methods are safe for concurrent use.
type Client struct {
	*core
	jar atomic.Pointer[jar]
	own atomic.Pointer[private] // with PerUserConns, once it is used
	set atomic.Pointer[session] // after SetHeader
}

// private is what a session with its own connections knows of them.
type private struct {
	user    uint64 // number among the sockets
	address string // of the target, for this user's requests on net/http
	idle    pool   // on the fast wire
}

// core is what all sessions of one New share. Its settings never change.
type core struct {
	origin     origin
	prefix     string // escaped path before every path, without a slash at its end
	timeout    time.Duration
	maxBody    int64
	hops       int
	allowed    []string
	cookies    bool
	header     *fields // of requests without JSON
	jsonHeader *fields
	epoch      time.Time // offsets outside a run count from here
	slots      chan struct{}

	root    *Client // the one that New returned
	wire    wire
	perUser bool
	sockets *sockets   // nil with Config.Base
	inside  *inProcess // Config.Base when it is Handler's; else nil
	tls     *tls.Config
	proxy   func(*http.Request) (*url.URL, error)

	memory   memory
	flights  flights
	messages sync.Pool // of *message
}

// origin is where requests go: "http", "localhost:8081".
type origin struct{ scheme, host string }

// Session returns the client of one user. It costs a few words until the
// target sets a cookie or, with PerUserConns, until the first request.
func (c *Client) Session() *Client { return &Client{core: c.core} }

// Close ends a client. On the one that New returned it closes all connections,
// those of the sessions included; requests in flight fail and no new one can be
// sent. On a session with PerUserConns it closes the connections of the user,
// which must not have requests in flight; they would otherwise stay open for
// Config.IdleTimeout. A session on shared connections has nothing to close. With [Handler] it
// waits until the handlers that are still at work have returned, see there.
func (c *Client) Close() {
	switch {
	case c.inside != nil && c == c.root:
		c.inside.close()
	case c.sockets == nil:
	case c == c.root:
		c.sockets.close()
		c.flights.stop()
	default:
		if own := c.own.Swap(nil); own != nil {
			c.sockets.closeUser(own.user)
		}
	}
}

// private returns the session's own connections; nil when they are shared.
func (c *Client) private() *private {
	if !c.perUser {
		return nil
	}
	if own := c.own.Load(); own != nil {
		return own
	}
	fresh := &private{user: c.sockets.newUser()}
	fresh.address = userAddress(c.origin.address(), fresh.user)
	if !c.own.CompareAndSwap(nil, fresh) { // another task of this user was faster
		c.sockets.closeUser(fresh.user)
	}
	return c.own.Load()
}
