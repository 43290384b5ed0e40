package claim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Unit is what a limit is counted in.
type Unit string

// The units.
const (
	Milliseconds Unit = "ms" // of a time, or of the change of one
	Percent      Unit = "%"  // of the requests, or of change relative to the baseline
	Points       Unit = "pp" // percentage points: of the change of a share
	PerSecond    Unit = "/s" // of a rate, or of the change of one
	Number       Unit = ""   // of requests, failures, exceptions
)

// Limit is what a figure is compared with.
type Limit struct {
	Value float64
	Unit  Unit
}

// Time is a limit such as 250ms.
func Time(d time.Duration) Limit {
	return Limit{float64(d) / float64(time.Millisecond), Milliseconds}
}

// InPercent is a limit such as 1%, or +10% for an effect.
func InPercent(v float64) Limit { return Limit{v, Percent} }

// InPoints is a limit on the change of a share such as +1pp.
func InPoints(v float64) Limit { return Limit{v, Points} }

// Rate is a limit such as 20/s.
func Rate(v float64) Limit { return Limit{v, PerSecond} }

// Count is a limit such as 100.
func Count(n int64) Limit { return Limit{float64(n), Number} }

// String is the limit as text.
func (l Limit) String() string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if l.Unit != Milliseconds {
		return number(l.Value) + string(l.Unit)
	}
	switch d := l.duration(); {
	case d%(100*time.Millisecond) == 0 && (d >= time.Second || d <= -time.Second):
		return number(d.Seconds()) + "s"
	case d%time.Millisecond != 0 && d > -time.Millisecond && d < time.Millisecond:
		return number(float64(d)/float64(time.Microsecond)) + "µs"
	}
	return number(l.Value) + "ms"
}

// duration is a limit in milliseconds as a duration.
func (l Limit) duration() time.Duration {
	return time.Duration(math.Round(l.Value * float64(time.Millisecond)))
}

// signed is String with the sign that changes have.
func (l Limit) signed() string {
	if l.Value > 0 {
		return "+" + l.String()
	}
	return l.String()
}

// longestLimit bounds limits, so that no arithmetic with them leaves the
// numbers: 11 days, ten million per cent, a billion.
const longestLimit = 1e9

// suffixes are the ends of a limit with the unit and the factor to it; the
// longer ones first.
var suffixes = []struct {
	text   string
	unit   Unit
	factor float64
}{
	{"points", Points, 1}, {"point", Points, 1}, {"pp", Points, 1}, {"%", Percent, 1},
	{"/s", PerSecond, 1}, {"rps", PerSecond, 1},
	{"ns", Milliseconds, 1e-6}, {"µs", Milliseconds, 1e-3}, {"us", Milliseconds, 1e-3}, {"ms", Milliseconds, 1},
	{"min", Milliseconds, 60e3}, {"s", Milliseconds, 1e3}, {"m", Milliseconds, 60e3}, {"h", Milliseconds, 3600e3},
	{"", Number, 1},
}

const acceptsLimit = "a limit such as 250ms, 1.5s, 1%, +10%, +1pp, 20/s or 100"

// parseLimit reads a limit without blanks.
func parseLimit(text string) (Limit, error) {
	if text == "" {
		return Limit{}, fmt.Errorf("nothing to compare with: write %s", acceptsLimit)
	}
	if d, err := time.ParseDuration(text); err == nil && strings.Trim(text, "+-0123456789.") != "" { // 1m30s, too
		return limited(Time(d), text)
	}
	for _, s := range suffixes {
		number, ok := strings.CutSuffix(text, s.text)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || strings.Trim(number, "+-0123456789.") != "" { // no NaN, Inf, hexadecimal, exponents
			break
		}
		return limited(Limit{v * s.factor, s.unit}, text)
	}
	return Limit{}, fmt.Errorf("%q is not a limit: write %s", text, acceptsLimit)
}

func limited(l Limit, text string) (Limit, error) {
	if math.Abs(l.Value) > longestLimit {
		return Limit{}, fmt.Errorf("%q is too large", text)
	}
	if l.Unit == Milliseconds {
		l = Time(l.duration()) // whole nanoseconds
	}
	return l, nil
}
