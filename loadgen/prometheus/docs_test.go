package prometheus

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMetricsAreDocumented: the table of docs/observability.md has each metric with its type and
// labels, and nothing else.
func TestMetricsAreDocumented(t *testing.T) {
	text := document(t, "observability.md")
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(everything(t).Collector())
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, len(descriptions), "every metric has a series in this test")
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(loadgen_[a-z_]+)` \\|").FindAllStringSubmatch(text, -1) {
		documented[m[1]] = true
	}
	for _, f := range families {
		var labels []string
		for _, l := range f.Metric[0].Label {
			if l.GetName() != "run" {
				labels = append(labels, l.GetName())
			}
		}
		kind := strings.ToLower(f.GetType().String())
		row := fmt.Sprintf("| `%s` | %s | %s |", f.GetName(), kind, strings.Join(labels, ", "))
		assert.Contains(t, text, row)
		delete(documented, f.GetName())
	}
	assert.Empty(t, documented, "metrics that do not exist")
}
