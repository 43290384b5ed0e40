package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReason(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	for _, x := range []struct {
		err  error
		want string
	}{
		{dial(syscall.EMFILE), "generator: open files"},
		{dial(syscall.ENFILE), "generator: open files"},
		{dial(syscall.EADDRNOTAVAIL), "generator: out of ports"},
		{dial(syscall.EHOSTUNREACH), "connect: unreachable"},
		{dial(syscall.ENETUNREACH), "connect: unreachable"},
		{dial(syscall.ETIMEDOUT), "connect: timeout"},
		{dial(syscall.EPIPE), "connect: reset"},
		{dial(syscall.EIO), "connect: failed"},
		{dial(syscall.Errno(10061)), "connect: refused"}, // what Windows says
		{dial(syscall.Errno(10060)), "connect: timeout"},
		{dial(syscall.Errno(10055)), "generator: out of ports"},
		{&bodyError{syscall.Errno(10054)}, "connect: reset"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, "dns: no such host"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, "dns: timeout"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{}}, "dns: failed"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "timeout"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{}}, "tls: certificate"},
		{x509.HostnameError{Certificate: &x509.Certificate{}}, "tls: certificate"},
		{errors.New("remote error: tls: internal error"), "tls: handshake"},
		{errors.New("http2: server sent GOAWAY and closed the connection"), "protocol: http2"},
		{&bodyError{errors.New("stream error: stream ID 1; CANCEL")}, "protocol: http2"},
		{&bodyError{io.ErrUnexpectedEOF}, "body: truncated"},
		{&bodyError{syscall.ECONNRESET}, "connect: reset"},
		{&bodyError{errors.New("gzip: invalid header")}, "body: malformed"},
		{context.DeadlineExceeded, "timeout"},
		{io.EOF, "connect: closed"},
		{net.ErrClosed, "connect: closed"},
		{fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", errors.New(`malformed HTTP response "tls: http2: "`)), "protocol: not HTTP"},
		{errors.New("net/http: invalid header field value"), "request: invalid method or header"},
		{errors.New("no one knows 127.0.0.1:1234"), "other"},
	} {
		assert.Equal(t, x.want, Reason(x.err), "%v", x.err)
	}
}
