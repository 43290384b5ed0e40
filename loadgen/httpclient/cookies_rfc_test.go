package httpclient

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The jar is held against RFC 6265, section 5, read a second time: word by word,
// slowly, and with the decisions that jar documents marked "ours".

// rfcCookie has the fields of section 5.3, by their names.
type rfcCookie struct {
	name, value, domain, path  string
	expiry                     time.Time
	creation                   int
	persistent, hostOnly, only bool
}

type rfcStore struct {
	cookies []rfcCookie
	clock   int
}

type rfcAttribute struct{ name, value string }

var rfcWSP = regexp.MustCompile(`^[ \t]*|[ \t]*$`)

func rfcTrim(s string) string { return rfcWSP.ReplaceAllString(s, "") }

// rfcParse is section 5.2.
func rfcParse(line string) (name, value string, attributes []rfcAttribute, ok bool) {
	nameValue, unparsed := line, ""
	if i := strings.Index(line, ";"); i >= 0 {
		nameValue, unparsed = line[:i], line[i:]
	}
	i := strings.Index(nameValue, "=")
	if i < 0 {
		return "", "", nil, false
	}
	if name, value = rfcTrim(nameValue[:i]), rfcTrim(nameValue[i+1:]); name == "" {
		return "", "", nil, false
	}
	for unparsed != "" {
		unparsed = unparsed[1:] // the ";"
		av := unparsed
		if i := strings.Index(unparsed, ";"); i >= 0 {
			av, unparsed = unparsed[:i], unparsed[i:]
		} else {
			unparsed = ""
		}
		key, text := av, ""
		if i := strings.Index(av, "="); i >= 0 {
			key, text = av[:i], av[i+1:]
		}
		attributes = append(attributes, rfcAttribute{strings.ToLower(rfcTrim(key)), rfcTrim(text)})
	}
	return name, value, attributes, true
}

