package httpclient

import (
	"net/netip"
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

// Why a cookie is not kept.
const (
	namelessCookie = "no name"
	controlCookie  = "control character"
	foreignCookie  = "Domain of another host"
	suffixCookie   = "Domain without a dot"
	clearCookie    = "Secure over http"
	prefixCookie   = "__Secure- or __Host- without what it promises"
	longCookie     = "longer than 4 KiB"
	manyCookies    = "more than 180, or 64 KiB, of one user"
)

// jar holds the cookies of one user, by RFC 6265, section 5: name and value are
// text, kept and sent back as they came. As in browsers, Secure cookies come and
// go over https alone, or to this machine, the prefixes __Secure- and __Host- hold, and control
// characters are refused. A Domain without a dot counts as a public suffix;
// others that are none for a single user's cookies are not known here. Site and
// script matter to browsers only: SameSite and HttpOnly change nothing.
type jar struct {
	mu      sync.Mutex
	cookies []cookie // in the order of requests: longer paths first, then older ones
	bytes   int      // of all
}

type cookie struct {
	name, value, domain, path string
	hostOnly, secure          bool
	expires                   time.Time // zero: never
}

func (c *cookie) size() int { return len(c.name) + len(c.value) + len(c.domain) + len(c.path) }

func (c *cookie) expired(now time.Time) bool { return !c.expires.IsZero() && !c.expires.After(now) }

// store keeps the cookie that a Set-Cookie line sets, or returns why not.
func (j *jar) store(line string, at place, now time.Time) (why string) {
	s, why := parseSetCookie(line, now)
	if why == "" {
		why = s.settle(at)
	}
	if why != "" {
		return why
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.drop(func(c *cookie) bool { return c.expired(now) })
	return j.keep(s.cookie, now)
}

// keep puts c in the place of the one with its name, domain and path, or behind
// all that go before it.
func (j *jar) keep(c cookie, now time.Time) (why string) {
	same := func(o *cookie) bool { return o.name == c.name && o.domain == c.domain && o.path == c.path }
	if c.expired(now) { // that takes it back
		j.drop(same)
		return ""
	}
	at := slices.IndexFunc(j.cookies, func(o cookie) bool { return same(&o) })
	more := c.size()
	if at >= 0 {
		more -= j.cookies[at].size()
	}
	switch {
	case c.size() > longestCookie:
		return longCookie
	case at < 0 && len(j.cookies) == mostCookies, j.bytes+more > allCookies:
		return manyCookies
	}
	j.bytes += more
	if at >= 0 {
		j.cookies[at] = c
		return ""
	}
	next := slices.IndexFunc(j.cookies, func(o cookie) bool { return len(o.path) < len(c.path) })
	if next < 0 {
		next = len(j.cookies)
	}
	j.cookies = slices.Insert(j.cookies, next, c)
	return ""
}

// drop forgets the cookies that are meant.
func (j *jar) drop(meant func(*cookie) bool) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c cookie) bool {
		if !meant(&c) {
			return false
		}
		j.bytes -= c.size()
		return true
	})
}

// header returns the cookies for a place as a request has them.
func (j *jar) header(at place, now time.Time) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for i := range j.cookies {
		c := &j.cookies[i]
		if !c.goesTo(at) || c.expired(now) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.name)
		b.WriteByte('=')
		b.WriteString(c.value)
	}
	return b.String()
}

func (c *cookie) goesTo(at place) bool {
	return (at.host == c.domain || !c.hostOnly && domainMatch(at.host, c.domain)) &&
		pathMatch(at.path, c.path) && (at.secure || !c.secure)
}

// domainMatch is section 5.1.3.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	above, ok := strings.CutSuffix(host, domain)
	return ok && strings.HasSuffix(above, ".") && !isIP(host)
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// pathMatch is section 5.1.4.
func pathMatch(path, cookie string) bool {
	below, ok := strings.CutPrefix(path, cookie)
	return ok && (below == "" || strings.HasSuffix(cookie, "/") || below[0] == '/')
}

// defaultPath is section 5.1.4: the folder of a request.
func defaultPath(path string) string {
	if last := strings.LastIndexByte(path, '/'); last > 0 && path[0] == '/' {
		return path[:last]
	}
	return "/"
}
