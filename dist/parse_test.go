package dist

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

func TestParse(t *testing.T) {
	second := time.Second
	for text, want := range map[string]Distribution{
		"2s":                     Constant{2 * second},
		"0":                      Constant{},
		" 1m30s ":                Constant{90 * second},
		"constant 2s":            Constant{2 * second},
		"1s..3s":                 Uniform{second, 3 * second},
		"1s .. 3s":               Uniform{second, 3 * second},
		"0.5s..1.5s":             Uniform{second / 2, 3 * second / 2},
		"between 1s and 3s":      Uniform{second, 3 * second},
		"exponential 2s":         Exponential{2 * second},
		"gamma 2s cv 0.3":        Gamma{2 * second, 0.3},
		"Gamma 2S CV .3":         Gamma{2 * second, 0.3},
		"gamma(mean 2s, CV 0.3)": Gamma{2 * second, 0.3},
		"lognormal 2s cv 1":      Lognormal{2 * second, 1},
		"weibull 2s shape 0.7":   Weibull{2 * second, 0.7},
		"pareto 2s alpha 1.5":    Pareto{2 * second, 1.5},
	} {
		got, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "not a known form",
		"soon":                 `"soon" is not a duration such as 1.5s or 300ms`,
		"2":                    `"2" is not a duration`,
		"-2s":                  "constant: value is -2s: want 0s to",
		"3s..1s":               "upper limit is 1s: want at least the lower limit 3s",
		"gamma 2s":             "not a known form",
		"gamma 2s cv x":        `"x" is not a number`,
		"gamma 2s cv -1":       "gamma: CV is -1: want 0 to 1000",
		"gamma 2s cv NaN":      "gamma: CV is NaN",
		"gamma 2s shape 1":     "not a known form",
		"pareto 2s alpha 1":    "pareto: alpha is 1: want a finite number above 1",
		"gamma 2s cv 1 please": "not a known form",
	} {
		d, err := Parse(text)
		require.Nil(t, d, text)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, ": want ")
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestStringReadsBack(t *testing.T) {
	for _, d := range families(t) {
		got, err := Parse(d.String())
		if _, ok := d.(Empirical); ok {
			require.Error(t, err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, d, got)
	}
}

// FuzzParse: text either is refused in one line that quotes it, or gives a
// valid distribution whose String reads back as the same value.
func FuzzParse(f *testing.F) {
	for _, form := range strings.Split(wanted, ", ") {
		f.Add(strings.TrimPrefix(form, "want "))
	}
	for _, text := range []string{"gamma(mean 2s, CV 0.3)", "gamma 1ns cv 1e-300", "pareto 1h alpha 1e308", "....", "weibull 2s shape Inf"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			require.Nil(t, d)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NoError(t, d.Validate())
		again, err := Parse(d.String())
		require.NoError(t, err)
		require.Equal(t, d, again)
		src := stream.Key{}.Source()
		requireSafe(t, d, &src)
	})
}
