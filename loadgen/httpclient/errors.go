package httpclient

import (
	"errors"

	"github.com/gensim/load-generator/report"
)

// Error is the failure of one request. Its text is the row and the reason,
// without addresses, ids or words of the target, so equal failures read equal.
//
// Reasons, "X" standing for what varies:
//
//	http 503                     the status, when it is 400 or above, or below 100
//	timeout                      no complete answer in time
//	timeout: no free connection  never sent, see Config.MaxConns
//	connect: refused             no process listens
//	connect: unreachable         no route to the host or network
//	connect: timeout             the system gave up connecting
//	connect: reset               the connection was torn down, also while idle
//	connect: closed              it was closed before the answer, also while idle
//	connect: failed              anything else with the connection
//	dns: no such host            also: dns: timeout, dns: failed
//	tls: certificate             expired, other host, unknown authority...
//	tls: handshake               also: tls: not TLS
//	tls: broken                  in the middle of a body
//	proxy: http 407              the proxy's status, when it opens no way to an https target
//	protocol: not HTTP           the answer is not HTTP
//	protocol: header too large   more than 256 KiB
//	protocol: http2              the peer broke off an HTTP/2 stream
//	body: truncated              shorter than announced
//	body: too large              see Config.MaxBody
//	body: malformed              broken chunks or compression
//	body: not JSON               see Response.JSON
//	redirect: too many           see Config.MaxRedirects
//	redirect: other host         see Config.RedirectHosts
//	redirect: bad location       the Location is not a URL
//	check: X                     the error of a Check
//	panic                        a check or Config.Base panicked; the panic continues
//	generator: out of ports      this machine has no free local port
//	generator: body memory       see Config.BodyMemory
//	generator: open files        this process has no free file descriptor
//	request: X                   a mistake in the script; nothing was sent
//	client closed                sent after Client.Close
//	cancelled by the script      it ended the context that it gave, in the middle of the run
//	cut off                      the run ended first, or the user had to go
//	other                        none of these; Err says more
type Error struct {
	Op     report.Op
	Status int    // of the answer; 0 when none came
	Reason string // never empty
	Err    error  // the cause in detail, with addresses; nil for a bad status
}

// Error returns "GET /api/todos/{id}: http 503".
func (e *Error) Error() string { return e.Op.String() + ": " + e.Reason }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// What goes wrong above the wire. The texts are failure reasons.
var (
	errManyHops    = errors.New("redirect: too many")
	errOtherHost   = errors.New("redirect: other host")
	errBadLocation = errors.New("redirect: bad location")
	errNoSlot      = errors.New("timeout: no free connection")
)
