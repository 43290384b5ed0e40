package brief

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gensim/load-generator/report"
)

// named lists the phases of an arm.
func named(phases []string) string {
	if len(phases) > 3 {
		return strconv.Itoa(len(phases)) + " phases"
	}
	return strings.Join(phases, ", ")
}

// count words a whole number with its digits grouped.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// digits words a number of at least 0 with about three digits.
func digits(v float64) string {
	places := 0
	switch {
	case v < 9.995:
		places = 2
	case v < 99.95:
		places = 1
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// millis words a response time out of n requests.
func millis(m report.Millis, n int64) string {
	switch {
	case n == 0:
		return "–"
	case !m.IsFinite():
		return "failed"
	}
	return digits(float64(m))
}

// ofSuccesses words a minimum, mean or maximum of n requests, which there is of successes alone.
func ofSuccesses(m report.Millis, n int64) string {
	if n > 0 && !m.IsFinite() {
		return "no success"
	}
	return millis(m, n)
}

// share words a part of a whole.
func share(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	if v := 100 * float64(part) / float64(whole); part > 0 && v < .01 {
		return "<0.01 %"
	} else {
		return digits(v) + " %"
	}
}

// clock words an offset in seconds as minutes and seconds.
func clock(s float64) string {
	d := time.Duration(s * float64(time.Second)).Round(time.Second)
	out := strconv.Itoa(int(d.Minutes())%60) + ":" + pad(int(d.Seconds())%60)
	if h := int(d.Hours()); h > 0 {
		out = strconv.Itoa(h) + ":" + pad(int(d.Minutes())%60) + ":" + pad(int(d.Seconds())%60)
	}
	return out
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// capital makes the first letter large.
func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Escape makes a text safe inside a line or a cell of Markdown: names and error
// texts are data.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\`*_[]|#~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case !unicode.IsPrint(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
