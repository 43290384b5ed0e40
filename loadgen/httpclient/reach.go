package httpclient

import (
	"context"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// Reach opens a connection the way requests go, through the proxy or the socket
// of the Config and with its TLS, closes it again and sends nothing. The error is
// one that Error lists, with "reach" as its row. Through a proxy only the
// way to the proxy is tried. Where Config.Base carries the requests nothing can
// be tried, and Reach returns nil.
func (c *Client) Reach(ctx context.Context) error {
	if c.sockets == nil {
		return nil
	}
	err := c.sockets.Reach(ctx, c.origin)
	if err == nil {
		return nil
	}
	e := &Error{Reason: reasonFor(ctx, wire.OrContext(ctx, err)), Err: err}
	e.Op.Name = "reach"
	return e
}
