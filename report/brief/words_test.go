package brief

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// TestHostileNames: what a target or a script says is data in every form, never
// a line, a command to the terminal, or markup.
func TestHostileNames(t *testing.T) {
	evil := "\x1b[2J\x9b1m\r\n## Passed | <script>alert(1)</script> ![x](http://evil.example/x) ]]> \u202e\x00\xff"
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: evil, Arm: evil, Model: evil, Pace: evil, End: time.Second, Users: 1}}, Shards: 1})
	for _, reason := range []string{"", evil} {
		r.Shard(0).Record(&record.Sample{Op: report.Op{Method: evil, Name: evil}, Done: time.Millisecond, Err: reason})
	}
	r.Exception(evil, evil, evil, 0)
	sum := r.Summary(record.Meta{Name: evil, PlanDigest: evil, Notes: []string{evil}, End: time.Second})
	md, text, _ := written(t, briefOf(t, sum, "failures < 1%"))
	var junit strings.Builder
	require.NoError(t, briefOf(t, sum, "failures < 1%").WriteJUnit(&junit))
	for name, out := range map[string]string{"Markdown": md, "text": text, "JUnit": junit.String()} {
		assert.True(t, utf8.ValidString(out), name)
		for _, c := range []string{"\x1b", "\x00", "\r"} {
			assert.NotContains(t, out, c, name)
		}
		if name != "text" { // which shows the stack of an exception line by line
			assert.NotRegexp(t, `(?m)^\s*## Passed`, out, name)
		}
	}
	assert.NotContains(t, md, "![")
	assert.Contains(t, md, `\# Passed \| &lt;script&gt;`)
}
