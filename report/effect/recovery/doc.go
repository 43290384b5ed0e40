// Package recovery measures how long a target took to get back to its usual figures after a disruption.
//
//	r, err := recovery.Analyze(baseline, after, recovery.Options{Metric: effect.P95})
//	fmt.Println(r.Sentence())
//	// p95 recovered after 24 s (95 % interval 14 s to 39 s): the usual value is 80 ms, and recovered means at most 88 ms (+10 %) for 10 s.
//
// The method and how often it is right are in docs/statistics.md, section 7.
//
// All functions are pure, deterministic and safe for concurrent use as long as nothing changes the runs.
package recovery
