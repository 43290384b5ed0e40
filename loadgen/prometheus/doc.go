// Package prometheus shows runs to Prometheus: counters, gauges, and histograms of
// response times, native and with classic buckets.
//
//	exporter, err := prometheus.New(prometheus.Config{})
//	if err != nil { ... } // what is malformed in the Config
//	runner.Observer = exporter
//	http.Handle("/metrics", exporter)
//
// docs/observability.md lists the metrics, their units and labels, and shows how to
// scrape and to push. docs/prometheus has recording rules, alerts, a Grafana dashboard and the
// configurations that load them.
//
// # Promises
//
//   - Nothing is counted a second time: each scrape reads what the recorder has
//     counted, at most once a second. Tasks and requests pay nothing, and no one pays
//     for an exporter that is not scraped.
//   - After a run every count equals the Summary's, to the last request, until the
//     run after the next one begins.
//   - No series ever goes down or starts again: each run has its own series (label run),
//     and so have the figures after the statistics were zeroed.
//   - The number of series is bounded, whatever the names of operations and reasons are;
//     what is beyond is counted under "(other)".
//   - What is pushed (Config.Push) includes the end of the run, and a receiver that is
//     missing, refuses or hangs delays that end by a second at most.
package prometheus
