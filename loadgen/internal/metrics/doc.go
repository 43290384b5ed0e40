// Package metrics is what a system of metrics sees of a run: counters, gauges and histograms with labels. Exporters
// have the metrics and their bounds from here and write them in their own form.
//
// # Promises
//
//   - Nothing is counted a second time: what is read is what the recorder has counted, at most once a second.
//   - After a run every count equals the Summary's, to the last request.
//   - No series ever goes down or starts again: the figures after the statistics were zeroed are another run's.
//   - The number of series is bounded, whatever the names of operations and reasons are; what is beyond is counted under
//     "(other)".
package metrics
