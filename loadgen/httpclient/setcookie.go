package httpclient

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// setCookie is what a Set-Cookie line says.
type setCookie struct {
	cookie
	rooted bool // its path is written as /
	maxAge bool // it has told its age, which counts before Expires
}

// longestLife of a cookie stands for all that are longer: no run is.
const longestLife = 100 * 365 * 24 * time.Hour

const blanks = " \t"

// parseSetCookie is RFC 6265, section 5.2.
func parseSetCookie(line string, now time.Time) (s setCookie, why string) {
	if !wire.IsFieldValue(line) {
		return s, controlCookie
	}
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	s.name, s.value = strings.Trim(name, blanks), strings.Trim(value, blanks)
	if !ok || s.name == "" {
		return s, namelessCookie
	}
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		s.attribute(strings.ToLower(strings.Trim(key, blanks)), strings.Trim(value, blanks), now)
	}
	return s, ""
}

// attribute takes one attribute; the last one of a name counts.
func (s *setCookie) attribute(key, value string, now time.Time) {
	switch key {
	case "expires":
		if at, ok := cookieDate(value); ok && !s.maxAge {
			s.expires = at
		}
	case "max-age":
		if life, ok := maxAge(value); ok {
			s.maxAge, s.expires = true, now.Add(life)
		}
	case "domain":
		if value != "" {
			s.domain = strings.ToLower(strings.TrimPrefix(value, "."))
		}
	case "path":
		s.rooted = value == "/"
		if s.path = value; !strings.HasPrefix(value, "/") {
			s.path = ""
		}
	case "secure":
		s.secure = true
	}
}

// maxAge is section 5.2.2; a life that is not above 0 has ended.
func maxAge(text string) (life time.Duration, ok bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if strings.Trim(digits, "0123456789") != "" || text == "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case negative:
		return 0, true
	case err != nil || seconds > int64(longestLife/time.Second):
		return longestLife, true
	}
	return time.Duration(seconds) * time.Second, true
}

// settle is section 5.3 up to the storing: it fills in from the request what
// the cookie does not say, or returns why it cannot be kept.
func (s *setCookie) settle(at place) (why string) {
	given := s.domain != ""
	switch {
	case s.domain == "" || s.domain == at.host && !strings.Contains(s.domain, "."):
		s.domain, s.hostOnly = at.host, true
	case !strings.Contains(s.domain, ".") && !isIP(s.domain):
		return suffixCookie
	case !domainMatch(at.host, s.domain):
		return foreignCookie
	}
	name := strings.ToLower(s.name)
	switch {
	case s.secure && !at.secure:
		return clearCookie
	case strings.HasPrefix(name, "__secure-") && !s.secure,
		strings.HasPrefix(name, "__host-") && (!s.secure || given || !s.rooted):
		return prefixCookie
	}
	s.path = cmp.Or(s.path, defaultPath(at.path))
	return ""
}
