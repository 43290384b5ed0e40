package httpclient

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// fields is the header of requests. It is shared by them and never written to.
type fields struct {
	http.Header
	text  []byte // as HTTP/1.1 has it; nil: not written
	close bool   // it asks for the end of the connection
	err   error  // why it cannot be sent
}

// newFields takes h over and writes it.
func newFields(h http.Header) *fields {
	f := &fields{Header: h}
	f.close = slices.ContainsFunc(h["Connection"], func(v string) bool { return strings.EqualFold(v, "close") })
	f.text, f.err = appendFields([]byte{}, h)
	return f
}

// change returns a copy of f that may be changed.
func (f *fields) change() *fields { return &fields{Header: f.Header.Clone()} }

// written returns f with its text.
func (f *fields) written() *fields {
	if f.text == nil && f.err == nil {
		return newFields(f.Header)
	}
	return f
}

var errInvalid = &requestError{what: "invalid method or header"}

// appendFields writes h as net/http does: in the order of the keys, and without
// those that are told from the request itself.
func appendFields(dst []byte, h http.Header) ([]byte, error) {
	for _, key := range slices.Sorted(maps.Keys(h)) {
		switch key {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		}
		for _, value := range h[key] {
			if !isToken(key) || !isFieldValue(value) {
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
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isFieldValue says that s has no control characters but tabs.
func isFieldValue(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
