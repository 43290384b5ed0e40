// Package say formats numbers for people: the same value reads the same in the
// terminal, in Markdown, in HTML, in claims, effects and the plan.
// report/internal/page/assets/format.js follows the same rules on the live page.
//
// What programs read (JSON, CSV, Locust's tables and routes) has its own
// formats. The plan shows times as people type them (5m), not as a clock.
package say

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// None stands where there is nothing to say.
const None = "–"

// Number formats v with about three digits and without trailing zeros; from
// 1,000 on digits are grouped. It serves milliseconds, rates and seconds alike:
// the caller adds the unit.
func Number(v float64) string {
	places := 0
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return None
	case a < .00995:
		places = 4
	case a < .0995:
		places = 3
	case a < 9.995:
		places = 2
	case a < 99.95:
		places = 1
	}
	return decimal(v, places)
}

// Signed is Number with a plus before what is above 0.
func Signed(v float64) string { return plus(Number(v)) }

// Setting formats a number as somebody has chosen it: with three significant
// digits, and from 100 on with the one decimal that it may have, since 100.2/s is
// not 100/s.
func Setting(v float64) string {
	if a := math.Abs(v); a >= 100 {
		if tenths := math.Round(10*a) / 10; math.Abs(a-tenths) < 1e-9*a {
			return decimal(math.Copysign(tenths, v), 1)
		}
	}
	if math.Abs(v) >= 100 || math.Abs(v) < 1e-4 || math.IsNaN(v) {
		return Number(v)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Count formats a whole number with its digits grouped; what is not whole is
// rounded.
func Count[N int | int64 | uint64 | float64](n N) string { return decimal(float64(n), 0) }

// Share formats a share of 0..1 in per cent. Only 0 reads "0 %" and only 1 reads
// "100 %".
func Share(v float64) string {
	switch {
	case math.IsNaN(v):
		return None
	case v > 0 && v < .0001:
		return "<0.01 %"
	case v < 1 && v >= .9995:
		return ">99.9 %"
	}
	return Number(100*v) + " %"
}

// Part is the Share of part in whole; None of nothing.
func Part(part, whole int64) string {
	if whole == 0 {
		return None
	}
	return Share(float64(part) / float64(whole))
}

// Percent formats a relative size such as .089 in per cent with two digits: an
// estimate has no more.
func Percent(v float64) string {
	v *= 100
	places := 0
	switch a := math.Abs(v); {
	case a < .995:
		places = 2
	case a < 9.95:
		places = 1
	}
	return decimal(v, places) + " %"
}

// Change is Percent with its sign; a change of ten times and more is a factor.
func Change(v float64) string {
	if v >= 9 {
		return "times " + Number(v+1)
	}
	return plus(Percent(v))
}

// Level formats a level of confidence such as .995 in per cent with all its
// digits.
func Level(v float64) string { return strconv.FormatFloat(100*v, 'g', 6, 64) + " %" }

// Span formats a length of time as people type it, to the millisecond: 250ms, 4.5s,
// 5m, 1h30m.
func Span(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}

// Clock formats an offset: 2:03, 1:02:03, or 2:03.4 where it is not whole.
func Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Round(100 * time.Millisecond)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	out := fmt.Sprintf("%d:%02d", m, s)
	if h > 0 {
		out = fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	if tenth := d % time.Second / (100 * time.Millisecond); tenth != 0 {
		out += fmt.Sprintf(".%d", tenth)
	}
	return sign + out
}

// ClockS is Clock of seconds.
func ClockS(s float64) string { return Clock(time.Duration(s * float64(time.Second))) }

// Bytes formats a size.
func Bytes(n float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for n >= 1000 && i < len(units)-1 {
		n, i = n/1000, i+1
	}
	if i == 0 {
		n = math.Round(n)
	}
	return Number(n) + " " + units[i]
}

// Plural is a count with its noun.
func Plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Unheld says how many of some claims do not hold: "the claim does not hold", "1 of 2
// claims does not hold", "2 of 3 claims do not hold".
func Unheld(broken, all int) string {
	switch {
	case all == 1:
		return "the claim does not hold"
	case broken == 1:
		return "1 of " + Count(all) + " claims does not hold"
	}
	return Count(broken) + " of " + Count(all) + " claims do not hold"
}

// There is the start of a sentence on a count: "There was 1 request", "There were 2 requests".
func There[N int | int64](n N, noun string) string {
	if n == 1 {
		return "There was 1 " + noun
	}
	return "There were " + Plural(n, noun)
}

// And joins words as a sentence does: "a", "a and b", "a, b and c"; "" for none.
func And(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Capital makes the first letter of a sentence large, unless its first word is a
// name such as p95.
func Capital(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if word == "" || strings.ContainsFunc(word, func(c rune) bool { return c < 'a' || c > 'z' }) {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// decimal formats v with at most so many decimals, groups its digits and drops
// trailing zeros and the sign of zero.
func decimal(v float64, places int) string {
	if math.IsInf(v, 0) {
		return map[bool]string{false: "∞", true: "-∞"}[v < 0]
	}
	whole, fraction := rounded(strconv.FormatFloat(math.Abs(v), 'f', -1, 64), places)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && whole != "0" {
		return "-" + whole
	}
	return whole
}

func plus(s string) string {
	if strings.HasPrefix(s, "-") || s == "0" || s == "0 %" || s == None {
		return s
	}
	return "+" + strings.TrimPrefix(s, "+")
}

// rounded cuts the decimals of a number and rounds halves up, as people and
// browsers do: by the digits that one sees, not by those of the binary number.
func rounded(s string, places int) (whole, fraction string) {
	whole, fraction, _ = strings.Cut(s, ".")
	if len(fraction) <= places {
		return whole, fraction
	}
	n, _ := strconv.ParseUint(whole+fraction[:places], 10, 64) // what has a fraction has at most 17 digits
	if fraction[places] >= '5' {
		n++
	}
	digits := fmt.Sprintf("%0*d", places+1, n)
	end := len(digits) - places
	return digits[:end], digits[end:]
}
