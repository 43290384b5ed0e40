package httpclient

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report/measure"
)

// sendCookies puts the user's cookies for this place on m.
func (c *Client) sendCookies(m *wire.Message) {
	m.Cookie = ""
	if jar := c.jar.Load(); jar != nil {
		m.Cookie = jar.header(placeAt(m), time.Now())
	}
}

// storeCookies keeps what the target set, in a jar that the first cookie makes.
// What is not kept is counted in the report, by the reason.
func (c *Client) storeCookies(ctx context.Context, m *wire.Message) {
	if !c.cookies || !m.Answer.SetsCookies() {
		return
	}
	j := c.jar.Load()
	if j == nil {
		c.jar.CompareAndSwap(nil, new(jar))
		j = c.jar.Load()
	}
	at, now := placeAt(m), time.Now()
	for _, line := range m.Answer.All()["Set-Cookie"] {
		if why := j.store(line, at, now); why != "" {
			measure.FromContext(ctx).Note("Cookies not kept: " + why)
		}
	}
}

// place is what cookies know of a request: the host by the name that the target
// sees, and the path as it goes out. A target on this machine is secure without
// TLS, for browsers and curl as well: else a service that sets Secure cookies could
// not be tried where it is developed.
type place struct {
	host, path string
	secure     bool
}

func placeAt(m *wire.Message) place {
	path, _, _ := strings.Cut(string(m.Target), "?")
	named := wire.Origin{Scheme: m.Origin.Scheme, Host: m.Name()}
	host := strings.ToLower(named.URL().Hostname())
	return place{host: host, path: path, secure: m.Origin.Scheme == "https" || isLoopback(host)}
}

// isLoopback says that a host is by its name on this machine.
func isLoopback(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
