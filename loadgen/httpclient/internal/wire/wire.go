package wire

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Wire carries one message to the target and its answer back.
type Wire interface {
	// Exchange sends m and reads the answer until the end of its body. It
	// gives up at the deadline of m and when ctx ends; the error then is
	// context.DeadlineExceeded or the error of ctx.
	Exchange(ctx context.Context, m *Message) error
}

// OrContext prefers the end of ctx to what broke because of it. The timeout of
// an http.Client may be seen here a moment before its context ends.
func OrContext(ctx context.Context, err error) error {
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		return context.DeadlineExceeded
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	return err
}

// Message is one request and its answer.
type Message struct {
	Deadline time.Time // zero: none
	Usual    bool      // the deadline is from the client's own timeout
	Watch    Watch     // what its time is spent on

	Hop     int      // how many redirects led here
	Private *Private // connections to use; nil means shared ones

	Method  string
	Origin  Origin
	Target  []byte // path and query, escaped, as it goes out
	VHost   string // the name that the target sees; "" means origin.host
	Home    string // vhost before any redirect
	Header  *Fields
	Cookie  string // of the jar; "" means none
	Body    []byte
	Limit   int64   // most bytes of the answer's body
	Memory  *Memory // that it shares with the bodies of others
	Discard bool    // count the answer's body but do not keep it

	Status int
	Answer AnswerHeader
	Data   []byte
	Size   int64 // bytes of body that were read, added up over exchanges
}

// withCookies returns the header as it goes out.
func (m *Message) withCookies() *Fields {
	if m.Cookie == "" {
		return m.Header
	}
	h := m.Header.Change()
	own := slices.DeleteFunc(slices.Clone(h.Header["Cookie"]), func(v string) bool { return v == "" })
	h.Set("Cookie", strings.Join(append(own, m.Cookie), "; "))
	return h
}

// Name is host[:port] as the target knows itself.
func (m *Message) Name() string {
	return cmp.Or(m.VHost, m.Origin.Host)
}

// URL returns where the message goes in the form that net/http wants.
func (m *Message) URL() *url.URL {
	path, query, found := strings.Cut(string(m.Target), "?")
	u := &url.URL{Scheme: m.Origin.Scheme, Host: m.Origin.Host, Path: path, RawQuery: query, ForceQuery: found && query == ""}
	if strings.ContainsAny(u.Path, "%!'()*[]") { // net/url would write these in another way
		u.RawPath = u.Path
		u.Path, _ = url.PathUnescape(u.RawPath) // expand made sure that it is valid
	}
	return u
}

// AnswerHeader is the header of an answer. The fast wire leaves it as text,
// since few scripts look at it.
type AnswerHeader struct {
	Parsed http.Header
	text   []byte // lines "Key: value"; nil when there was no answer
}

// All returns the whole header; nil when there was no answer. It must not be changed,
// and not be called by two goroutines at once.
func (a *AnswerHeader) All() http.Header {
	if a.Parsed != nil || a.text == nil {
		return a.Parsed
	}
	a.Parsed = make(http.Header)
	for line := range strings.SplitSeq(string(a.text), "\r\n") {
		if key, value, ok := strings.Cut(line, ": "); ok {
			a.Parsed[key] = append(a.Parsed[key], value)
		}
	}
	return a.Parsed
}

// SetsCookies reports whether the header has a Set-Cookie.
func (a *AnswerHeader) SetsCookies() bool {
	return a.Parsed["Set-Cookie"] != nil || bytes.Contains(a.text, []byte("Set-Cookie: "))
}
