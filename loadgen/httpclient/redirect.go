package httpclient

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect turns m into the request that its answer asks for, if that may be
// sent. As in net/http, all but 307 and 308 turn every method but HEAD into a GET;
// browsers keep PUT, PATCH and DELETE with 301 and 302. What told of the body then
// goes as well.
func (c *Client) redirect(m *wire.Message) error {
	from := m.URL()
	from.Host = m.Name()
	to, err := from.Parse(m.Answer.All().Get("Location"))
	if err != nil || to.Hostname() == "" {
		return errBadLocation
	}
	place, vhost, ok := c.placeOf(m, from, to)
	if !ok {
		return errOtherHost
	}
	if m.Status < 307 && m.Method != http.MethodGet && m.Method != http.MethodHead {
		m.Method, m.Body = http.MethodGet, nil
		m.Header = m.Header.Change()
		for _, key := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Expect"} {
			m.Header.Del(key)
		}
	}
	if !sameTarget(from, to) && !isUpgrade(from, to) && place != m.Origin {
		// Credentials are for the host that they were given for.
		m.Header = m.Header.Change()
		m.Header.Del("Authorization")
		m.Header.Del("Cookie")
	}
	m.Origin, m.VHost = place, vhost
	m.Target = appendEscaped(m.Target[:0], to.RequestURI())
	return nil
}

// placeOf returns the address that a URL names and the name to tell it, if load
// may go there. The name that the first request told is at the client's address.
func (c *Client) placeOf(m *wire.Message, from, to *url.URL) (place wire.Origin, vhost string, ok bool) {
	place = wire.Origin{Scheme: to.Scheme, Host: to.Host}
	if m.Home == "" {
		return place, "", c.mayFollow(from, to)
	}
	home := &url.URL{Scheme: c.origin.Scheme, Host: m.Home}
	if at, ok := behind(c.origin, home, to); ok {
		return at, to.Host, true
	}
	if strings.EqualFold(home.Hostname(), to.Hostname()) {
		return place, "", c.allows(to) // another port of that name: unknown where
	}
	return place, "", c.mayFollow(from, to)
}

// behind returns the address of a URL by a name that o stands for. Its port may
// be that of the name or of o, as targets know one or the other.
func behind(o wire.Origin, name, to *url.URL) (wire.Origin, bool) {
	if to.Scheme != "http" && to.Scheme != "https" {
		return o, false
	}
	own := o.URL()
	if own.Host = name.Hostname(); strings.Contains(own.Host, ":") {
		own.Host = "[" + own.Host + "]"
	}
	own.Host += ":" + wire.PortOf(o.URL())
	switch {
	case !sameTarget(name, to) && !sameTarget(own, to):
		upgraded := wire.Origin{Scheme: "https", Host: net.JoinHostPort(o.URL().Hostname(), "443")}
		return upgraded, isUpgrade(name, to) && wire.PortOf(o.URL()) == "80"
	case to.Scheme == o.Scheme:
		return o, true
	}
	return wire.Origin{Scheme: to.Scheme, Host: o.Address()}, true
}

// appendEscaped appends target with what a request's first line cannot hold
// escaped: net/url leaves the query of a Location as it came.
func appendEscaped(dst []byte, target string) []byte {
	for _, c := range []byte(target) {
		if urlByte[c] {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// mayFollow keeps a target from sending load, or the script's data, elsewhere.
func (c *Client) mayFollow(from, to *url.URL) bool {
	if to.Scheme != "http" && to.Scheme != "https" {
		return false
	}
	return sameTarget(from, to) || sameTarget(c.origin.URL(), to) || isUpgrade(from, to) || c.allows(to)
}

// allows says that the script has named the host of to as one for redirects.
func (c *Client) allows(to *url.URL) bool {
	if to.Scheme != "http" && to.Scheme != "https" {
		return false
	}
	return slices.ContainsFunc(c.allowed, func(host string) bool {
		return host == "*" || strings.EqualFold(host, to.Hostname()) || strings.EqualFold(host, wire.Address(to))
	})
}

// sameTarget says that to is the host and port of from, and does not send in the
// clear what went encrypted.
func sameTarget(from, to *url.URL) bool {
	return strings.EqualFold(wire.Address(from), wire.Address(to)) && (to.Scheme == "https" || from.Scheme != "https")
}

// isUpgrade says that to is from on https, both on their standard ports.
func isUpgrade(from, to *url.URL) bool {
	return to.Scheme == "https" && strings.EqualFold(from.Hostname(), to.Hostname()) &&
		strings.HasSuffix(wire.Address(from), ":80") && strings.HasSuffix(wire.Address(to), ":443")
}
