package phase

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseStages(t *testing.T) {
	const s, m = time.Second, time.Minute
	for _, c := range []struct {
		text string
		want Stages
		rate bool
		back string // "": the text itself
	}{
		{"2m:10, 5m:50, 30s:0", Stages{{2 * m, 10}, {5 * m, 50}, {30 * s, 0}}, false, ""},
		{"2m:10,5m:50,30s:0", Stages{{2 * m, 10}, {5 * m, 50}, {30 * s, 0}}, false, "2m:10, 5m:50, 30s:0"},
		{"0:50, 10m:50, 0:500, 30s:500, 0:50, 10m:50", Stages{{0, 50}, {10 * m, 50}, {0, 500}, {30 * s, 500}, {0, 50}, {10 * m, 50}}, false, ""},
		{"1m:100/s, 10m:100/s", Stages{{m, 100}, {10 * m, 100}}, true, ""},
		{" 90 : 10 ,\t1h0m:2.50 /s"[:8], Stages{{90 * s, 10}}, false, "1m30s:10"},
		{"1h30m5s:0.25, 500ms:3, 1s2us7ns:1e6", Stages{{time.Hour + 30*m + 5*s, .25}, {500 * time.Millisecond, 3}, {s + 2007, 1e6}}, false, "1h30m5s:0.25, 500ms:3, 1s2us7ns:1000000"},
		{"0010:.5", Stages{{10 * s, .5}}, false, "10s:0.5"},
		{"5m:1e-9/s", Stages{{5 * m, 1e-9}}, true, "5m:1e-09/s"},
	} {
		got, rate, err := ParseStages(c.text)
		require.NoError(t, err, c.text)
		assert.Equal(t, c.want, got, c.text)
		assert.Equal(t, c.rate, rate, c.text)
		back := got.String()
		if rate {
			back = got.Rates()
		}
		if c.back == "" {
			c.back = c.text
		}
		assert.Equal(t, c.back, back)
	}
}

func TestParseStagesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "there are no stages: want SPAN:LEVEL, such as 2m:10, 5m:50",
		"2m10, 5m:50":            `stage 1, "2m10": want SPAN:LEVEL, such as 2m:10`,
		"5m:50,":                 `stage 2, "": want SPAN:LEVEL, such as 2m:10`,
		"2m:10, 5x:50":           `stage 2, "5x:50": span "5x": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"2m:10, :50":             `stage 2, ":50": span "": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"2s1m:10":                `stage 1, "2s1m:10": span "2s1m": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"-2m:10":                 `stage 1, "-2m:10": span "-2m": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"9999999h:1":             `stage 1, "9999999h:1": span "9999999h" is too long: want at most 292 years`,
		"2500000h:1, 2500000h:2": "the stages are too long: want at most 292 years in all",
		"2m:":                    `stage 1, "2m:": level "": want a number of users such as 50, or a rate such as 100/s`,
		"2m:NaN":                 `stage 1, "2m:NaN": level "NaN": want a number of users such as 50, or a rate such as 100/s`,
		"2m:-1":                  `stage 1, "2m:-1": level "-1": want a number of users such as 50, or a rate such as 100/s`,
		"2m:5/m":                 `stage 1, "2m:5/m": level "5/m": want a number of users such as 50, or a rate such as 100/s`,
		"2m:1e999":               `stage 1, "2m:1e999": level "1e999" is too large`,
		"2m:10, 5m:50/s":         "stage 2 is a rate, stage 1 are users: want all of one sort",
		"2m:10/s, 5m:50":         "stage 2 are users, stage 1 is a rate: want all of one sort",
		"2m:0, 5m:0":             "stages never leave 0: want a level above 0 somewhere",
		"2m:10, 5m:10000001":     "stage 2, which ends at 7m, goes to 1.0000001e+07: want 0 to 10000000 users",
		"2m:2e9/s":               "stage 1, which ends at 2m, goes to 2e+09: want 0 to 1000000000 arrivals per second",
		strings.Repeat("1s:1,", mostStages) + "1s:1": "there are 100001 stages: want at most 100000",
	} {
		_, _, err := ParseStages(text)
		assert.EqualError(t, err, want, "%.60s", text)
	}
}

