package wire

import (
	"net"
	"net/url"
)

// Origin is where requests go: "http", "localhost:8081".
type Origin struct{ Scheme, Host string }

// Address is host:port with the port that the scheme implies.
func Address(u *url.URL) string { return net.JoinHostPort(u.Hostname(), PortOf(u)) }

func PortOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func (o Origin) Address() string { return Address(o.URL()) }

func (o Origin) URL() *url.URL { return &url.URL{Scheme: o.Scheme, Host: o.Host} }
