// Package report measures a run and tells what it measured.
//
// A [Recorder] takes samples from many goroutines, keeps mergeable histograms
// per phase and operation, and answers three questions: how the run goes now
// ([Recorder.Snapshot]), what one phase came to ([Recorder.Phase]) and what the
// whole run came to ([Recorder.Summary]).
//
// # Promises
//
//   - All times are offsets from the start of the run on the monotonic clock. The
//     recorder reads no clock and starts no goroutine; whoever asks says what
//     time it is.
//   - A sample belongs to the phase and the second of its intended start, however
//     late its answer came. Only the live window (rates and percentiles of the last
//     seconds) goes by completion.
//   - Response time is done - intended, service time is done - sent, wake lag is
//     woken - intended: the generator's own fault. The first request of a task is
//     intended at the task's intended start plus the time that the script itself
//     took before it, each later one when it is sent ([Scope.Begin]).
//   - Headline quantiles count a failure as slower than every success. A quantile
//     that falls among the failures is +Inf in Go, null in JSON and "failed" in text.
//   - Memory does not grow with the number of samples, and slowly and boundedly
//     with time. Nothing is dropped silently: clamped values, names past
//     the cap, reasons and exceptions past theirs are counted and shown.
//   - Recording a sample allocates nothing and never waits for a reader.
//
// The tasks of a script reach the recorder through the [Scope] in their context;
// [Measure] times any operation that the measured HTTP client does not.
package report
