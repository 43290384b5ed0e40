// Package measure is what a task's context carries: the spans of its operations and
// the observers that see them.
//
// A script measures anything that is not HTTP with one call, [Do]; the measured HTTP
// client does it for requests. A [Transaction] is a span over several of them, a [Pause] think time
// that counts nowhere, a [Counter], [Rate] or [Value] a figure of the script's own, and a [Tag] gives requests a
// further row. Below that, [FromContext] gives the [Scope] of the
// task, and [Scope.Begin] starts a [Span]. The engine makes a Scope for each run of a
// task ([WithScope]) and passes what an [Observer] returned for the run.
//
// # Promises
//
//   - The first request of a task is intended at the task's intended start plus the
//     time that the script itself took before it, each later one when it is sent
//     ([Scope.Begin]).
//   - Outside a run everything here does nothing: a script runs the same without a
//     generator.
//   - Without an observer a span allocates nothing, and a Scope once.
package measure
