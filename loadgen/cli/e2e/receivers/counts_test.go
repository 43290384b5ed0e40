package receivers

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

const document = "../../../../docs/observability.md"

var write = flag.Bool("write", false, "TestCountsSideBySide writes its table into docs/observability.md")

// TestCountsSideBySide: all have the same counts of one run, the summary's, row by row. docs/observability.md shows them; with
// -write it is made to.
func TestCountsSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("makes load for two seconds")
	}
	r := listen(t)
	backend, err := todo.NewBackend(todo.BackendConfig{Seed: 1})
	require.NoError(t, err)
	server, err := backend.Listen("")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	client, err := httpclient.New(httpclient.Config{Host: server.URL})
	require.NoError(t, err)
	defer client.Close()
	sum, err := loadgen.Runner{
		Name: "todo", Seed: 42, Observer: r.Observer, NewUser: todo.Users(client), Pace: scenario.Between(5*time.Millisecond, 25*time.Millisecond),
		Schedule: phase.Schedule{
			{Name: "baseline", For: time.Second, Users: 2, Arm: "A"},
			{Name: "intervention", For: time.Second, Users: 4, Arm: "B", Enter: phase.HookFunc(func(context.Context) error {
				return backend.Behave(todo.Behaviour{ErrorRate: 0.3})
			})},
		},
	}.Run(t.Context())
	require.NoError(t, err)
	r.stop()
	want := ofSummary(sum)
	require.Equal(t, sum.Total.Requests, want.all())
	require.Positive(t, sum.Total.Failures)
	require.Eventually(t, func() bool { return r.ofDatadog().all() >= want.all() }, time.Minute, 10*time.Millisecond, "what was sent by UDP arrives a little later")
	all := []counts{want, r.ofPrometheus(), r.ofOTel(), r.ofSamples(), r.ofDatadog()}
	for i, name := range []string{"summary", "Prometheus", "OpenTelemetry", "samples", "Datadog"} {
		assert.Equal(t, want, all[i], name)
	}
	table := sideBySide(all)
	t.Log("\n" + table)
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)\n```counts\n(.*?)```\n")
	shown := block.FindSubmatch(text)
	require.NotNil(t, shown, "%s has no block of counts", document)
	if *write {
		text = []byte(strings.Replace(string(text), string(shown[1]), table, 1))
		require.NoError(t, os.WriteFile(document, text, 0o644))
		return
	}
	head, rows, _ := strings.Cut(string(shown[1]), "\n")
	assert.Equal(t, strings.Fields(strings.SplitN(table, "\n", 2)[0]), strings.Fields(head))
	for line := range strings.Lines(rows) {
		cells := strings.Fields(line)
		require.Greater(t, len(cells), len(all), line)
		assert.Len(t, slices.Compact(cells[len(cells)-len(all):]), 1, "the document's row: %s", line)
	}
}

// sideBySide is a table of counts, by phase, operation and outcome, with their sum.
func sideBySide(all []counts) string {
	table := say.NewTable(say.Column{Name: "Phase", Left: true}, say.Column{Name: "Operation", Left: true}, say.Column{Name: "Outcome", Left: true},
		say.Column{Name: "Summary"}, say.Column{Name: "Prometheus"}, say.Column{Name: "OTel"}, say.Column{Name: "Samples"}, say.Column{Name: "Datadog"})
	line := func(x row, of func(counts) int64) {
		cells := []string{x.phase, x.operation, x.outcome}
		for _, c := range all {
			cells = append(cells, say.Count(of(c)))
		}
		table.Row(cells...)
	}
	for _, x := range slices.SortedFunc(maps.Keys(all[0]), func(a, b row) int {
		return cmp.Or(cmp.Compare(a.phase, b.phase), cmp.Compare(a.operation, b.operation), cmp.Compare(b.outcome, a.outcome))
	}) {
		line(x, func(c counts) int64 { return c[x] })
	}
	line(row{phase: "all"}, counts.all)
	return fmt.Sprint(table.Text(""))
}
