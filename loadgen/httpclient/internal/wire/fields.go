package wire

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// Fields is the header of requests. It is shared by them and never written to.
type Fields struct {
	http.Header
	Host   string   // the name that the target sees; "" means that of its address
	length []string // the Content-Length that was asked for
	http2  bool     // it may go over HTTP/2

	text  []byte // as HTTP/1.1 has it; nil: not written
	close bool   // it asks for the end of the connection
	err   error  // why it cannot be sent
}

// NewFields returns an empty header, of requests that may go over HTTP/2 or not.
func NewFields(http2 bool) *Fields { return &Fields{http2: http2} }

// Change returns a copy of f that may be changed.
func (f *Fields) Change() *Fields {
	h := f.Header.Clone()
	if h == nil {
		h = make(http.Header)
	}
	return &Fields{Header: h, Host: f.Host, http2: f.http2}
}

// Written returns f with its text.
func (f *Fields) Written() *Fields {
	if f.text != nil || f.err != nil {
		return f
	}
	w := *f
	w.close = slices.ContainsFunc(f.Header["Connection"], asksForClose)
	w.text, w.err = appendFields([]byte{}, f.Header)
	return &w
}

// asksForClose says that the value of a Connection header names "close".
func asksForClose(value string) bool {
	for token := range strings.SplitSeq(value, ",") {
		if strings.EqualFold(textproto.TrimString(token), "close") {
			return true
		}
	}
	return false
}

var errInvalid = &requestError{what: "invalid method or header"}

// appendFields writes h as net/http does: in the order of the keys, and without
// what the request says itself, which only an observer can have added.
func appendFields(dst []byte, h http.Header) ([]byte, error) {
	for _, key := range slices.Sorted(maps.Keys(h)) {
		switch key {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		}
		for _, value := range h[key] {
			if !isToken(key) || !IsFieldValue(value) {
				return nil, errInvalid
			}
			if value = textproto.TrimString(value); value != "" || key != "User-Agent" {
				dst = appendField(dst, key, value)
			}
		}
	}
	return dst, nil
}

func appendField[T string | []byte](dst []byte, key, value T) []byte {
	dst = append(dst, key...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// isToken says that s may be a method or the key of a field.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !tokenByte[c] {
			return false
		}
	}
	return s != ""
}

// IsFieldValue says that s has no control characters but tabs.
func IsFieldValue(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}
