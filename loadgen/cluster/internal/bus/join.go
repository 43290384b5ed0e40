package bus

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/gensim/load-generator/internal/redact"
)

// Target is where a bus is, and what proves the one end to the other. ParseJoin makes it, and a Server has two.
type Target struct {
	within  func() *Server // in this process
	servers []string       // URLs of one bus: several are a cluster
	creds   string         // path of a credentials file of NATS
	token   string
	key     func() ed25519.PublicKey // of a Server with the token, worked out once for all attempts; nil without a token
	pin     string                   // SHA-256 of the server's certificate
	ours    bool                     // a Server's: its certificate may be known by the token
	files   Files
}

// ParseJoin reads what names a bus: a host, host:port, a join string host:port#token#sha256 of Server.Join, or URLs of
// NATS with commas between them, such as nats://user:password@a:4222,nats://b. tls:// asks for TLS, and
// ?creds=FILE after the last names a credentials file. port is for a host without one; URLs have 4222.
// Errors do not repeat secrets.
func ParseJoin(text string, port int) (Target, error) {
	if strings.Contains(text, "://") {
		return parseURLs(text)
	}
	address, secrets, _ := strings.Cut(text, "#")
	token, pin, _ := strings.Cut(secrets, "#")
	server, err := withPort(address, port)
	if err != nil {
		return Target{}, err
	}
	if err := CheckToken(token); err != nil {
		return Target{}, err
	}
	pin = strings.ToLower(strings.ReplaceAll(pin, ":", ""))
	if raw, err := hex.DecodeString(pin); err != nil || len(raw) != 0 && len(raw) != 32 {
		return Target{}, errors.New("a join string is host:port#token#sha256, and the last is not a SHA-256 of 64 hexadecimal digits")
	}
	return Target{servers: []string{"nats://" + server}, pin: pin, ours: true}.WithToken(token), nil
}

// withPort is host:port of a host that may have one.
func withPort(address string, port int) (string, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		host, text = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]"), strconv.Itoa(port)
	}
	if strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return "", fmt.Errorf("%.100q is not host:port", address)
	}
	if n, err := strconv.ParseUint(text, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%.100q is not a port", text)
	}
	if host == "" || len(host) > longestHost || strings.ContainsAny(host, "/?@[] \t\r\n\\%\"<>^`{|}") || strings.ContainsFunc(host, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", fmt.Errorf("%.100q does not name a host", address)
	}
	return net.JoinHostPort(host, text), nil
}

// longestHost is that of DNS.
const longestHost = 253

func parseURLs(text string) (t Target, err error) {
	for part := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil {
			return Target{}, fmt.Errorf("%.100q is not a URL of NATS", redact.Address(part))
		}
		if u.Scheme != "nats" && u.Scheme != "tls" || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
			return Target{}, fmt.Errorf("%.100q is not a URL of NATS, such as nats://host:4222 or tls://host:4222", redact.Address(part))
		}
		host, err := withPort(u.Host, 4222)
		if err != nil {
			return Target{}, err
		}
		if creds := u.Query().Get("creds"); creds != "" {
			t.creds = creds
		}
		t.servers = append(t.servers, (&url.URL{Scheme: u.Scheme, User: u.User, Host: host}).String())
	}
	return t, nil
}

// CheckURLs reports what is wrong with URLs for ParseJoin, and credentials that cannot be read.
func CheckURLs(text string) error {
	t, err := parseURLs(text)
	if err != nil || t.creds == "" {
		return err
	}
	file, err := os.Open(t.creds)
	if err != nil {
		return fmt.Errorf("the credentials of the bus: %w", err)
	}
	return file.Close()
}

// WithToken is the Target with another token, if one is given.
func (t Target) WithToken(token string) Target {
	if token != "" {
		t.token, t.key = token, sync.OnceValue(func() ed25519.PublicKey { return keyOf(token).Public().(ed25519.PublicKey) })
	}
	return t
}

// WithFiles is the Target with certificates.
func (t Target) WithFiles(f Files) Target {
	t.files = f
	return t
}

// String names the bus without secrets.
func (t Target) String() string {
	if t.within != nil {
		return "this process"
	}
	var names []string
	for _, s := range t.servers {
		names = append(names, redact.Address(strings.TrimPrefix(s, "nats://")))
	}
	return strings.Join(names, ",")
}
