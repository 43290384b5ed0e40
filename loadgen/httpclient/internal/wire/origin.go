package wire

import (
	"cmp"
	"net"
	"net/url"
)

// Origin is where requests go: "http", "localhost:8081".
type Origin struct{ Scheme, Host string }

// Address is host:port with the port that the scheme implies.
func Address(u *url.URL) string { return net.JoinHostPort(u.Hostname(), PortOf(u)) }

// PortOf is the port of u, or the one that its scheme implies.
func PortOf(u *url.URL) string {
	if u.Scheme == "https" {
		return cmp.Or(u.Port(), "443")
	}
	return cmp.Or(u.Port(), "80")
}

// Address is host:port with the port that the scheme implies.
func (o Origin) Address() string { return Address(o.URL()) }

// URL is the root of o.
func (o Origin) URL() *url.URL { return &url.URL{Scheme: o.Scheme, Host: o.Host} }
