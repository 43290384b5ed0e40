package loadgenerator

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// TestOneVoice renders a run whose figures are known through every output: the same
// value reads the same in all of them. The live page is held by the test of its
// format.js.
func TestOneVoice(t *testing.T) {
	outputs := map[string]string{}
	write := func(name string, to func(io.Writer) error) {
		var out bytes.Buffer
		require.NoError(t, to(&out))
		outputs[name] = strings.ReplaceAll(out.String(), "\u00a0", " ")
	}
	sum := knownRun()
	claims, err := claim.ParseAll("p50 < 1s", "failures < 1%", "requests > 2000", "rps > 100/s")
	require.NoError(t, err)
	b := brief.New(sum, claims, effect.Options{})
	write("terminal", sum.WriteText)
	write("brief", b.WriteText)
	write("markdown", b.WriteMarkdown)
	write("html", func(w io.Writer) error { return html.Write(w, sum, html.Options{Claims: b.Claims}) })
	write("claims", func(w io.Writer) error { return brief.WriteClaimsMarkdown(w, b.Claims) })
	write("plan", func(w io.Writer) error {
		s := phase.Schedule{{Name: "all", For: 65 * time.Second, Users: 1200, SpawnRate: 1234.5}}
		tasks := []scenario.Task{{Name: "a", Weight: 12}, {Name: "b", Weight: 88}}
		return s.Timeline(w, phase.Defaults{Pace: scenario.Around(time.Second, 1), Tasks: tasks})
	})
	outputs["effect"] = strings.Join([]string{effect.P95.Format(1234.5), effect.Failures.Format(.12), effect.Throughput.Format(144. / 65)}, "\n")
	for _, v := range []struct{ what, text, in string }{
		{"1,234.5 ms", "1,235", "terminal brief markdown html claims effect"},
		{"a share of .12", "12 %", "terminal brief markdown html claims plan effect"},
		{"1,200 requests", "1,200", "terminal brief markdown html claims"},
		{"1,200 users", "1,200 users", "terminal brief markdown plan"},
		{"1,056 successes in 65 s", "16.2", "terminal brief markdown html claims"},
		{"an offset of 65 s", "1:05", "terminal brief markdown html"},
		{"a time of 65 s in the plan", "1m5s", "plan"},
		{"no figure", "failed", "terminal brief markdown html"},
	} {
		for name := range strings.FieldsSeq(v.in) {
			assert.Contains(t, outputs[name], v.text, "%s in %s", v.what, name)
		}
	}
	for name, text := range outputs {
		for _, other := range []string{"1234", "12.0", "12%", "1200", "1,234 ", "16.24"} {
			assert.NotContains(t, styleless(text), other, name)
		}
	}
}

// styleless is what a browser shows of a page, or the text itself.
func styleless(text string) string {
	if body := strings.Index(text, "<body"); body >= 0 {
		text = text[body:]
	}
	for {
		start := strings.Index(text, "<script")
		end := strings.Index(text, "</script>")
		if start < 0 || end < start {
			return text
		}
		text = text[:start] + text[end+len("</script>"):]
	}
}

// knownRun is 1,200 requests in 65 s of which 144 failed, each of 1,234.5 ms.
func knownRun() *report.Summary {
	r := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "all", Users: 1200}}})
	for i := range 1200 {
		at := time.Duration(i) * 50 * time.Millisecond
		s := &record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Intended: at, Woken: at, Sent: at, Done: at + 1234500*time.Microsecond}
		if i%25 < 3 {
			s.Err = "http 503"
		}
		r.Shard(0).Record(s)
	}
	return r.Summary(record.Meta{Seed: 1, PlanDigest: "3fa9c0d1", End: 65 * time.Second})
}
