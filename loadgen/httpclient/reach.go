package httpclient

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
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
	err := c.reach(ctx)
	if err == nil {
		return nil
	}
	e := &Error{Reason: reasonFor(ctx, orContext(ctx, err)), Err: err}
	e.Op.Name = "reach"
	return e
}

func (c *Client) reach(ctx context.Context) error {
	to := c.origin.url()
	via, err := c.via(ctx, to)
	if err != nil {
		return err
	}
	if via != nil {
		to = via
	}
	s, err := c.sockets.open(ctx, "tcp", address(to), 0)
	if err != nil {
		return err
	}
	defer s.Close()
	if to.Scheme != "https" || via != nil {
		return nil
	}
	config := orDefault(c.tls, new(tls.Config)).Clone()
	config.ServerName = orDefault(config.ServerName, to.Hostname())
	return tls.Client(s, config).HandshakeContext(ctx)
}

// via is the proxy on the way to the target; nil: none.
func (c *Client) via(ctx context.Context, to *url.URL) (*url.URL, error) {
	if c.proxy == nil {
		return nil, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, err
	}
	via, err := c.proxy(r)
	if err == nil && via != nil && via.Port() == "" && strings.HasPrefix(via.Scheme, "socks5") {
		with := *via
		with.Host = net.JoinHostPort(via.Hostname(), "1080")
		via = &with
	}
	return via, err
}
