package metrics_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// printer prints what is counted of requests.
type printer struct{}

func (printer) Count(m *metrics.Metric, n int64, labels ...string) {
	if m.Name == "requests" {
		fmt.Println(m.Underscored(), labels, n)
	}
}

func (printer) Level(*metrics.Metric, float64, ...string)                              {}
func (printer) Histogram(*metrics.Metric, *hist.Sketch, []metrics.Exemplar, ...string) {}

func Example() {
	phases := []report.PhaseInfo{{Name: "baseline", End: time.Minute}}
	r := record.New(record.Config{Phases: phases, Shards: 1})
	run := metrics.NewRun(measure.Run{Phases: phases, Recorder: r}, "build-7")
	r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/"}, Done: time.Millisecond})
	run.End(r.Summary(record.Meta{End: time.Second}))
	run.Read(func(string, time.Time) metrics.Sink { return printer{} })
	// Output:
	// loadgen_requests_total [baseline  GET / ok] 1
	// loadgen_requests_total [baseline  GET / failed] 0
}
