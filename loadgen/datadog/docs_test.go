package datadog

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// What the documents, the dashboard and the monitors ask for exists.
func TestDocumentsNameWhatIsSent(t *testing.T) {
	metrics := tableOfMetrics(t)
	tags := []string{tagRun, tagPhase, tagArm, tagTask, tagIteration, tagSeed, tagIntended, tagLag, tagService, tagCutOff,
		tagOperation, tagOutcome, tagReason, tagState, tagStat, tagKind, tagUsers, tagTransaction, tagTag, tagFigure, tagAnswer}
	for _, name := range []string{"datadog.md", "datadog/dashboard.json", "datadog/monitors.tf"} {
		text := document(t, name)
		for _, m := range regexp.MustCompile(`load_generator\.[a-z_]+(\.[a-z_]+)*`).FindAllString(text, -1) {
			assert.Contains(t, metrics, m, name)
		}
		for _, m := range regexp.MustCompile(`\bload\.[a-z_]+`).FindAllString(text, -1) {
			assert.Contains(t, tags, m, name)
		}
	}
	text := document(t, "datadog.md")
	for _, tag := range append(tags, tagUser, MarkHeader) {
		assert.True(t, strings.Contains(text, "`"+tag+"`"), tag)
	}
	for variable := range rules {
		if !strings.HasSuffix(variable, "_INJECT") && variable != "DD_TRACE_STATS_COMPUTATION_ENABLED" {
			assert.True(t, strings.Contains(text, "`"+variable+"`"), variable)
		}
	}
}

// tableOfMetrics reads types and further tags by name.
func tableOfMetrics(t *testing.T) map[string]string {
	row := regexp.MustCompile("(?m)^\\| `(load_generator\\.[a-z_.]+)` \\| ([a-z]+) \\|([^|]*)\\|")
	table := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(document(t, "datadog.md"), -1) {
		table[m[1]] = strings.TrimSpace(m[2] + " " + strings.TrimSpace(m[3]))
	}
	return table
}

// The table of metrics says what is sent, with its type and tags, no more and no less.
func TestTableOfMetrics(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1})
	eventful(e, run, r)
	s := r.Snapshot(time.Second)
	s.Health = report.Health{CPU: 1, CPULimit: 2, MemoryBytes: 3, GCPauseS: 4, Goroutines: 5, OpenFiles: 6, FileLimit: 7}
	run.Watch(s)
	r.Level(2, 0, 1, 1)
	run.Watch(r.Snapshot(2 * time.Second))
	e.flushMetrics()
	sent := map[string]string{}
	for _, line := range w.lines() {
		if name, rest, _ := strings.Cut(line, ":"); strings.HasPrefix(line, "load_generator.") {
			sent[name] = typeAndTags(rest)
		}
	}
	assert.Equal(t, tableOfMetrics(t), sent)
}

// typeAndTags puts the end of a line of DogStatsD as the table puts it.
func typeAndTags(line string) string {
	parts := strings.Split(line, "|")
	words := map[string]string{"c": "count", "g": "gauge", "d": "distribution"}[parts[1]]
	var keys []string
	for tag := range strings.SplitSeq(strings.TrimPrefix(parts[len(parts)-1], "#"), ",") {
		if key, _, _ := strings.Cut(tag, ":"); key != tagPhase && key != tagArm && key != tagRun {
			keys = append(keys, "`"+key+"`")
		}
	}
	return strings.TrimSpace(words + " " + strings.Join(keys, ", "))
}

func TestDashboard(t *testing.T) {
	var d struct {
		Title     string
		Layout    string                          `json:"layout_type"`
		Variables []struct{ Name, Prefix string } `json:"template_variables"`
		Widgets   []struct {
			Definition struct {
				Title, Type string
				Widgets     []map[string]any
			}
		}
	}
	text := document(t, "datadog/dashboard.json")
	require.NoError(t, json.Unmarshal([]byte(text), &d))
	assert.Equal(t, "ordered", d.Layout)
	prefixes := map[string]string{}
	for _, v := range d.Variables {
		prefixes[v.Name] = v.Prefix
		assert.Contains(t, text, "$"+v.Name)
	}
	assert.Equal(t, tagPhase, prefixes["phase"])
	for _, query := range regexp.MustCompile(`(avg|sum|min|max|p\d+):load_generator[^"]*`).FindAllString(text, -1) {
		assert.Contains(t, query, "$run,$phase,", "every chart obeys the choice of run and phase")
	}
	for _, m := range regexp.MustCompile(`\$([a-z]+)`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, prefixes, m[1])
	}
	for _, w := range d.Widgets {
		assert.Equal(t, "group", w.Definition.Type)
		assert.NotEmpty(t, w.Definition.Widgets, w.Definition.Title)
	}
}
