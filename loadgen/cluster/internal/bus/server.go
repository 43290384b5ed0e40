package bus

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// pingEvery is how often each end asks the other for a sign of life. Two that stay without an answer end a
// connection, so a dead one is noticed within 15 s.
const (
	pingEvery = 5 * time.Second
	pingsOut  = 2
)

// handshake is how long a client may take for TLS, and again for its name and token: machines under load are slow.
const handshake = 10 * time.Second

// Config is where a Server listens and whom it lets in.
type Config struct {
	// Listen is host:port. Port 0 takes any free one; an empty host and * are all addresses. Without Listen the
	// server is for its own process alone.
	Listen string
	Prefix string       // of all subjects: words of letters, digits, - and _, with dots between them
	Token  string       // that workers must show; empty: none
	Files  Files        // for TLS; with a CA workers must show a certificate that it signed
	Log    *slog.Logger // for what goes wrong, at level warn; nil: none
}

// Server is a bus within this process. Its methods are safe for concurrent use.
type Server struct {
	nats       *server.Server
	token      string
	secret     string // that the coordinator's own connections show
	host, port string // empty: no listener
	pin        string // SHA-256 of the certificate that was made at start
}

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// Serve starts a Server. It refuses, with one sentence, to listen beyond loopback without a token and without a CA
// for the certificates of workers. With a token and no certificate it makes one there, which Join names.
func Serve(c Config) (*Server, error) {
	if !prefixForm.MatchString(c.Prefix) {
		return nil, fmt.Errorf("%q cannot be the prefix of subjects: words of letters, digits, - and _ with dots between them", c.Prefix)
	}
	if err := CheckToken(c.Token); err != nil {
		return nil, err
	}
	s := &Server{token: c.Token, secret: rand.Text()}
	o := &server.Options{
		NoSigs: true, NoSystemAccount: true, DontListen: true,
		PingInterval: pingEvery, MaxPingsOut: pingsOut,
		AuthTimeout: handshake.Seconds(), TLSTimeout: handshake.Seconds(),
		MaxClosedClients: 16, // kept for monitoring, which is off
	}
	if c.Listen != "" {
		if err := s.listen(c, o); err != nil {
			return nil, err
		}
	}
	return s, s.start(c, o)
}

// listen sets the options of a server that listens.
func (s *Server) listen(c Config, o *server.Options) (err error) {
	host, text, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("%q is not host:port", c.Listen)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a port", text)
	}
	if host == "*" || host == "" {
		host = anyAddress()
	}
	if port == 0 {
		o.Port = server.RANDOM_PORT
	} else {
		o.Port = int(port)
	}
	o.Host, o.DontListen, s.host = host, false, host
	if _, err := net.LookupHost(host); err != nil { // or it would pass for one that others reach
		return fmt.Errorf("the bus cannot listen on %s: %s does not resolve: %w", c.Listen, host, err)
	}
	beyond := !isLoopback(host)
	if beyond && c.Token == "" && c.Files.CA == "" {
		return fmt.Errorf("anyone who reaches %s could join as a worker: give a token, or a CA for the certificates of workers, or listen on 127.0.0.1", c.Listen)
	}
	if c.Files == (Files{}) && !(beyond && c.Token != "") {
		return nil
	}
	o.TLSConfig, s.pin, err = c.Files.serving(c.Token)
	if why := c.Files.expired(); why != "" && c.Log != nil {
		c.Log.Warn("workers refuse the certificate of the master: " + why)
	}
	o.TLS, o.TLSVerify = true, c.Files.CA != ""
	return err
}

// start runs the server. Its errors come by the log alone.
func (s *Server) start(c Config, o *server.Options) (err error) {
	g := &gate{prefix: c.Prefix, token: c.Token, secret: s.secret, log: &watchman{log: c.Log}}
	o.CustomClientAuthentication = g
	if s.nats, err = server.NewServer(o); err != nil {
		return fmt.Errorf("the bus cannot start: %w", err)
	}
	log := &serverLog{gate: g}
	debug := o.TLS // only there does it say who spoke something else than TLS
	s.nats.SetLoggerV2(log, debug, false, false)
	s.nats.Start()
	if o.DontListen {
		return nil
	}
	addr := s.nats.Addr()
	if addr == nil {
		s.Close()
		return portError(c.Listen, log.fatal)
	}
	_, s.port, err = net.SplitHostPort(addr.String())
	return err
}

// portError says why nothing listens. The server has only the text of the system's error.
func portError(listen, why string) error {
	if strings.Contains(why, "in use") || strings.Contains(why, "Only one usage") {
		return fmt.Errorf("the bus cannot listen on %s: another program does", listen)
	}
	return fmt.Errorf("the bus cannot listen on %s: %s", listen, why)
}

// anyAddress is the address that stands for all of this machine's, with IPv6 where there is one.
func anyAddress() string {
	if l, err := net.Listen("tcp", ":0"); err == nil {
		defer l.Close()
		if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.To4() == nil {
			return "::"
		}
	}
	return "0.0.0.0"
}

// isLoopback reports whether only this machine reaches a host.
func isLoopback(host string) bool {
	addresses := []string{host}
	if _, err := netip.ParseAddr(host); err != nil {
		if addresses, err = net.LookupHost(host); err != nil {
			return false
		}
	}
	for _, a := range addresses {
		if ip, err := netip.ParseAddr(a); err != nil || !ip.Unmap().IsLoopback() {
			return false
		}
	}
	return true
}

// longestToken leaves room for it in what a client says first, which NATS bounds.
const longestToken = 1000

// CheckToken refuses tokens that a join string could not hold, or a client not show.
func CheckToken(token string) error {
	if len(token) > longestToken {
		return fmt.Errorf("a token has at most %d characters", longestToken)
	}
	for _, r := range token {
		if r <= ' ' || r > '~' || r == '#' {
			return errors.New("a token is of printable ASCII characters, without spaces and #")
		}
	}
	return nil
}

// Addr is host:port, where the Server listens; empty if it does not.
func (s *Server) Addr() string {
	if s.port == "" {
		return ""
	}
	return net.JoinHostPort(s.host, s.port)
}

// Join is what a worker needs to come, for ParseJoin: host:port, the token, and the SHA-256 of the certificate that
// was made at start. It holds the token: show it to those who start workers. host is the name by which they reach this
// machine; empty: where the Server listens.
func (s *Server) Join(host string) string {
	if host == "" {
		host = s.host
	}
	text := net.JoinHostPort(host, s.port)
	if s.token != "" || s.pin != "" {
		text += "#" + s.token
	}
	if s.pin != "" {
		text += "#" + s.pin
	}
	return text
}

// Target is the way in for the coordinator: within the process, with the right to publish and subscribe to everything.
func (s *Server) Target() Target {
	return Target{within: func() *Server { return s }, token: s.secret}
}

// WorkerTarget is the way in for a worker in the same process, with the rights of one.
func (s *Server) WorkerTarget() Target { return Nearby(func() *Server { return s }) }

// Nearby is WorkerTarget of the Server that now returns, each time that a connection is made: it may be another one by then,
// with the same token.
func Nearby(now func() *Server) Target { return Target{within: now, token: now().token} }

// Close ends the Server and all its connections. It blocks until its goroutines have ended.
func (s *Server) Close() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}
