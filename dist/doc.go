// Package dist draws durations: think times, ON and OFF periods, gaps between
// arrivals, latencies of a fake backend.
//
// Parameters are what people say: a mean duration and a coefficient of
// variation (CV = standard deviation / mean), not shape and rate. A CV of 0 is
// constant, 0.3 is "about the mean", 1 is memoryless, 2 and more is mostly
// short with rare long ones.
//
// Two things are here:
//   - [Distribution] and its families [Constant], [Uniform], [Exponential],
//     [Gamma], [Lognormal], [Weibull], [Pareto] and [Empirical], which [Parse]
//     reads from text;
//   - [Equilibrium], the age and the rest of the period that is in progress at
//     a random instant, so that users can start in their steady state.
//
// Samples are drawn from a [math/rand/v2.Source], such as one of package stream.
//
// # Promises
//
//   - Every distribution is an immutable value. It may be shared by any number
//     of goroutines, each with its own source; a source may not be shared.
//   - Sample and Equilibrium allocate nothing.
//   - Samples are rounded to the nearest nanosecond, so they keep the mean, and
//     lie between 0 and [Longest]. Whatever is above is cut to Longest.
//   - No parameter makes Sample or Equilibrium panic or return a negative
//     duration. Parameters that Validate refuses give a safe but meaningless
//     value: they are moved to the nearest limit.
//   - The same source gives the same samples in every run and on every platform, to
//     the nanosecond: no product is fused with a sum, and no function of package
//     math that differs between processors is used. Golden values in the tests
//     freeze them for stream.Version.
package dist
