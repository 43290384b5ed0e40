package wire

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Reach opens a connection the way to o, to the proxy if there is one, and closes
// it again.
func (s *Sockets) Reach(ctx context.Context, o Origin) error {
	to := o.URL()
	via, err := s.via(ctx, to)
	if err != nil {
		return err
	}
	if via != nil {
		to = via
	}
	c, err := s.open(ctx, "tcp", Address(to), 0)
	if err != nil {
		return err
	}
	defer c.Close()
	if to.Scheme != "https" || via != nil {
		return nil
	}
	_, err = handshake(ctx, c, s.config.TLS, to.Hostname())
	return err
}

// via is the proxy on the way to the target; nil: none.
func (s *Sockets) via(ctx context.Context, to *url.URL) (*url.URL, error) {
	if s.config.Proxy == nil {
		return nil, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, err
	}
	via, err := s.config.Proxy(r)
	if err == nil && via != nil && via.Port() == "" && strings.HasPrefix(via.Scheme, "socks5") {
		with := *via
		with.Host = net.JoinHostPort(via.Hostname(), "1080")
		via = &with
	}
	return via, err
}
