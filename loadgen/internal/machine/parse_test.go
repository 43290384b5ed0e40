package machine

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const stat = `cpu  679076 30877 94608 61881 260 10 2575 1588 500 0
cpu0 341042 15110 46027 31266 140 0 1072 790 0 0
cpu1 338034 15766 48580 30614 119 0 1503 797 0 0
intr 1 2 3
ctxt 12
`

func TestParseStat(t *testing.T) {
	var r Reading
	r.parseStat(stat)
	assert.Equal(t, 2, r.Cores)
	assert.InDelta(t, 6790.76+308.77+946.08+.1+25.75, r.Busy, 1e-6, "without idle, waiting for disks, and what guests used as well")
	assert.InDelta(t, 15.88, r.Steal, 1e-9)
	old := Reading{}
	old.parseStat("cpu 1 2 3 4\n")
	assert.InDelta(t, .06, old.Busy, 1e-9, "a kernel with few columns")
}

func TestParsePressure(t *testing.T) {
	var r Reading
	r.parsePressure("some avg10=99.55 avg60=99.18 avg300=98.96 total=3892021928\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n")
	assert.InDelta(t, 3892.021928, r.Stalled, 1e-9)
}

func TestParseThrottling(t *testing.T) {
	for _, text := range []string{
		"usage_usec 100\nuser_usec 60\nnr_periods 40\nnr_throttled 30\nthrottled_usec 5000\n",
		"nr_periods 40\nnr_throttled 30\nthrottled_time 5000000\n",
	} {
		var r Reading
		r.parseThrottling(text)
		assert.Equal(t, Reading{Periods: 40, Throttled: 30}, r)
	}
}

func TestParseQuota(t *testing.T) {
	assert.Equal(t, 1.5, parseQuota("150000 100000\n"))
	assert.Equal(t, .5, parseOldQuota("50000\n", "100000\n"))
	for _, none := range []string{"max 100000\n", "", "x y", "0 0", "-1 100000", "NaN 1", "1 +Inf"} {
		assert.True(t, math.IsInf(parseQuota(none), 1), none)
	}
	assert.True(t, math.IsInf(parseOldQuota("-1\n", "100000\n"), 1), "no limit")
}

func TestParseLimit(t *testing.T) {
	assert.Equal(t, 134217728., parseLimit("134217728\n"))
	for _, none := range []string{"max\n", "", "0", "-1", "x", "9223372036854771712\n"} {
		assert.True(t, math.IsInf(parseLimit(none), 1), none)
	}
	_, own := parseGroups("8:memory:/docker/a\n4:cpu,cpuacct:/docker/b\n", "memory")
	assert.Equal(t, "/docker/a", own)
}

func TestParseGroups(t *testing.T) {
	for text, want := range map[string][2]string{
		"0::/user.slice/x.scope\n":             {"/user.slice/x.scope", ""},
		"4:cpu,cpuacct:/docker/a:b\n0::/\n":    {"/", "/docker/a:b"},
		"3:cpuset:/\n2:cpuacct:/\n1:cpu:/\n":   {"", "/"},
		"10::/not-the-unified\n":               {"", ""},
		"rubble\n::\n1:cpu\n0::/a\n0::/last\n": {"/last", ""},
	} {
		unified, cpu := parseGroups(text, "cpu")
		assert.Equal(t, want, [2]string{unified, cpu}, text)
	}
}

func TestMinusIsNeverNegative(t *testing.T) {
	a, b := Reading{Cores: 2, Busy: 5, Steal: 1, Periods: 9}, Reading{Cores: 2, Busy: 3, Steal: 2, Periods: 4}
	assert.Equal(t, Reading{Cores: 2, Busy: 2, Periods: 5}, a.Minus(b))
}

// Whatever a kernel, or what imitates one, writes: no figure is negative or no
// number.
func FuzzParse(f *testing.F) {
	for _, text := range []string{stat, "some total=18446744073709551615\n", "some total=-1", "nr_periods 1e9\nnr_throttled\n", "max 1", "1 1", "0::/a\n1:cpu:b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r Reading
		r.parseStat(text)
		r.parsePressure(text)
		r.parseThrottling(text)
		for _, v := range []float64{float64(r.Cores), r.Busy, r.Steal, r.Stalled, r.Periods, r.Throttled} {
			if !(v >= 0) || math.IsInf(v, 0) {
				t.Fatalf("%+v", r)
			}
		}
		if q := parseQuota(text); !(q > 0) {
			t.Fatal(q)
		}
		if limit := parseLimit(text); !(limit > 0) {
			t.Fatal(limit)
		}
		for _, group := range []string{first(parseGroups(text, "cpu")), second(parseGroups(text, "cpu"))} {
			if strings.Contains(group, "\n") {
				t.Fatalf("%q", group)
			}
		}
	})
}

func first(a, _ string) string  { return a }
func second(_, b string) string { return b }

func TestParseMemory(t *testing.T) {
	assert.EqualValues(t, 5<<20, parseMemory("Name:\ttodo\nVmRSS:\t    9216 kB\nRssAnon:\t    5120 kB\nRssFile:\t    4096 kB\n"))
	for _, text := range []string{"", "Name:\tRssAnon: 7 kB\n", "\nRssAnon:", "\nRssAnon:\tmuch kB\n", "\nRssAnon:\t-1 kB\n"} {
		assert.Zero(t, parseMemory(text), text)
	}
}

func TestParseCounted(t *testing.T) {
	const old = "cache 9\ninactive_file 1\nactive_file 2\ntotal_inactive_file 1000\ntotal_active_file 2000\n"
	assert.EqualValues(t, 8_000, parseCounted("9000\n", old))
	assert.EqualValues(t, 8_800, parseCounted("9000\n", "anon 7\ninactive_file 200\nactive_file 300\ninactive_anon 99\n"))
	assert.EqualValues(t, 9_000, parseCounted("9000\n", ""))
	for _, text := range []string{"", "much", "-1", "999\n"} {
		assert.Zero(t, parseCounted(text, old), text)
	}
}
