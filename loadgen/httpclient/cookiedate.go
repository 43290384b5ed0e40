package httpclient

import (
	"strconv"
	"strings"
	"time"
)

// cookieDate is RFC 6265, section 5.1.1: it finds a time of day, a day, a month
// and a year in whatever order and dress.
func cookieDate(text string) (time.Time, bool) {
	var d dateParts
	for _, token := range strings.FieldsFunc(text, isDateDelimiter) {
		d.take(token)
	}
	return d.time()
}

func isDateDelimiter(c rune) bool {
	return c == '\t' || ' ' <= c && c <= '/' || ';' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

// dateParts are found one by one; each counts once, in this order.
type dateParts struct {
	clock            [3]int // hour, minute, second
	day, month, year int
	timed, dated     bool
	named, counted   bool // the month, the year
}

func (d *dateParts) take(token string) {
	digits := leadingDigits(token)
	number, _ := strconv.Atoi(token[:digits])
	switch {
	case !d.timed && d.takeClock(token):
	case !d.dated && (digits == 1 || digits == 2):
		d.day, d.dated = number, true
	case !d.named && d.takeMonth(token):
	case !d.counted && 2 <= digits && digits <= 4:
		d.year, d.counted = number, true
	}
}

// takeClock takes "9:5:07", whatever follows it.
func (d *dateParts) takeClock(token string) bool {
	var clock [3]int
	for i := range clock {
		digits := leadingDigits(token)
		if digits < 1 || digits > 2 {
			return false
		}
		clock[i], _ = strconv.Atoi(token[:digits])
		token = token[digits:]
		if i < 2 {
			var ok bool
			if token, ok = strings.CutPrefix(token, ":"); !ok {
				return false
			}
		}
	}
	d.clock, d.timed = clock, true
	return true
}

func (d *dateParts) takeMonth(token string) bool {
	if len(token) < 3 {
		return false
	}
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3]))
	if at < 0 || at%3 != 0 {
		return false
	}
	d.month, d.named = at/3+1, true
	return true
}

func leadingDigits(text string) int { return len(text) - len(strings.TrimLeft(text, "0123456789")) }

// time puts the parts together, if they are all there and such a day exists.
func (d *dateParts) time() (time.Time, bool) {
	switch {
	case d.year >= 70 && d.year <= 99:
		d.year += 1900
	case d.year <= 69:
		d.year += 2000
	}
	h, m, s := d.clock[0], d.clock[1], d.clock[2]
	if !d.timed || !d.dated || !d.named || !d.counted || d.day < 1 || d.year < 1601 || h > 23 || m > 59 || s > 59 {
		return time.Time{}, false
	}
	at := time.Date(d.year, time.Month(d.month), d.day, h, m, s, 0, time.UTC)
	return at, at.Day() == d.day
}