var (
	rfcTime  = regexp.MustCompile(`(?s)^([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([^0-9].*)?$`)
	rfcDay   = regexp.MustCompile(`(?s)^([0-9]{1,2})([^0-9].*)?$`)
	rfcMonth = regexp.MustCompile(`(?is)^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)
	rfcYear  = regexp.MustCompile(`(?s)^([0-9]{2,4})([^0-9].*)?$`)
	rfcDelim = regexp.MustCompile(`[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+`)
)

// rfcDate is section 5.1.1.
func rfcDate(text string) (time.Time, bool) {
	var clock, day, month, year []string
	for _, token := range rfcDelim.Split(text, -1) {
		for _, step := range []struct {
			found *[]string
			form  *regexp.Regexp
		}{{&clock, rfcTime}, {&day, rfcDay}, {&month, rfcMonth}, {&year, rfcYear}} {
			if *step.found == nil {
				if m := step.form.FindStringSubmatch(token); m != nil {
					*step.found = m
					break
				}
			}
		}
	}
	if clock == nil || day == nil || month == nil || year == nil {
		return time.Time{}, false
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	y, d := number(year[1]), number(day[1])
	if y >= 70 && y <= 99 {
		y += 1900
	}
	if y >= 0 && y <= 69 {
		y += 2000
	}
	if d < 1 || d > 31 || y < 1601 || number(clock[1]) > 23 || number(clock[2]) > 59 || number(clock[3]) > 59 {
		return time.Time{}, false
	}
	months := map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
	at, err := time.Parse("2006-1-2 15:4:5", fmt.Sprintf("%04d-%d-%d %s:%s:%s", y, months[strings.ToLower(month[1])], d, clock[1], clock[2], clock[3]))
	return at, err == nil
}

func rfcDomainMatch(text, domain string) bool {
	if text == domain {
		return true
	}
	if !strings.HasSuffix(text, domain) {
		return false
	}
	rest := text[:len(text)-len(domain)]
	_, err := netip.ParseAddr(text)
	return rest != "" && rest[len(rest)-1] == '.' && err != nil
}

func rfcPathMatch(request, path string) bool {
	return request == path ||
		strings.HasPrefix(request, path) && path[len(path)-1] == '/' ||
		strings.HasPrefix(request, path) && request[len(path)] == '/'
}

func rfcDefaultPath(uri string) string {
	if uri == "" || uri[0] != '/' || strings.Count(uri, "/") == 1 {
		return "/"
	}
	return uri[:strings.LastIndex(uri, "/")]
}

var rfcSeconds = regexp.MustCompile(`^[-0-9][0-9]*$`)

// store is section 5.3. It reports whether the cookie was kept, or taken back.
func (s *rfcStore) store(line string, at place, now time.Time) bool {
	for _, c := range []byte(line) {
		if c < 0x20 && c != '\t' || c == 0x7f { // ours, as in browsers
			return false
		}
	}
	name, value, attributes, ok := rfcParse(line)
	if !ok {
		return false
	}
	s.clock++
	c := rfcCookie{name: name, value: value, creation: s.clock}
	var expires, age, domain, path *rfcAttribute
	var expiry, until time.Time
	secure, root := false, false
	for _, a := range attributes {
		switch a.name {
		case "expires":
			if t, ok := rfcDate(a.value); ok {
				expires, expiry = &a, t
			}
		case "max-age":
			if !rfcSeconds.MatchString(a.value) {
				break
			}
			age, until = &a, time.Time{}
			if n, err := strconv.ParseFloat(a.value, 64); a.value == "-" || err == nil && n <= 0 {
				until = time.Unix(0, 0)
			} else if until = now.AddDate(100, 0, 0); n < 1e9 {
				until = now.Add(time.Duration(n) * time.Second)
			}
		case "domain":
			if a.value != "" {
				a.value = strings.ToLower(strings.TrimPrefix(a.value, "."))
				domain = &a
			}
		case "path":
			root = a.value == "/"
			if a.value == "" || a.value[0] != '/' {
				a.value = rfcDefaultPath(at.path)
			}
			path = &a
		case "secure":
			secure = true
		}
	}
	switch { // step 3
	case age != nil:
		c.persistent, c.expiry = true, until
	case expires != nil:
		c.persistent, c.expiry = true, expiry
	}
	attribute := "" // step 4
	if domain != nil {
		attribute = domain.value
	}
	if _, err := netip.ParseAddr(attribute); attribute != "" && !strings.Contains(attribute, ".") && err != nil { // step 5; which suffixes are public is ours
		if attribute != at.host {
			return false
		}
		attribute = ""
	}
	if attribute != "" { // step 6
		if !rfcDomainMatch(at.host, attribute) {
			return false
		}
		c.domain = attribute
	} else {
		c.hostOnly, c.domain = true, at.host
	}
	c.path = rfcDefaultPath(at.path) // step 7
	if path != nil {
		c.path = path.value
	}
	c.only = secure
	lower := strings.ToLower(name)
	if secure && !at.secure || // ours, as in browsers
		strings.HasPrefix(lower, "__secure-") && !secure ||
		strings.HasPrefix(lower, "__host-") && (!secure || domain != nil && domain.value != "" || !root) {
		return false
	}
	s.evict(now)
	for i, old := range s.cookies { // step 11
		if old.name == c.name && old.domain == c.domain && old.path == c.path {
			c.creation = old.creation
			s.cookies = append(s.cookies[:i:i], s.cookies[i+1:]...)
			break
		}
	}
	s.cookies = append(s.cookies, c)
	s.evict(now)
	return true
}

func (s *rfcStore) evict(now time.Time) {
	var left []rfcCookie
	for _, c := range s.cookies {
		if !c.persistent || c.expiry.After(now) {
			left = append(left, c)
		}
	}
	s.cookies = left
}

// header is section 5.4.
func (s *rfcStore) header(at place, now time.Time) string {
	s.evict(now)
	var list []rfcCookie
	for _, c := range s.cookies {
		host := c.hostOnly && at.host == c.domain || !c.hostOnly && rfcDomainMatch(at.host, c.domain)
		if host && rfcPathMatch(at.path, c.path) && (!c.only || at.secure) {
			list = append(list, c)
		}
	}
	sort.SliceStable(list, func(i, k int) bool {
		if len(list[i].path) != len(list[k].path) {
			return len(list[i].path) > len(list[k].path)
		}
		return list[i].creation < list[k].creation
	})
	var pairs []string
	for _, c := range list {
		pairs = append(pairs, c.name+"="+c.value)
	}
	return strings.Join(pairs, "; ")
}

// holdAgainstRFC plays lines to both, a second apart, from places that draw
// chooses, and looks from all places after each.
func holdAgainstRFC(t *testing.T, lines []string, draw *rand.Rand) {
	places := []place{
		{"shop.example", "/", false}, {"shop.example", "/a/b", true}, {"www.shop.example", "/a", true}, {"127.0.0.1", "/a/", false},
		{"localhost", "/a%20b/c", false}, {"example", "/a/b/c", true}, {"::1", "/", true}, {"xshop.example", "/ab", true},
	}
	own, rfc, now := new(jar), new(rfcStore), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, line := range lines {
		if len(line) > 200 || len(lines) > 100 {
			return // the limits are ours, and have their own tests
		}
		at := places[draw.IntN(len(places))]
		require.Equal(t, rfc.store(line, at, now), own.store(line, at, now) == "", "%q at %v", line, at)
		now = now.Add(time.Second)
		size := 0
		for _, c := range own.cookies {
			size += c.size()
		}
		require.Equal(t, size, own.bytes)
		for _, at := range places {
			require.Equal(t, rfc.header(at, now), own.header(at, now), "%q seen from %v", lines, at)
		}
	}
}

var cookieParts = struct{ names, values, attributes []string }{
	names:  []string{"a", "b", "", " a\t", "__Secure-a", "__host-a", "__Host-b", "a b", `"`, "ä", "a\x01", "$Version", "=", "a,b"},
	values: []string{"", "1", `{"n":1}`, `x"y`, "x y", `"x y"`, "a=b", " 1 ", "ä", "x,y", "\x7f", "\t", `\`, "=", "x\ty"},
	attributes: []string{"Path=/", "path=/a", "Path=/a/", "Path", "Path=a", "Path=/a%20b", "PATH=/a/b", "Path=", "Domain=shop.example", "Domain=.Shop.Example", "domain=example",
		"Domain=", "Domain=.", "Domain=127.0.0.1", "Domain=0.0.1", "Domain=localhost", "Domain=shop.example.", "Domain=..shop.example", "Domain=www.shop.example", "Domain=::1", "Domain=other.example",
		"Max-Age=2", "Max-Age=0", "max-age=-1", "Max-Age=1x", "Max-Age=", "Max-Age=-", "Max-Age=99999999999999999999999", "Max-Age=+1", "Secure", "secure=no", " HttpOnly ", "SameSite=Strict", "", "=", "=Secure",
		"Expires=Sun, 01 Mar 2026 12:00:03 GMT", "Expires=Sunday, 01-Mar-26 12:00:04 GMT", "Expires=Sun Mar  1 12:00:05 2026", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=0", "expires=Fri, 31 Dec 9999 23:59:59 GMT",
		"Expires=31 Feb 2027 00:00:00", "Expires=1 mar 2026 12:0:6x", "Expires=2026 1 12:00:07 MARCH", "Expires=1 Mar 1600 00:00:00", "Expires=1 Mar 69 24:00:00", "Expires=1 Mar 70 1:1:1", "Expires=1 Mar 2027 1:1:1:1", "Expires=12:00:60 1 Mar 2027"},
}

func drawSetCookie(draw *rand.Rand) string {
	pick := func(from []string) string { return from[draw.IntN(len(from))] }
	line := pick(cookieParts.names)
	if draw.IntN(10) > 0 {
		line += "=" + pick(cookieParts.values)
	}
	for range draw.IntN(5) {
		line += pick([]string{";", "; ", " ; "}) + pick(cookieParts.attributes)
	}
	return line
}

// TestCookiesAreThoseOfTheRFC plays drawn lines to the jar and to a second
// reading of RFC 6265.
func TestCookiesAreThoseOfTheRFC(t *testing.T) {
	seeds := UnlessRaced(uint64(3000), 600)
	if testing.Short() {
		seeds = 300
	}
	for seed := range seeds {
		draw := rand.New(rand.NewPCG(seed, 6265))
		var lines []string
		for range 1 + draw.IntN(12) {
			lines = append(lines, drawSetCookie(draw))
		}
		holdAgainstRFC(t, lines, draw)
	}
}

// TestCookieDates holds drawn dates against the second reading alone.
func TestCookieDates(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 11))
	tokens := []string{"1", "01", "31", "29", "1st", "001", "Feb", "February", "fe", "DECember", "2026", "99", "69", "70", "1600", "1601", "02026", "12:00:00", "1:2:3", "24:0:0", "9:60:1",
		"12:00", "12:00:00Z", "12:00:001", "GMT", "Sun", "x", "ä", "2026y", "", "7Mar"}
	dates := UnlessRaced(50_000, 10_000)
	if testing.Short() {
		dates = 5000
	}
	for range dates {
		text := ""
		for range draw.IntN(7) {
			text += tokens[draw.IntN(len(tokens))] + []string{" ", "-", ", ", "/", ":", "\t", "_"}[draw.IntN(7)]
		}
		want, ok := rfcDate(text)
		got, found := cookieDate(text)
		require.Equal(t, ok, found, "%q", text)
		if ok {
			require.True(t, want.Equal(got), "%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzCookies splits any text into lines of Set-Cookie.
func FuzzCookies(f *testing.F) {
	f.Add("a=1; Path=/\na=2\ncart={\"n\":1}", uint64(1))
	f.Add("a=1; Domain=shop.example; Max-Age=3\n=x\nb\n__Host-a=1; Secure; Path=/", uint64(2))
	for seed := range uint64(20) {
		draw := rand.New(rand.NewPCG(seed, 1))
		f.Add(drawSetCookie(draw)+"\n"+drawSetCookie(draw), seed)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		holdAgainstRFC(t, strings.Split(text, "\n"), rand.New(rand.NewPCG(seed, 2)))
	})
}
