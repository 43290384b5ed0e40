// Package loadgen is the engine: a Runner walks a schedule of phases with
// virtual users and returns a Summary of what it measured.
//
// # How it works
//
// A user between two tasks is an entry in the time-ordered queue of its shard,
// not a sleeping goroutine; a shard's loop takes the users whose turn has come and
// hands each to one of its workers. A crew adds and removes users, one at a time, at
// the exact instants of the schedule.
//
//	Schedule ──> crew ──> shard queues ──> workers ──> task.Do(ctx)
//	                          ^                │            │ samples
//	                          └── next turn ───┘            v
//	                                               record.Recorder ──> Summary
//
// # Promises
//
//   - Run blocks, and when it returns every goroutine that it started has ended.
//   - No global state: no flags, no signals, no output but the Logger's.
//   - The same seed gives every user the same plan (start, gaps, ON and OFF
//     periods, choices), on any number of cores, whatever the target does. On a
//     real network what repeats is the plan, not the latencies.
//   - A phase border is an absolute offset from the start of the run: level,
//     weights and pace switch exactly there.
//   - A panic or an error of a task is counted and the user continues.
//   - Nothing planned is lost silently: Planned = Started + Missed + Dropped + Lost +
//     Skipped in the Summary's counters.
//
// Tests run the engine in a testing/synctest bubble, where an hour of schedule
// takes a second or two.
package loadgen
