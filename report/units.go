package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ms words a time in milliseconds with about three digits; "failed" where there is no value.
func ms(m Millis) string {
	v := float64(m)
	switch {
	case !m.IsFinite():
		return "failed"
	case v == 0:
		return "0"
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// perSecond words a rate.
func perSecond(v float64) string {
	switch {
	case v < 99.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 999.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return thousands(int64(v + .5))
}

// percent words a share.
func percent(v float64) string {
	switch v *= 100; {
	case v == 0 || v >= 99.995:
		return strconv.FormatFloat(v, 'f', 0, 64) + " %"
	case v < .01:
		return "<0.01 %"
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64) + " %"
	case v > 99.9:
		return ">99.9 %"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " %"
}

// thousands groups the digits of a count.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := len(s) % 3
	var out strings.Builder
	for i, digit := range s {
		if i > 0 && i%3 == first && s[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}

// clock words an offset: 1:02:03, 2:03 or 2:03.4.
func clock(d time.Duration) string {
	d = d.Round(100 * time.Millisecond)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	out := fmt.Sprintf("%d:%02d", m, s)
	if h > 0 {
		out = fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	if tenth := d % time.Second / (100 * time.Millisecond); tenth != 0 {
		out += fmt.Sprintf(".%d", tenth)
	}
	return out
}

// tenths is clockS with a decimal always, for columns.
func tenths(s float64) string {
	if out := clockS(s); strings.Contains(out, ".") {
		return out
	}
	return clockS(s) + ".0"
}

// clockS is clock for seconds.
func clockS(s float64) string { return clock(time.Duration(s * float64(time.Second))) }

// Printable makes text from elsewhere safe for a line on a terminal: what does not print becomes a dot.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, s)
}
