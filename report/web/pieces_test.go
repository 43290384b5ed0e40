package web

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

func TestLog(t *testing.T) {
	var l Log
	assert.Empty(t, l.Lines())
	n, err := l.Write([]byte("one\ntwo\r\n"))
	require.NoError(t, err)
	assert.Equal(t, 9, n)
	assert.Equal(t, []string{"one", "two"}, l.Lines())
	for i := range 1234 {
		fmt.Fprintf(&l, "line %d\n", i)
	}
	lines := l.Lines()
	require.Len(t, lines, 500)
	assert.Equal(t, "line 734", lines[0])
	assert.Equal(t, "line 1233", lines[499])
	_, _ = l.Write([]byte(strings.Repeat("é", 5000) + "\xff"))
	assert.LessOrEqual(t, len(l.Lines()[499]), longestLine+1)
	assert.True(t, strings.HasPrefix(l.Lines()[499], "éé"))
}

func TestParseTimespan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "300": 5 * time.Minute, "20s": 20 * time.Second, "90m": 90 * time.Minute, "2h": 2 * time.Hour, "1h30m": 90 * time.Minute, "3h30m10s": 3*time.Hour + 30*time.Minute + 10*time.Second,
	} {
		got, err := parseTimespan(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", " 5", "5 ", "1.5h", "5m30", "30m1h", "1d", "1H", "-5", "+5", "1e3", "h", "9999999999999999999", "9999999999h", "2562047h48m"} {
		_, err := parseTimespan(text)
		require.Error(t, err, text)
	}
}

// TestSpanText checks that the form's run time can be sent back.
func TestSpanText(t *testing.T) {
	assert.Empty(t, spanText(0))
	for _, d := range []time.Duration{time.Second, 90 * time.Second, 10 * time.Minute, time.Hour, 90 * time.Minute, time.Hour + time.Second} {
		got, err := parseTimespan(spanText(d))
		require.NoError(t, err)
		assert.Equal(t, d, got, spanText(d))
	}
	assert.Equal(t, "10m", spanText(10*time.Minute))
	assert.Equal(t, "1h", spanText(time.Hour))
}

func TestWords(t *testing.T) {
	for want, got := range map[string]string{
		"1,234,567": say.Count(1234567), "-1,000": say.Count(-1000), "999": say.Count(999),
		"0": say.Number(0), "3.14": say.Number(3.14159), "31.4": say.Number(31.4159), "1,235": say.Number(1234.5),
		"failed": timeText(report.None, 1), "5": timeText(5, 1),
		"0 %": say.Share(0), "<0.01 %": say.Share(.00001), "1.23 %": say.Share(.0123), "12.3 %": say.Share(.123),
		"512 B": say.Bytes(512), "4.3 kB": say.Bytes(4300), "1 GB": say.Bytes(1e9),
		"100 %": say.Share(1), "The phase is over": say.Capital("the phase is over"), "p95 is high": say.Capital("p95 is high"), "Élan": say.Capital("Élan"), "baseline: x": say.Capital("baseline: x"),
		"0:09.9": say.ClockS(9.9), "1:01:01": say.ClockS(3661),
		"1 h 1 min 1 s": lengthText(3661), "0 s": lengthText(0),
		"1 phase": say.Plural(1, "phase"), "2 phases": say.Plural(2, "phase"),
		"2026-11-23 09:30:00 UTC": dateText(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)),
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, "–", dateText(time.Time{}))
	assert.Equal(t, "–", timeText(report.None, 0))
}

func TestAppendNumbers(t *testing.T) {
	assert.Equal(t, ",1,-2,0.333333,1e-07,null,null,null,123457,1.00001e+20",
		string(appendNumbers(nil, 1, -2, 1./3, 1e-7, math.Inf(1), math.Inf(-1), math.NaN(), 123456.7, 1.000011e20)))
}

