// Package claim holds the claims that a run must meet, as text and as Go
// values.
//
//	intervention p95 < 250ms                       a figure of a phase
//	baseline GET /api/todos failures < 1%          of one operation
//	p99 < 1s                                       of the whole run
//	intervention vs baseline p95 < +10%            an effect: its whole interval must hold
//	high vs low p95 < +50%                         the effect of the load, in a design of two loads
//	intervention vs baseline p95 interaction < +9% what the intervention does at high load beyond that at low load
//	after vs baseline p95 recovery < 60s           the time to get back
//	generator healthy                              the figures are about the target
//	abort unless intervention failures < 20%       also ends a run that certainly breaks it
//	checkout p95 < 2s                              a transaction of the script
//	wins = 1                                       a counter of the script
//	intervention "title ok" > 99%                  a rate of the script
//	basket p95 < 80                                a value of the script
//	GET /items {region=eu} p95 < 100ms             the requests with a tag
//	buyer GET /items p95 < 80ms                    an operation of one kind of users
//	sale buyer failures < 1%                       all that a kind does in a phase
//	sale vs usual buyer p95 < +10%                 an effect on a kind
//	browser wins = 0                               a figure of a kind
//
// # Grammar
//
//	claim    = [ "abort unless" ] ( "generator healthy" | subject metric [ "recovery" | "interaction" ] relation limit )
//	         | [ phase ] [ kind ] figure relation limit
//	subject  = [ phase [ "vs" phase ] ] [ kind ] [ operation [ "{" key "=" value "}" ] | transaction | value ]
//	relation = "<" | "<=" | ">" | ">=" | "="
//	limit    = 250ms | 1.5s | 1% | +10% | +1pp | 20/s | 100
//
// The first word is a phase unless it is an HTTP method or starts with "/"; "run"
// is the whole run: an operation without a method is "run checkout p95 < 1s". Where no phase has
// this name the word may be an operation, a transaction or a value: "checkout p95 < 1s".
// In a run of several kinds of users the word for a kind stands first or after the phases, and before the operation;
// without it a claim is about all kinds together. Put names with blanks in double quotes. In a design, "baseline" and
// "intervention" (or "A" and "B") are all phases of that arm together, and in one of two loads "low" and "high" those of
// a load.
//
// Metrics are p50, p95, p99 and every other p<number> of the response time, with
// failures slower than every success; mean, max: of successes; failures (a share
// with %, else a number); throughput (also rps): successes per second; requests:
// how many ended, failures included; exceptions; and exceedance, for effects.
// An effect on a share is in percentage points: +1pp.
//
// Figures are those of package report/measure that the script declares (Runner.Figures); others are refused
// before the run, with the names that there are. A counter is compared with its sum or a
// rate (/s), a rate with a share (%), a quantile, the mean or the maximum of a value with a number in
// the value's own unit.
//
// # What holds
//
// A claim about a rate or a value that was never used does not hold, whatever the limit; the sum of a counter that
// was never used is 0, if a task has run.
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
