package cli

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
)

// accepts checks that parse turns each text into its value.
func accepts[T any](t *testing.T, parse func(string) (T, error), want map[string]T) {
	t.Helper()
	for text, value := range want {
		got, err := parse(text)
		if assert.NoErrorf(t, err, "parse(%q)", text) {
			assert.Equalf(t, value, got, "parse(%q)", text)
		}
	}
}

// refuses checks that parse takes none of the texts.
func refuses[T any](t *testing.T, parse func(string) (T, error), texts ...string) {
	t.Helper()
	for _, text := range texts {
		got, err := parse(text)
		assert.Errorf(t, err, "parse(%q) = %v", text, got)
	}
}

func TestBool(t *testing.T) {
	accepts(t, Bool, map[string]bool{
		"true": true, "TRUE": true, "True": true, "yes": true, "on": true, "ON": true, "1": true,
		"false": false, "False": false, "no": false, "No": false, "off": false, "0": false,
	})
	refuses(t, Bool, "", " ", "2", "y", "n", "t", "enabled", " true", "true ")
}

func TestInt(t *testing.T) {
	accepts(t, Int, map[string]int{
		"5": 5, " 5 ": 5, "1_000": 1000, "0": 0, "-3": -3, "+7": 7, "007": 7, "1_2_3": 123,
	})
	refuses(t, Int, "", " ", "10.0", "1e3", "0x10", "_1", "1_", "1__0", "ten", "99999999999999999999", "1 0", "-_1")
}

func TestFloat(t *testing.T) {
	accepts(t, Float, map[string]float64{
		"0.5": 0.5, "1e2": 100, " 2 ": 2, "1_0.5": 10.5, ".5": 0.5, "-1": -1, "inf": math.Inf(1), "Infinity": math.Inf(1),
	})
	refuses(t, Float, "", "0x1p4", "1_", "1._5", "two", "1,5", "1e999")
}

func TestSpawnRate(t *testing.T) {
	accepts(t, spawnRate, map[string]float64{"0.5": 0.5, "1e2": 100, "2": 2, "inf": 0})
	refuses(t, spawnRate, "", "0", "-1", "nan", "-inf", "fast")
}

func TestTimespanIsLocusts(t *testing.T) {
	accepts(t, phase.ParseTimespan, map[string]time.Duration{
		"0": 0, "300": 300 * time.Second, "300s": 300 * time.Second, "90m": 90 * time.Minute,
		"1h30m": 90 * time.Minute, "3h30m10s": 3*time.Hour + 30*time.Minute + 10*time.Second,
	})
	refuses(t, phase.ParseTimespan, "", " ", "1.5h", "5m30", "30m1h", "1d", "1H", "-5", "1e3", " 5", "5 ", "1h 30m", "h", "0.5")
}

func TestDuration(t *testing.T) {
	accepts(t, Duration, map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "1.5s": 1500 * time.Millisecond, "30": 30 * time.Second, "0.5": 500 * time.Millisecond, "1m30s": 90 * time.Second, "0": 0,
	})
	refuses(t, Duration, "", "-1s", "-1", "1 s", "soon", "nan", "inf", "1e300")
}

func TestShare(t *testing.T) {
	accepts(t, Share, map[string]float64{"0": 0, "0.25": 0.25, "1": 1})
	refuses(t, Share, "", "-0.1", "1.1", "nan", "5%")
}

func TestLogLevel(t *testing.T) {
	accepts(t, levelName, map[string]string{"info": "INFO", "WARNING": "WARNING", "Debug": "DEBUG", "error": "ERROR", "critical": "CRITICAL"})
	refuses(t, levelName, "", "warn", "trace", "10")
}

func TestListItems(t *testing.T) {
	for text, want := range map[string][]string{
		"a": {"a"}, "a b": {"a b"}, "a,b": {"a,b"}, "[a, b]": {"a", "b"}, `["a", "b"]`: {"a", "b"}, "[]": nil, "": {""}, "[a": {"[a"},
	} {
		assert.Equalf(t, want, listItems(text), "listItems(%q)", text)
	}
}

func TestDidYouMean(t *testing.T) {
	flags := []string{"users", "spawn-rate", "run-time", "summary-file", "html", "on", "off"}
	for word, want := range map[string]string{
		"usres": "users", "user": "users", "uesrs": "users", "spawn": "spawn-rate", "spwan-rate": "spawn-rate",
		"runtime": "run-time", "run_time": "run-time", "sumary-file": "summary-file", "zzzzzz": "",
	} {
		assert.Equalf(t, want, didYouMean(word, flags), "didYouMean(%q)", word)
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		assert.Equalf(t, c.want, editDistance(c.a, c.b), "editDistance(%q, %q)", c.a, c.b)
		assert.Equalf(t, c.want, editDistance(c.b, c.a), "editDistance(%q, %q)", c.b, c.a)
	}
}

// must is the value of a parser that has to take its text.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// FuzzNumbers checks that what is accepted is in range and that the parsers
// agree where their languages overlap.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"5", " 5 ", "1_000", "10.0", "1e2", "-1", "inf", "0x10", "", "_", "1h30m", "250ms", "5%", "1e-320", "pairs=10", "aa=3", "65536", "\u0663"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := Int(text); err == nil {
			x, err := Float(text)
			require.NoErrorf(t, err, "%q is an int and no float", text)
			require.InEpsilonf(t, float64(n)+0.5, x+0.5, 1e-9, "%q", text)
		}
		if rate, err := spawnRate(text); err == nil {
			require.Falsef(t, rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0), "spawnRate(%q) = %v", text, rate)
		}
		d, err := Duration(text)
		if err == nil {
			require.GreaterOrEqualf(t, d, time.Duration(0), "Duration(%q)", text)
		}
		if plain, wrong := time.ParseDuration(text); wrong == nil && plain > 0 {
			require.NoErrorf(t, err, "Duration(%q)", text)
			require.Equalf(t, plain, d, "Duration(%q)", text)
		}
		if span, err := timespan(text); err == nil {
			require.Equalf(t, span.Truncate(time.Second), span, "timespan(%q)", text)
			require.Equalf(t, span, must(timespan(strconv.Itoa(int(span/time.Second)))), "timespan(%q)", text)
		}
		if n, err := portNumber(text); err == nil {
			require.Truef(t, n >= 0 && n <= 65535, "portNumber(%q) = %v", text, n)
		}
		if m, err := parseMargin(text); err == nil {
			require.Truef(t, m > 0 && m < 1, "parseMargin(%q) = %v", text, m)
			require.Equalf(t, m, must(parseMargin(strconv.FormatFloat(m, 'g', -1, 64))), "parseMargin(%q)", text)
		}
		if d, err := parseDesign(text); err == nil {
			require.Containsf(t, []string{"ab", "aba", "pairs", "aa"}, d.kind, "parseDesign(%q)", text)
			require.Truef(t, d.n >= 2 && d.n <= 1000, "parseDesign(%q) = %v", text, d)
		}
		if s, err := Share(text); err == nil {
			require.Truef(t, s >= 0 && s <= 1, "Share(%q) = %v", text, s)
		}
	})
}
