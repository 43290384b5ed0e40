// Package record takes samples from many goroutines.
//
// A [Recorder] keeps mergeable histograms per phase and operation, and answers
// three questions: how the run goes now ([Recorder.Snapshot]), what one phase came
// to ([Recorder.Phase]) and what the whole run came to ([Recorder.Summary]). A
// [Follower] gives what was gained since it was asked last.
//
//	Shard.Record ──> chunk ──full──> queue ──> figures <── Snapshot, Phase, Summary
//	(own lock)                                 (one owner at a time)
//
// Figures of several processes come together: [Recorder.Take] moves what came in a while into a
// [Delta], which [Recorder.Merge] adds to the figures of another process, exactly.
//
// # Promises
//
//   - The recorder reads no clock and starts no goroutine: callers pass the current
//     offset from the start of the run.
//   - Recording a sample allocates nothing and never waits for a reader, unless the
//     queue is full.
//   - Memory does not grow with the number of samples, and slowly and boundedly
//     with time.
//   - What a reader gets is of one instant: counters, requests in flight and samples
//     balance ([report.Counters]).
package record
