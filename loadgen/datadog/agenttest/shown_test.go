package agenttest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/datadog/agenttest"
)

const documentPath = "../../../docs/datadog.md"

var write = flag.Bool("write", false, "TestDocumentShowsARun writes what a run sent into docs/datadog.md")

// docs/datadog.md shows a trace and the metrics of one run as they arrived. With
// -write it is made to; without, it must have the form of what arrives today.
func TestDocumentShowsARun(t *testing.T) {
	agent, in := received(t, map[string]string{"DD_ENV": "perf"})
	_, sum := observed(t, agent, datadog.Config{SampleRate: 1, RunID: "r-1"})
	require.NotZero(t, sum.Total.Requests)
	trace, err := json.MarshalIndent(oneTrace(t, treeOf(in.Spans())), "", "  ")
	require.NoError(t, err)
	metrics := listOf(in.Lines())
	if *write {
		replaceBlock(t, "json", string(trace)+"\n")
		replaceBlock(t, "text", metrics)
	}
	var shown, arrived any
	require.NoError(t, json.Unmarshal([]byte(block(t, "json")), &shown))
	require.NoError(t, json.Unmarshal(trace, &arrived))
	assert.Equal(t, formOf(arrived), formOf(shown))
	assert.Equal(t, names(metrics), names(block(t, "text")))
}

// oneTrace is a task of the intervention that creates something and succeeds, with its
// request and the answer, without Datadog's bookkeeping.
func oneTrace(t *testing.T, spans *tree) (trace []agenttest.Span) {
	i := slices.IndexFunc(spans.backend, func(s agenttest.Span) bool {
		task := spans.byID[spans.byID[s.ParentID].ParentID]
		return s.Resource == "POST /api/todos" && s.Tags["load.phase"] == "intervention" && !s.Error && !task.Error
	})
	require.NotEqual(t, -1, i)
	request := spans.byID[spans.backend[i].ParentID]
	for _, s := range []agenttest.Span{spans.byID[request.ParentID], request, spans.backend[i]} {
		s.Tags, s.Numbers = maps.Clone(s.Tags), maps.Clone(s.Numbers)
		maps.DeleteFunc(s.Tags, func(key, _ string) bool { return bookkeeping(key) })
		maps.DeleteFunc(s.Numbers, func(key string, _ float64) bool { return bookkeeping(key) })
		trace = append(trace, s)
	}
	return trace
}

// bookkeeping says that a tag is one between Datadog's libraries and its agent.
func bookkeeping(key string) bool {
	return strings.HasPrefix(key, "_") || slices.Contains([]string{"language", "runtime-id", "process_id", "tracestate"}, key)
}

// listOf lists metrics by name, with what arrived of each.
func listOf(lines []agenttest.Line) string {
	byName := map[string][]agenttest.Line{}
	for _, l := range lines {
		byName[l.Name] = append(byName[l.Name], l)
	}
	kinds := map[string]string{"c": "count", "g": "gauge", "d": "distribution", "h": "histogram", "ms": "timing", "s": "set"}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sum := 0.0
		for _, l := range byName[name] {
			sum += l.Count()
		}
		fmt.Fprintf(&text, "%-60s %-12s %4d lines", name, kinds[byName[name][0].Type], len(byName[name]))
		if byName[name][0].Type != "g" {
			fmt.Fprintf(&text, " for %.0f", sum)
		}
		text.WriteString("\n")
	}
	return text.String()
}

// names are those of our own metrics in a list that every run sends.
func names(list string) (names []string) {
	for line := range strings.Lines(list) {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(name, "load_generator.") && !slices.Contains(seldom, name) {
			names = append(names, name)
		}
	}
	return names
}

// formOf leaves of decoded JSON the keys, and of a list its members.
func formOf(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = formOf(v[i])
		}
		return list
	case map[string]any:
		form := map[string]any{}
		for key, value := range v {
			form[key] = formOf(value)
		}
		return form
	}
	return fmt.Sprintf("%T", v)
}

func fenced(kind string) *regexp.Regexp {
	return regexp.MustCompile("(?s)(\n```" + kind + "\n)(.*?)(```\n)")
}

// block is the text of the document's only code block of a kind.
func block(t *testing.T, kind string) string {
	text, err := os.ReadFile(documentPath)
	require.NoError(t, err)
	found := fenced(kind).FindAllSubmatch(text, -1)
	require.Len(t, found, 1)
	return string(found[0][2])
}

func replaceBlock(t *testing.T, kind, with string) {
	text, err := os.ReadFile(documentPath)
	require.NoError(t, err)
	block := fenced(kind).FindSubmatch(text)
	require.NotNil(t, block)
	changed := bytes.Replace(text, block[0], slices.Concat(block[1], []byte(with), block[3]), 1)
	require.NoError(t, os.WriteFile(documentPath, changed, 0o644))
}
