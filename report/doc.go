// Package report is what a run came to: a value with text and JSON.
//
// A [Summary] holds the figures of each phase and operation, what failed, the
// generator's own health and the per-second rows that effects and comparisons are
// built from. It can be printed ([Summary.WriteText]), serialised
// ([Summary.WriteJSON], [ReadSummary]), held to claims and compared. A [Snapshot] is
// the same of a run that is still going. Package report/record makes both.
//
// # Promises
//
//   - All times are offsets from the start of the run on the monotonic clock.
//   - A request belongs to the phase and the second of its intended start, however
//     late its answer came. Only the live window (rates and percentiles of the last
//     seconds) goes by completion.
//   - Response time is done - intended, service time is done - sent, wake lag is
//     woken - intended: the generator's own fault.
//   - Headline quantiles count a failure as slower than every success. A quantile
//     that falls among the failures is +Inf in Go, null in JSON and "failed" in text.
//   - Histograms ([Times]) of phases, operations and machines merge exactly.
//   - Nothing is dropped silently: clamped values, names past the cap, reasons and
//     exceptions past theirs are counted and shown.
package report
