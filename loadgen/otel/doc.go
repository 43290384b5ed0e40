// Package otel sends a run to a collector of OpenTelemetry: traces, metrics from the figures of the report, and the log.
//
//	exporter, err := otel.Start(otel.Config{})
//	if err != nil { ... } // what is malformed in the Config or in an OTEL_* variable
//	defer exporter.Stop()
//	runner.Observer = exporter
//	runner.Logger = slog.New(exporter.LogHandler(nil))
//
// The OTEL_* variables that every SDK of OpenTelemetry reads say where it goes; docs/opentelemetry.md
// lists them, the names of spans, attributes and metrics.
//
// # Promises
//
//   - Which task runs are traced is decided by seed, user and iteration before a span begins: never by how long they take
//     or how they end, and the same ones in every run with the same seed. What is not traced costs nothing.
//   - A span of a request lasts as long as its response time in the report, to the nanosecond: from the intended start to
//     the last byte.
//   - Metrics come from the recorder's figures, so their cost follows the number of operations. After a run every count
//     equals the Summary's, to the last request.
//   - The number of series is bounded, whatever the names of operations and reasons are.
//   - A collector that is missing, refuses, hangs or dies changes nothing about the load. It delays the end of a run, and
//     Stop, by less than two seconds each, is named in one warning, and what it misses is counted by [Exporter.Losses].
//     No one who logs waits.
//   - Nothing global is set: providers, propagators and error handlers of the program stay as they are.
package otel