func TestReadStages(t *testing.T) {
	const s = time.Second
	for text, want := range map[string]Stages{
		"offset,level\n0,50\n10m,50\n10m,500\n": {{0, 50}, {600 * s, 50}, {0, 500}},
		"# of Monday\n\n20 , 10\n 1m , 30":      {{20 * s, 10}, {40 * s, 30}},
		"\"0.25\",\"1.5\"\r\n1.5,3\r\n":         {{s / 4, 1.5}, {1250 * time.Millisecond, 3}},
	} {
		got, rate, err := ReadStages(strings.NewReader(text))
		require.NoError(t, err, text)
		assert.False(t, rate)
		assert.Equal(t, want, got, text)
	}
	got, rate, err := ReadStages(strings.NewReader("Offset,Level\n0,5/s\n1m,0/s"))
	require.NoError(t, err)
	assert.True(t, rate)
	assert.Equal(t, "0:5/s, 1m:0/s", got.Rates())
	for text, want := range map[string]string{
		"":                                    "there are no lines: want offset,level in each",
		"offset,level\n# only comment":        "there are no lines: want offset,level in each",
		"0,5\n30s,6\n20s,7":                   "line 3: offset 20s comes after 30s: want them in the order of time",
		"0,5\n\n# a, b\n1,2,3":                "line 4: 3 fields, want 2: offset, level",
		"0,5\n1":                              "line 2: 1 field, want 2: offset, level",
		"0,5\noffset,level":                   `line 2: span "offset": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"level,offset":                        `line 1: span "level": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"0,5\n-1,6":                           `line 2: span "-1": want whole seconds or h, m, s in this order, such as 90 or 1h30m`,
		"0,5\n1e300,6":                        `line 2: offset "1e300" is too late: want at most 292 years`,
		"0,5\n1,Inf":                          `line 2: level "Inf": want a number of users such as 50, or a rate such as 100/s`,
		"0,5\n1,6/s":                          "line 2: stage 2 is a rate, stage 1 are users: want all of one sort",
		"0,0\n1,0":                            "stages never leave 0: want a level above 0 somewhere",
		"0,5\n1,1e8":                          "stage 2, which ends at 1s, goes to 1e+08: want 0 to 10000000 users",
		"0,\"5\n1":                            `record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field`,
		strings.Repeat("1,1\n", mostStages+1): "line 100001: there are more than 100000 stages",
	} {
		_, _, err := ReadStages(strings.NewReader(text))
		assert.EqualError(t, err, want, "%.60q", text)
	}
}

// Any stages come back from their text as they were.
func TestStagesAreWhatTheirTextSays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		s := make(Stages, 1+r.IntN(5))
		for i := range s {
			s[i] = Stage{time.Duration(r.Int64()>>(1+r.IntN(60))) / 5, math.Exp(float64(r.IntN(40)-25)) * r.Float64()}
		}
		got, rate, err := ParseStages(s.String())
		require.NoError(t, err, s.String())
		require.False(t, rate)
		require.Equal(t, s, got)
		got, rate, err = ParseStages(s.Rates())
		require.NoError(t, err)
		require.True(t, rate)
		require.Equal(t, s, got)
	}
	sine := Sine(50, 49, 7*time.Second, time.Minute)
	got, _, err := ParseStages(sine.String())
	require.NoError(t, err)
	require.Equal(t, sine, got)
}

func FuzzParseStages(f *testing.F) {
	for _, text := range []string{"2m:10, 5m:50, 30s:0", "0:50,10m:50/s", "1h2m3s4ms5us6ns:1e-300", "90:.5", "1:1e22", ":", "5m:5:5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, rate, err := ParseStages(text)
		if err != nil {
			if fmt.Sprint(err) == "" || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("%q: not one line: %v", text, err)
			}
			return
		}
		back := s.String()
		if rate {
			back = s.Rates()
		}
		again, rateAgain, err := ParseStages(back)
		if err != nil || rateAgain != rate || fmt.Sprint(again) != fmt.Sprint(s) {
			t.Fatalf("%q became %q, which is %v %v %v", text, back, again, rateAgain, err)
		}
		p := Phase{Name: "p", Stages: s}
		if rate {
			p.Arrivals, p.Stages = &Arrivals{Stages: s}, nil
		}
		if err := (Schedule{p}).Validate(); err != nil {
			t.Fatalf("%q is read and then refused: %v", text, err)
		}
	})
}

func FuzzReadStages(f *testing.F) {
	for _, text := range []string{"offset,level\n0,50\n10m,50\n", "1,2,3", "\"1\",\"2\"\n# x\n\n3,4/s", "0,\"5\n1", "2,1\n1,1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, rate, err := ReadStages(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := s.valid(rate); err != nil {
			t.Fatalf("%q is read and then refused: %v", text, err)
		}
	})
}
