package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// What goes wrong on the wire itself. The texts are failure reasons.
var (
	errTooLarge   = errors.New("body: too large")
	ErrClosed     = errors.New("client closed")
	errNotHTTP    = errors.New("protocol: not HTTP")
	errLongHeader = errors.New("protocol: header too large")
	errNoMemory   = errors.New("generator: body memory")
)

// proxyError is the status of a proxy that opens no way to the target.
type proxyError struct{ status int }

func (e *proxyError) Error() string { return "proxy: http " + strconv.Itoa(e.status) }

// bodyError is an error that reading the body gave.
type bodyError struct{ error }

func (e *bodyError) Unwrap() error { return e.error }

// InBody marks err as one that reading a body gave.
func InBody(err error) error { return &bodyError{err} }

// requestError is a mistake of the script.
type requestError struct {
	what  string
	cause error
}

func (e *requestError) Error() string { return "request: " + e.what }

func (e *requestError) Unwrap() error { return e.cause }

// Mistake returns the error of a request that the script got wrong, with its cause.
func Mistake(what string, cause error) error { return &requestError{what, cause} }

// Refuse returns the error of a request that cannot be sent as it is.
func Refuse(format string, args ...any) error {
	return &requestError{what: fmt.Sprintf(format, args...)}
}

// longestText bounds the text of a script in a reason, in bytes.
const longestText = 120

// OneLine cuts text short and takes out what could break a line or a terminal.
func OneLine(text string) string {
	if len(text) > longestText {
		text = text[:longestText]
	}
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}
