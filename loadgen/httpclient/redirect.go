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
// sent. As browsers do, all but 307 and 308 turn a POST into a GET.
func (c *Client) redirect(m *message) error {
	from := m.url()
	to, err := from.Parse(m.answer.all().Get("Location"))
	if err != nil || to.Hostname() == "" {
		return errBadLocation
	}
	if !c.mayFollow(from, to) {
		return errOtherHost
	}
	if m.status < 307 && m.method != http.MethodGet && m.method != http.MethodHead {
		m.method, m.body = http.MethodGet, nil
		m.header = m.header.change()
		m.header.Del("Content-Type")
	}
	if !sameTarget(from, to) && !isUpgrade(from, to) {
		// Credentials are for the host that they were given for.
		m.vhost = ""
		m.header = m.header.change()
		m.header.Del("Authorization")
		m.header.Del("Cookie")
	}
	m.origin = origin{scheme: to.Scheme, host: to.Host}
	m.target = appendEscaped(m.target[:0], to.RequestURI())
	return nil
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
	if sameTarget(from, to) || sameTarget(c.origin.url(), to) || isUpgrade(from, to) {
		return true
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
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (o origin) address() string { return address(o.url()) }

func (o origin) url() *url.URL { return &url.URL{Scheme: o.scheme, Host: o.host} }
