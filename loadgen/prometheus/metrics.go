package prometheus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
)

// descriptions are those of all metrics; docs/observability.md has a table of them.
var descriptions []*prometheus.Desc

// describe describes a metric.
func describe(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc(name, help, labels, nil)
	descriptions = append(descriptions, d)
	return d
}

// ofRun are the metrics of a run.
var ofRun = func() map[*metrics.Metric]*prometheus.Desc {
	all := map[*metrics.Metric]*prometheus.Desc{}
	for _, m := range metrics.All() {
		all[m] = describe(m.Underscored(), m.Help, append([]string{"run"}, m.Labels...)...)
	}
	return all
}()

var (
	descBuild = describe("loadgen_build_info", "What the generator was built from.", "version", "revision", "goversion")
	descLost  = describe("loadgen_export_lost_total", "What this exporter did not get to its receiver.", "what")
)
