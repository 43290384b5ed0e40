package bus

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
)

// What Dial's errors are, by errors.Is. Their texts say more, in one line. Only ErrUnreachable may pass by
// itself.
var (
	ErrUnreachable = errors.New("the bus cannot be reached")
	ErrNotBus      = errors.New("another protocol is spoken there")
	ErrDenied      = errors.New("the bus refuses this client")
	ErrCertificate = errors.New("the certificates do not fit")
	ErrTooOld      = errors.New("the bus is too old")
	ErrTooNarrow   = errors.New("the bus takes short messages alone")
)

// What calls of a Conn fail with.
var (
	ErrDisconnected = errors.New("not connected to the bus")
	ErrNoAnswer     = errors.New("no one on the bus takes this request")
	ErrTooLarge     = errors.New("the message is larger than the bus takes")
)

// failure is an error with a text that names the bus.
type failure struct {
	text string
	kind error // one of those above
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.kind }

func failed(kind error, format string, v ...any) error {
	return &failure{text: fmt.Sprintf(format, v...), kind: kind}
}

// undialled says why there is no connection to an address.
func undialled(address string, err error) error {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return failed(ErrUnreachable, "the name %q of the master is not known: %s", dns.Name, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(ErrUnreachable, "nothing listens at %s", address)
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed(ErrUnreachable, "%s does not answer", address)
	default:
		return failed(ErrUnreachable, "%s cannot be reached: %v", address, err)
	}
}

// unwelcome says why a connection did not become one of the bus. head is what came first from the other end.
func unwelcome(address string, head []byte, err error) error {
	if kind := speaks(head); kind != "" {
		return failed(ErrNotBus, "%s is %s, not a master of this program", address, kind)
	}
	if e := untrusted(address, err); e != nil {
		return e
	}
	text := strings.ToLower(err.Error())
	var timeout net.Error
	switch {
	case strings.Contains(text, "authorization") || strings.Contains(text, "authentication"):
		return failed(ErrDenied, "%s refuses this worker: the token or the password is not the right one", address)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return failed(ErrCertificate, "%s does not speak TLS, which the address or the join string asks for", address)
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed(ErrUnreachable, "%s accepts connections, but does not answer", address)
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		return failed(ErrUnreachable, "%s ends the connection at once", address)
	default:
		return failed(ErrUnreachable, "%s: %v", address, err)
	}
}

// untrusted is what TLS refuses, or nil.
func untrusted(address string, err error) error {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		timeout net.Error
		text    string
	)
	switch {
	case errors.Is(err, errToken):
		text = "%s refuses this worker: the token or the password is not the right one, as its certificate shows"
	case errors.Is(err, errPin):
		text = "the certificate of %s is not the one that the join string names: another one answers there, or it has another token now"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "the certificate of %s has expired or is not valid yet by this machine's clock"
	case errors.As(err, &unknown):
		text = "the certificate of %s is not trusted here: give the token of the master, the join string that it logs, or the CA that signed it"
	case errors.As(err, &name):
		text = "the certificate of %s is for another name: give the token of the master, the join string that it logs, or a name in the certificate"
	case errors.As(err, &invalid):
		return failed(ErrCertificate, "the certificate of %s is not valid: %v", address, invalid)
	case errors.Is(err, nats.ErrTLS) && errors.As(err, &timeout) && timeout.Timeout():
		return failed(ErrUnreachable, "TLS with %s takes too long", address)
	case strings.Contains(err.Error(), "remote error: tls:"), errors.Is(err, nats.ErrTLS) && strings.Contains(err.Error(), "closed by remote after TLS handshake"):
		text = "%s does not accept the certificate of this worker, or misses one"
	case errors.Is(err, nats.ErrTLS):
		return failed(ErrCertificate, "TLS with %s fails: %s", address, strings.TrimPrefix(err.Error(), nats.ErrTLS.Error()+": "))
	default:
		return nil
	}
	return failed(ErrCertificate, text, address)
}

// speaks says what answers with these bytes; empty: NATS, or nothing came.
func speaks(head []byte) string {
	switch {
	case len(head) == 0 || bytes.HasPrefix(head, []byte("INFO")):
		return ""
	case bytes.HasPrefix(head, []byte("HTTP/")):
		return "an HTTP server"
	case head[0] == 0xff: // of ZeroMQ's greeting, FF and 8 bytes of length, then 7F
		return "a master of Locust in Python (ZeroMQ)"
	default:
		return fmt.Sprintf("a server of another protocol (it says %.16q)", head)
	}
}

// ask finds out what a silent server speaks: one of HTTP waits for a request.
func ask(ctx context.Context, address string) []byte {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return nil
	}
	head := make([]byte, headSize)
	n, _ := c.Read(head)
	return head[:n]
}
