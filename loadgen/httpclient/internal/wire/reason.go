package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Reason returns the failure reason for the error of an exchange, one of those
// that httpclient.Error lists.
func Reason(err error) string {
	for _, classify := range []func(error) string{ownReason, systemReason, dnsReason, answerReason, tlsReason, bodyReason, httpReason} {
		if reason := classify(err); reason != "" {
			return reason
		}
	}
	return "other"
}

// ownReason knows the errors of this package.
func ownReason(err error) string {
	for _, own := range []error{errTooLarge, ErrClosed, errNotHTTP, errLongHeader, errNoMemory} {
		if errors.Is(err, own) {
			return own.Error()
		}
	}
	if mistake, ok := errors.AsType[*requestError](err); ok {
		return mistake.Error()
	}
	if refusal, ok := errors.AsType[*proxyError](err); ok {
		return refusal.Error()
	}
	return ""
}

// systemReasons come before the wording by layer: which call failed is chance.
var systemReasons = []struct {
	err    error
	reason string
}{
	{syscall.ECONNREFUSED, "connect: refused"},
	{syscall.ECONNRESET, "connect: reset"},
	{syscall.EPIPE, "connect: reset"},
	{syscall.ECONNABORTED, "connect: reset"},
	{syscall.EHOSTUNREACH, "connect: unreachable"},
	{syscall.ENETUNREACH, "connect: unreachable"},
	{syscall.ETIMEDOUT, "connect: timeout"},
	{syscall.EADDRNOTAVAIL, "generator: out of ports"},
	{syscall.EMFILE, "generator: open files"},
	{syscall.ENFILE, "generator: open files"},

	// Windows: what package syscall has under the names above no call returns there.
	{syscall.Errno(10061), "connect: refused"},        // WSAECONNREFUSED
	{syscall.Errno(10054), "connect: reset"},          // WSAECONNRESET
	{syscall.Errno(10053), "connect: reset"},          // WSAECONNABORTED
	{syscall.Errno(10065), "connect: unreachable"},    // WSAEHOSTUNREACH
	{syscall.Errno(10051), "connect: unreachable"},    // WSAENETUNREACH
	{syscall.Errno(10060), "connect: timeout"},        // WSAETIMEDOUT
	{syscall.Errno(10049), "generator: out of ports"}, // WSAEADDRNOTAVAIL
	{syscall.Errno(10055), "generator: out of ports"}, // WSAENOBUFS
	{syscall.Errno(10024), "generator: open files"},   // WSAEMFILE
}

func systemReason(err error) string {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Net == "unix" && errors.Is(err, syscall.ENOENT) {
		return "connect: refused" // the socket's file is not there
	}
	for _, s := range systemReasons {
		if errors.Is(err, s.err) {
			return s.reason
		}
	}
	return ""
}

func dnsReason(err error) string {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return ""
	case dns.IsNotFound:
		return "dns: no such host"
	case dns.IsTimeout:
		return "dns: timeout"
	}
	return "dns: failed"
}

// answerReason comes before every look into an error's text: this one quotes
// the target, which may have sent any words.
func answerReason(err error) string {
	cause, broken := strings.CutPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
	switch {
	case strings.HasPrefix(err.Error(), "malformed ") && !is[*bodyError](err): // a proxy's, to CONNECT
		return "protocol: not HTTP"
	case !broken:
		return ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connect: closed"
	case strings.HasPrefix(cause, "net/http: server response headers exceeded"):
		return "protocol: header too large"
	}
	return "protocol: not HTTP"
}

func tlsReason(err error) string {
	reason := handshakeReason(err)
	if reason != "" && is[*bodyError](err) {
		return "tls: broken" // the handshake went well
	}
	return reason
}

func handshakeReason(err error) string {
	switch {
	case is[*tls.CertificateVerificationError](err), is[x509.HostnameError](err):
		return "tls: certificate"
	case is[tls.RecordHeaderError](err), errors.Is(err, http.ErrSchemeMismatch):
		return "tls: not TLS"
	case is[tls.AlertError](err), strings.Contains(err.Error(), "tls: "):
		return "tls: handshake"
	}
	return ""
}

// is says that err has an error of a type in it.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func bodyReason(err error) string {
	var timeout net.Error
	switch body, ok := errors.AsType[*bodyError](err); {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case !ok:
		return ""
	case errors.Is(body, io.ErrUnexpectedEOF), strings.HasSuffix(body.Error(), "unexpected EOF reading trailer"): // without a type
		return "body: truncated"
	case isHTTP2(body):
		return "protocol: http2"
	}
	return "body: malformed"
}

// httpReason reads the errors of net/http, most of which have no type.
func httpReason(err error) string {
	text := err.Error()
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case isHTTP2(err):
		return "protocol: http2"
	case has("net/http: invalid"):
		return "request: invalid method or header"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		has("server closed"), has("CloseIdleConnections"):
		return "connect: closed"
	case is[*net.OpError](err):
		return "connect: failed"
	}
	return ""
}

// isHTTP2 recognises errors of a package that net/http keeps to itself.
func isHTTP2(err error) bool {
	text := err.Error()
	return strings.Contains(text, "http2: ") || strings.Contains(text, "stream error: ") || strings.Contains(text, "connection error: ")
}
