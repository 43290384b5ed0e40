// Package datadog sends a run to Datadog: traces, metrics, events and logs, tagged
// with run, phase, task and user.
//
//	dd, err := datadog.Start(datadog.Config{})
//	if err != nil { ... } // a malformed DD_* variable; the load can run without
//	defer dd.Stop()
//	runner.Observer = dd
//
// The agent's address, service, environment and version come from the DD_*
// variables that every Datadog library reads; docs/datadog.md lists them, the
// names of spans, tags and metrics, and what it costs.
//
// # Promises
//
//   - Which task runs are traced is decided by seed, user and iteration before a
//     span begins: never by how long they take or how they end, and the same ones
//     in every run with the same seed. What is not traced costs nothing.
//   - A span of a request lasts as long as its response time in the report, to the
//     nanosecond: from the intended start to the last byte.
//   - Metrics come from the recorder's figures once a second, so every request is in
//     them and their cost follows the number of operations.
//   - A tracer that the program already runs is used, not replaced and not stopped.
//   - An agent that is missing, refuses, hangs or dies changes nothing about the
//     load. It delays Start and Stop by less than a second each, is named in one
//     warning, and what it misses is counted by [Exporter.Losses].
package datadog
