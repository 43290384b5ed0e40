// Package claim holds the claims that a run must meet, as text and as Go
// values.
//
//	intervention p95 < 250ms                       a figure of a phase
//	baseline GET /api/todos failures < 1%          of one operation
//	p99 < 1s                                       of the whole run
//	intervention vs baseline p95 < +10%            an effect: its whole interval must hold
//	after vs baseline p95 recovery < 60s           the time to get back
//	generator healthy                              the figures are about the target
//	abort unless intervention failures < 20%       also ends a run that certainly breaks it
//
// # Grammar
//
//	claim    = [ "abort unless" ] ( "generator healthy" | subject metric [ "recovery" ] relation limit )
//	subject  = [ phase [ "vs" phase ] ] [ operation ]
//	relation = "<" | "<=" | ">" | ">=" | "="
//	limit    = 250ms | 1.5s | 1% | +10% | +1pp | 20/s | 100
//
// The first word is a phase unless it is an HTTP method or starts with "/"; "run"
// is the whole run: an operation without a method is "run checkout p95 < 1s".
// Put names with blanks in double quotes. In a design, "baseline" and
// "intervention" (or "A" and "B") are all phases of that arm together.
//
// Metrics are p50, p95, p99 and every other p<number> of the response time, with
// failures slower than every success; mean, max: of successes; failures (a share
// with %, else a number); throughput (also rps): successes per second; requests:
// how many ended, failures included; exceptions; and exceedance, for effects.
// An effect on a share is in percentage points: +1pp.
//
// # What holds
//
// A claim about a figure goes by the figure that the report's table shows. Where
// all requests failed, no claim about a time, a throughput, a least number of
// requests, an effect or a recovery holds: it is broken, since there was no
// success. A request that was cut off counts in max with the time it had taken. A
// claim about an effect or a recovery holds only if the whole interval does, so
// "none seen" is not enough and what cannot be estimated does not hold. The first
// effect that is claimed is the primary one, judged at 95 %, all further ones at
// 99 %.
package claim
