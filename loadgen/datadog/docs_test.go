package datadog

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func document(t *testing.T, name string) string {
	text, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	return string(text)
}

// What the documents, the dashboard and the monitors ask for exists.
func TestDocumentsNameWhatIsSent(t *testing.T) {
	metrics := []string{metricRequests, metricFailures, metricResponse, metricBytes, metricCutOff, metricTasks, metricStarts,
		metricExceptions, metricUsers, metricSpawned, metricStopped, metricPhase, metricLate, metricCPU, metricCPULimit, metricMemory,
		metricGoroutines, metricFiles, metricFileLimit, metricGCPause, metricLost}
	tags := []string{TagRun, TagPhase, TagArm, TagTask, TagIteration, TagSeed, TagIntended, TagLate, TagService, TagCutOff,
		tagOperation, tagOutcome, tagReason, tagState, tagStat, tagKind}
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
	for _, m := range metrics {
		assert.True(t, strings.Contains(text, "\n| `"+m+"` |"), m)
	}
	for _, tag := range append(tags, TagUser, MarkHeader) {
		assert.True(t, strings.Contains(text, "`"+tag+"`"), tag)
	}
	for variable := range rules {
		if !strings.HasSuffix(variable, "_INJECT") && variable != "DD_TRACE_STATS_COMPUTATION_ENABLED" {
			assert.True(t, strings.Contains(text, "`"+variable+"`"), variable)
		}
	}
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
	assert.Equal(t, TagPhase, prefixes["phase"])
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