func TestThin(t *testing.T) {
	rows := []report.Second{
		{S: 0, WidthS: 1, Phase: "a", Users: 1, Requests: 2, P50: 5, P95: 9, P99: report.None},
		{S: 1, WidthS: 1, Phase: "a", Users: 3, P50: report.None, P95: report.None, P99: report.None},
		{S: 2, WidthS: 1, Phase: "a", Users: 2, Requests: 4, Failures: 1, P50: 7, P95: 8, P99: 9},
		{S: 3, WidthS: 1, Phase: "b", Requests: 1, P50: 1, P95: 1, P99: 1},
	}
	assert.Equal(t, rows, thin(rows, 4))
	got := thin(rows, 2)
	assert.Equal(t, []report.Second{
		{S: 0, WidthS: 2, Phase: "a", Users: 3, Requests: 2, P50: 5, P95: 9, P99: report.None},
		{S: 2, WidthS: 1, Phase: "a", Users: 2, Requests: 4, Failures: 1, P50: 7, P95: 8, P99: 9},
		{S: 3, WidthS: 1, Phase: "b", Requests: 1, P50: 1, P95: 1, P99: 1},
	}, got, "a second without requests has no percentile; phases are not mixed")
	assert.Equal(t, report.None, thin(rows[:3], 1)[0].P99, "one that lies among the failures stays there")
}

func TestMerged(t *testing.T) {
	got := merged([]report.Failure{
		{Method: "GET", Name: "/", Phase: "a", Reason: "x", Occurrences: 2, FirstS: 5, LastS: 9},
		{Method: "GET", Name: "/", Phase: "b", Reason: "y", Occurrences: 1, FirstS: 6, LastS: 6},
		{Method: "GET", Name: "/", Phase: "b", Reason: "x", Occurrences: 3, FirstS: 11, LastS: 12},
	})
	assert.Equal(t, []report.Failure{
		{Method: "GET", Name: "/", Reason: "x", Occurrences: 5, FirstS: 5, LastS: 12},
		{Method: "GET", Name: "/", Reason: "y", Occurrences: 1, FirstS: 6, LastS: 6},
	}, got)
}

// TestAssetsKeepTheRules reads the page's own files: relative addresses only,
// nothing from elsewhere, no markup from strings, no code from strings.
func TestAssetsKeepTheRules(t *testing.T) {
	rules := map[string]*regexp.Regexp{
		"markup from a string":     regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser`),
		"code from a string":       regexp.MustCompile(`\beval\(|new Function|set(Timeout|Interval)\(["'` + "`]"),
		"an address of elsewhere":  regexp.MustCompile(`https?://(?:[^wl]|w[^w])`),
		"an absolute address":      regexp.MustCompile(`(?:fetch|get|send|EventSource|Stream)\(["'` + "`]/|(?:href|src|action)=[\"']/[^\"']"),
		"an inline handler":        regexp.MustCompile(`<[^>]+\son[a-z]+=`),
		"an inline style":          regexp.MustCompile(`<[^>]+\sstyle=`),
		"a script inside the page": regexp.MustCompile(`<script>`),
	}
	require.NoError(t, fs.WalkDir(assets, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := assets.ReadFile(path)
		require.NoError(t, err)
		for what, rule := range rules {
			assert.Empty(t, rule.FindAllString(string(data), -1), "%s holds %s", path, what)
		}
		assert.LessOrEqual(t, strings.Count(string(data), "\n"), 400, path)
		return nil
	}))
}

// TestEveryImportExists checks that each module that is imported is there, and
// exports what is asked of it.
func TestEveryImportExists(t *testing.T) {
	imports := regexp.MustCompile(`(?m)^import \{ ([^}]+) \} from "\./([^"]+)";`)
	for name := range tags {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		for _, m := range imports.FindAllStringSubmatch(string(mustAsset(name)), -1) {
			require.Contains(t, tags, m[2], name)
			from := string(mustAsset(m[2]))
			for what := range strings.SplitSeq(m[1], ", ") {
				assert.Regexp(t, `(?m)^export (?:async )?(?:class|const|function) `+what+`\b`, from, "%s from %s", what, m[2])
				assert.Greater(t, strings.Count(string(mustAsset(name)), what), 1, "%s imports %s and does not use it", name, what)
			}
		}
	}
}

// TestBundle checks that the report's modules fit into one.
func TestBundle(t *testing.T) {
	text := string(bundle(reportModules))
	assert.NotContains(t, text, "\nimport ")
	assert.NotContains(t, text, "\nexport ")
	seen := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^(?:class|const|let|function|async function) (\w+)`).FindAllStringSubmatch(text, -1) {
		assert.False(t, seen[m[1]], "two modules of a report have a %s", m[1])
		seen[m[1]] = true
	}
}
