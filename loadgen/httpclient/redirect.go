package httpclient

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
func (c *Client) redirect(m *message) error {
	from := m.url()
	from.Host = m.name()
	to, err := from.Parse(m.answer.all().Get("Location"))
	if err != nil || to.Hostname() == "" {
		return errBadLocation
	}
	place, vhost, ok := c.placeOf(m, from, to)
	if !ok {
		return errOtherHost
	}
	if m.status < 307 && m.method != http.MethodGet && m.method != http.MethodHead {
		m.method, m.body = http.MethodGet, nil
		m.header = m.header.change()
		for _, key := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Expect"} {
			m.header.Del(key)
		}
	}
	if !sameTarget(from, to) && !isUpgrade(from, to) && place != m.origin {
		// Credentials are for the host that they were given for.
		m.header = m.header.change()
		m.header.Del("Authorization")
		m.header.Del("Cookie")
	}
	m.origin, m.vhost = place, vhost
	m.target = appendEscaped(m.target[:0], to.RequestURI())
	return nil
}

// placeOf returns the address that a URL names and the name to tell it, if load
// may go there. The name that the first request told is at the client's address.
func (c *Client) placeOf(m *message, from, to *url.URL) (place origin, vhost string, ok bool) {
	place = origin{scheme: to.Scheme, host: to.Host}
	if m.home == "" {
		return place, "", c.mayFollow(from, to)
	}
	home := &url.URL{Scheme: c.origin.scheme, Host: m.home}
	if at, ok := c.origin.behind(home, to); ok {
		return at, to.Host, true
	}
	if strings.EqualFold(home.Hostname(), to.Hostname()) {
		return place, "", c.allows(to) // another port of that name: unknown where
	}
	return place, "", c.mayFollow(from, to)
}

// behind returns the address of a URL by a name that o stands for. Its port may
// be that of the name or of o, as targets know one or the other.
func (o origin) behind(name, to *url.URL) (origin, bool) {
	if to.Scheme != "http" && to.Scheme != "https" {
		return o, false
	}
	own := o.url()
	if own.Host = name.Hostname(); strings.Contains(own.Host, ":") {
		own.Host = "[" + own.Host + "]"
	}
	own.Host += ":" + portOf(o.url())
	switch {
	case !sameTarget(name, to) && !sameTarget(own, to):
		upgraded := origin{scheme: "https", host: net.JoinHostPort(o.url().Hostname(), "443")}
		return upgraded, isUpgrade(name, to) && portOf(o.url()) == "80"
	case to.Scheme == o.scheme:
		return o, true
	}
	return origin{scheme: to.Scheme, host: o.address()}, true
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
	return sameTarget(from, to) || sameTarget(c.origin.url(), to) || isUpgrade(from, to) || c.allows(to)
}

// allows says that the script has named the host of to as one for redirects.
func (c *Client) allows(to *url.URL) bool {
	if to.Scheme != "http" && to.Scheme != "https" {
		return false
	}
	return slices.ContainsFunc(c.allowed, func(host string) bool {
		return host == "*" || strings.EqualFold(host, to.Hostname()) || strings.EqualFold(host, address(to))
	})
}

// sameTarget says that to is the host and port of from, and does not send in the
// clear what went encrypted.
func sameTarget(from, to *url.URL) bool {
	return strings.EqualFold(address(from), address(to)) && (to.Scheme == "https" || from.Scheme != "https")
}

// isUpgrade says that to is from on https, both on their standard ports.
func isUpgrade(from, to *url.URL) bool {
	return to.Scheme == "https" && strings.EqualFold(from.Hostname(), to.Hostname()) &&
		strings.HasSuffix(address(from), ":80") && strings.HasSuffix(address(to), ":443")
}

// address is host:port with the port that the scheme implies.
func address(u *url.URL) string { return net.JoinHostPort(u.Hostname(), portOf(u)) }

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func (o origin) address() string { return address(o.url()) }

func (o origin) url() *url.URL { return &url.URL{Scheme: o.scheme, Host: o.host} }
