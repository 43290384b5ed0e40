package setting

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

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

func TestListItems(t *testing.T) {
	for text, want := range map[string][]string{
		"a": {"a"}, "a b": {"a b"}, "a,b": {"a,b"}, "[a, b]": {"a", "b"}, `["a", "b"]`: {"a", "b"}, "[]": nil, "": {""}, "[a": {"[a"},
	} {
		assert.Equalf(t, want, listItems(text), "listItems(%q)", text)
	}
}

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
