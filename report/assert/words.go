package assert

import (
	"math"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/report/effect"
)

// digits words a number with about three digits; from 1,000 on they are grouped.
func digits(v float64) string {
	places := 0
	switch a := math.Abs(v); {
	case a < 9.995:
		places = 2
	case a < 99.95:
		places = 1
	}
	if places == 0 && !math.IsInf(v, 0) {
		return count(v)
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// change words a change with its sign and unit.
func (u Unit) change(v float64) string {
	s, unit := digits(v), " "+string(u)
	if u == PerSecond {
		unit = string(u)
	}
	switch {
	case math.IsInf(v, 1):
		return "now among the failures"
	case math.IsInf(v, -1):
		return "no more among the failures"
	case v > 0:
		s = "+" + s
	}
	return s + unit
}

// count words a whole number with its digits grouped.
func count(v float64) string {
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// share words a part of a whole.
func share(part, whole int64) string {
	if whole == 0 {
		return "0 %"
	}
	return digits(100*float64(part)/float64(whole)) + " %"
}

// label is a metric at the begin of a sentence; p95 stays as it is written.
func label(m effect.Metric) string {
	switch {
	case m == Max:
		return "Maximum"
	case isQuantile(m):
		return string(m)
	}
	return capital(string(m))
}

// capital makes the first letter large.
func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// trimmed is an error of package effect without the package's name.
func trimmed(err error) string { return strings.TrimPrefix(err.Error(), "effect: ") }
