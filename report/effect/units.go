package effect

import (
	"math"
	"strconv"
	"strings"
)

// digits words a number with about three digits and at most two behind the point; from 1,000 on they are grouped.
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
	if s == "-0" {
		return "0"
	}
	return s
}

// signed is digits with its sign.
func signed(v float64) string {
	if s := digits(v); v < 0 || s == "0" {
		return s
	} else {
		return "+" + s
	}
}

// percent words a relative size such as .089.
func percent(v float64) string { return brief(100*v) + " %" }

// change words a relative change such as .18 with its sign; changes of ten times and more as a factor.
func change(v float64) string {
	switch {
	case v >= 9:
		return "times " + digits(v+1)
	case brief(100*v) == "0":
		return "0 %"
	case v < 0:
		return percent(v)
	}
	return "+" + percent(v)
}

// brief words a percentage with two digits.
func brief(v float64) string {
	places := 0
	switch a := math.Abs(v); {
	case a < .095:
		places = 2
	case a < 9.95:
		places = 1
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// count words a whole number with its digits grouped.
func count(v float64) string {
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// share words a share such as .081 as per cent.
func share(v float64) string { return digits(100*v) + " %" }
