// Package receivers has the tests of all exporters at once: one run, and what Prometheus, OpenTelemetry, a file of samples and
// Datadog receive of it. It holds nothing but tests. The receivers are made up; the real ones have tests in
// loadgen/prometheus, loadgen/otel/collectortest and loadgen/datadog/agenttest.
package receivers
