package web

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/locust"
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

// TestSpanText checks that the form's run time can be sent back.
func TestSpanText(t *testing.T) {
	assert.Empty(t, spanText(0))
	for _, d := range []time.Duration{time.Second, 90 * time.Second, 10 * time.Minute, time.Hour, 90 * time.Minute, time.Hour + time.Second} {
		got, err := locust.ParseTimespan(spanText(d))
		require.NoError(t, err)
		assert.Equal(t, d, got, spanText(d))
	}
	assert.Equal(t, "10m", spanText(10*time.Minute))
	assert.Equal(t, "1h", spanText(time.Hour))
}

// TestAssetsKeepTheRules reads the files of the page and of the report: relative addresses only,
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
	var files []string
	for _, folder := range []string{"assets", "../html/assets", "../internal/page/assets"} {
		in, err := filepath.Glob(folder + "/*")
		require.NoError(t, err)
		require.NotEmpty(t, in, folder)
		files = append(files, in...)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for what, rule := range rules {
			assert.Empty(t, rule.FindAllString(string(data), -1), "%s holds %s", path, what)
		}
		assert.LessOrEqual(t, strings.Count(string(data), "\n"), 400, path)
	}
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

// Large runs give way before there are many of them, and one that is too large alone is not kept either.
func TestRunsAreBoundedInBytes(t *testing.T) {
	var l runs
	for i := range 5 {
		l.add(keptRun{line: runLine{Run: i}, text: make([]byte, mostRunBytes/3)})
		assert.LessOrEqual(t, l.bytes, mostRunBytes)
	}
	assert.Len(t, l.kept, 3)
	assert.Equal(t, 2, l.dropped)
	assert.Equal(t, 2, l.kept[0].line.Run)
	l.add(keptRun{text: make([]byte, mostRunBytes+1)})
	assert.Empty(t, l.kept)
	assert.Equal(t, 6, l.dropped)
	assert.Zero(t, l.bytes)
}
