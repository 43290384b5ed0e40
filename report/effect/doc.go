// Package effect measures what an intervention did: how much one phase of a run differs from another, how sure
// that is, and how small an effect the run could have found.
//
//	r, err := effect.Analyze(run, effect.Options{Primary: effect.P95})
//	fmt.Println(r.Primary().Sentence())
//	// Worse: p95 +18 % (95 % interval +9 % to +27 %), +34 ms (+17 ms to +52 ms).
//
// [Analyze] finds the design in the arms of the plan; [Between], [Return], [Paired], [Same] and [Crossed] take phases by name,
// also from different runs. Package recovery times the way back after a disruption. An error means that the
// question cannot be asked; what the data cannot answer is a [Verdict] with a sentence.
//
// # The interval
//
// Requests are not independent of each other: a server that is slow now is slow for the next thousand
// requests too. So nothing here counts requests. Every figure is a sum over the seconds of a phase, and
// its variance comes from how those seconds depart from the phase:
//
//  1. z_t is what second t departs by, e.g. the number of its requests slower than the quantile q of the whole
//     phase, less (1-p) n_t.
//  2. L_j = (2/T) [sum_t z_t cos(pi j (t-1/2)/T)]^2 for j = 1..12: power at the lowest frequencies.
//  3. Guard: F = mean(L_1..L_4) / mean(L_5..L_12) over all phases. nu = 8 cosines, or 4 where F is beyond its 75 %
//     point; beyond its 95 % point the report says that the noise is slow.
//  4. Omega = mean(L_1..L_nu), se = sqrt(T Omega)/N (equal-weighted cosines: Lazarus, Lewis, Stock and Watson
//     2018), and Student's t with nu degrees of freedom. For quantiles the phases share
//     the variance of their rank.
//  5. Ranks become quantiles: [Q(p - t se), Q(p + t se)] (Woodruff 1952). A rank outside 0..1 is "not
//     estimable", never a number.
//  6. Two phases: MOVER (Zou and Donner 2008) on the log scale for the ratio, on the plain one for the
//     difference.
//
// Failures are slower than every success. Ramps, settling time, requests that straddle the end of a phase,
// and the last seconds that lack their slow requests because of that are left out by count. docs/statistics.md
// has the reasons and the tables that show how often the intervals hold, written by internal/simulate.
//
// All functions are pure, deterministic and safe for concurrent use as long as nothing changes the runs.
package effect
