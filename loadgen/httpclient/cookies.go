package httpclient

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What one user keeps at most, as browsers do: else a target that sets another
// cookie with every answer fills the memory, and the requests. Together they are
// still more than servers take.
const (
	mostCookies   = 180
	longestCookie = 4 << 10  // bytes of name, value, path and domain
	allCookies    = 64 << 10 // bytes, as well
)

// jar holds the cookies of one user.
type jar struct {
	*cookiejar.Jar
	mu    sync.Mutex
	known map[string]int // bytes of each, by domain, path and name
	bytes int            // of all
}

func newJar() *jar {
	cookies, _ := cookiejar.New(nil) // it has no error to return
	return &jar{Jar: cookies, known: make(map[string]int)}
}

// refuses says whether c, which u has set, is one too many, or too long.
func (j *jar) refuses(u *url.URL, c *http.Cookie) bool {
	key := cookieKey(u, c)
	size := len(key) + len(c.Value)
	if size > longestCookie {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	old, known := j.known[key]
	if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) { // it takes one back
		delete(j.known, key)
		j.bytes -= old
		return false
	}
	if !known && len(j.known) == mostCookies || j.bytes-old+size > allCookies {
		return true
	}
	j.known[key] = size
	j.bytes += size - old
	return false
}

// cookieKey is the domain, path and name under which the jar keeps c: what c does
// not say is that of u.
func cookieKey(u *url.URL, c *http.Cookie) string {
	domain, path := strings.TrimPrefix(strings.ToLower(c.Domain), "."), c.Path
	if !strings.HasPrefix(path, "/") {
		path = orDefault(u.Path[:max(0, strings.LastIndexByte(u.Path, '/'))], "/")
	}
	return orDefault(domain, u.Hostname()) + "\n" + path + "\n" + c.Name
}

// sendCookies puts the user's cookies for this place on m.
func (c *Client) sendCookies(m *message) {
	m.cookie = ""
	jar := c.jar.Load()
	if jar == nil {
		return
	}
	var b strings.Builder
	for _, cookie := range jar.Cookies(m.url()) {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(cookie.String())
	}
	m.cookie = b.String()
}

// storeCookies keeps what the target set, in a jar that the first cookie makes.
func (c *Client) storeCookies(m *message) {
	if !c.cookies || !m.answer.setsCookies() {
		return
	}
	jar := c.jar.Load()
	if jar == nil {
		c.jar.CompareAndSwap(nil, newJar())
		jar = c.jar.Load()
	}
	cookies := (&http.Response{Header: m.answer.all()}).Cookies()
	u := m.url()
	jar.SetCookies(u, slices.DeleteFunc(cookies, func(c *http.Cookie) bool { return jar.refuses(u, c) }))
}
