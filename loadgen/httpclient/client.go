package httpclient

import (
	"cmp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// Client sends measured requests to one target. Create it with [New]; give
// each virtual user its own by [Client.Session]. A Client is one user itself:
// its requests share cookies. All methods are safe for concurrent use.
type Client struct {
	*core
	jar atomic.Pointer[jar]
	own atomic.Pointer[wire.Private] // with PerUserConns, once it is used
	set atomic.Pointer[session]      // after SetHeader
}

// core is what all sessions of one New share. Its settings never change.
type core struct {
	origin     wire.Origin
	prefix     string // escaped path before every path, without a slash at its end
	timeout    time.Duration
	maxBody    int64
	hops       int
	allowed    []string
	cookies    bool
	header     *wire.Fields // of requests without JSON
	jsonHeader *wire.Fields
	epoch      time.Time // offsets outside a run count from here
	slots      chan struct{}

	root    *Client // the one that New returned
	wire    wire.Wire
	perUser bool
	sockets *wire.Sockets // nil with Config.Base
	inside  *inProcess    // Config.Base when it is Handler's; else nil

	memory   wire.Memory
	messages sync.Pool // of *message
}

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
		c.sockets.Close()
	default:
		if own := c.own.Swap(nil); own != nil {
			c.sockets.ClosePrivate(own)
		}
	}
}

// private returns the session's own connections; nil when they are shared.
func (c *Client) private() *wire.Private {
	if !c.perUser {
		return nil
	}
	if own := c.own.Load(); own != nil {
		return own
	}
	fresh := c.sockets.NewPrivate(c.origin)
	if !c.own.CompareAndSwap(nil, fresh) { // another task of this user was faster
		c.sockets.ClosePrivate(fresh)
	}
	return c.own.Load()
}

// connect sets up the connections that c asks for, without opening one.
func (k *core) connect(c Config) {
	switch base := c.Base.(type) {
	case nil:
	case *inProcess:
		k.inside = newInProcess(base.server, c.Gzip)
		k.wire = wire.On(k.inside)
		return
	default:
		k.wire = wire.On(base)
		return
	}
	k.perUser = c.PerUserConns
	k.sockets = wire.NewSockets(wire.Config{
		Timeout: max(k.timeout, 0), IdleTimeout: cmp.Or(c.IdleTimeout, DefaultIdleTimeout), UnixSocket: c.UnixSocket, MaxConns: c.MaxConns,
		PerUserConns: c.PerUserConns, TLS: c.TLS, Proxy: c.Proxy, Gzip: c.Gzip, HTTP2: c.HTTP2,
	})
	if c.Wire == Fast {
		k.wire = k.sockets.Fast()
	} else {
		k.wire = k.sockets.NetHTTP()
	}
}
