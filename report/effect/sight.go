package effect

import "math"

// sight is what one phase says about one metric: a value and, for any number of cosines and any
// level, its limits.
//
// Every metric is a sum over intervals: z_t says how much interval t departs from the phase. With
// the long-run variance Omega of z the sum over T intervals has the standard error sqrt(T Omega), and
// the value that times unit:
//
//	quantile q    z_t = #(slower than q in t) - (1-p) n_t   the rank: 1/N
//	mean          z_t = sum of times in t - mean ok_t       1/#ok
//	failures      z_t = failed_t - share n_t                1/N
//	throughput    z_t = ok_t - OK/T                         1/(seconds)
//	exceedance    z_t = #(slower than q_A in t) - share n_t 1/N
type sight struct {
	x     *stretch
	m     Metric
	value float64 // ms, share or requests per second; +Inf for a quantile among the failures
	unit  float64
	l     waves
	p     float64 // of a quantile
	at    point   // of a quantile
	spoil string  // why there can be no limits; "": there can
}

// msPerNS converts nanoseconds.
const msPerNS = 1e-6

// see looks at a metric. threshold is the baseline's quantile, for Exceedance. x has requests,
// unless m is a rate.
func see(x *stretch, m Metric, threshold point) *sight {
	s, z := departures(x, m, threshold)
	s.l = x.basis.of(z)
	return s
}

// departures looks at a metric and returns z beside it.
func departures(x *stretch, m Metric, threshold point) (s *sight, z []float64) {
	s = &sight{x: x, m: m}
	switch m {
	case Mean:
		z = s.mean()
	case Failures:
		z = s.share(x.failed)
	case Throughput:
		z = s.rate(x.succeeded())
	case load:
		z = s.rate(x.n)
	case Exceedance:
		z = s.share(x.above(threshold))
	default:
		z = s.quantile()
	}
	return s, z
}

// quantile sets the value of a quantile and returns z.
func (s *sight) quantile() []float64 {
	s.p, _ = s.m.Quantile()
	s.at = s.x.quantile(s.p)
	s.value, s.unit = s.at.ns*msPerNS, 1/s.x.requests
	z := s.x.above(s.at)
	s.spoil = s.x.tooThin(s.p, z)
	for t, n := range s.x.n {
		z[t] -= (1 - s.p) * n
	}
	return z
}

// share sets the value of a share of which part has the counts and returns z.
func (s *sight) share(part []float64) []float64 {
	s.value, s.unit = sum(part)/s.x.requests, 1/s.x.requests
	if s.x.requests < fewEvents {
		s.spoil = s.x.tooFew("requests", s.x.requests)
	}
	z := make([]float64, len(part))
	for t, n := range s.x.n {
		z[t] = part[t] - s.value*n
	}
	return z
}

// rate sets the value of a rate of which the intervals have the counts and returns z.
func (s *sight) rate(counts []float64) []float64 {
	total := sum(counts)
	s.value, s.unit = total/s.x.seconds(), 1/s.x.seconds()
	z := make([]float64, s.x.len())
	for t, n := range counts {
		z[t] = n - total/float64(s.x.len())
	}
	return z
}

// mean sets the value of the mean and returns z, in ms.
func (s *sight) mean() []float64 {
	z, ok := make([]float64, s.x.len()), s.x.successes()
	if ok < fewEvents {
		s.spoil = s.x.tooFew("successes", ok)
	}
	if ok == 0 {
		s.value, s.spoil = math.Inf(1), s.x.noSuccess()
		return z
	}
	s.value, s.unit = sum(s.x.times)/ok, 1/ok
	for t := range z {
		z[t] = s.x.times[t] - s.value*(s.x.n[t]-s.x.failed[t])
	}
	return z
}

// variance returns the variance of the sum that the value comes from (of the rank, for a quantile), in
// units of the value.
func (s *sight) variance(nu int) float64 {
	return float64(s.x.len()) * s.l.omega(nu) * s.unit * s.unit
}

// limits returns the interval of the value, which lies half to each side on the scale of the sum. why is ""
// or says why there is none.
func (s *sight) limits(half, level float64) (low, high float64, why string) {
	if s.spoil != "" {
		return 0, 0, s.spoil
	}
	switch {
	case s.p > 0:
		return s.woodruff(half)
	case s.m.isShare():
		low, high = s.shareLimits(half, level)
		return low, high, ""
	case s.m.isRate() && s.value == 0:
		return 0, none(level) / s.x.seconds(), ""
	case s.m == Mean:
		half = max(half, s.value*resolution/2)
	}
	return max(0, s.value-half), s.value + half, ""
}

// resolution is the relative width of a bucket.
const resolution = 1. / 512

// woodruff turns the limits of the rank into those of the quantile (Woodruff 1952). A rank outside 0..1
// means that the phase does not hold the quantile. The interval is never narrower than a bucket.
func (s *sight) woodruff(half float64) (low, high float64, why string) {
	if s.p-half <= 0 || s.p+half >= 1 {
		return 0, 0, s.x.unstable(s.m)
	}
	low, high = s.x.quantile(s.p-half).ns, s.x.quantile(s.p+half).ns
	if s.at.bucket != beyond {
		from, to := edges(s.at.bucket)
		low, high = min(low, from), max(high, to)
	}
	return low * msPerNS, high * msPerNS, ""
}

// shareLimits are the limits of a share, at the ends of the scale by the exact interval of independent
// requests, since a series of zeros shows no variance.
func (s *sight) shareLimits(half, level float64) (low, high float64) {
	low, high = max(0, s.value-half), min(1, s.value+half)
	edge := min(1, none(level)*s.unit)
	if s.value == 0 {
		high = edge
	}
	if s.value >= 1 {
		low = 1 - edge
	}
	return low, high
}

// none is the upper limit of the number of events expected where none was seen: 3.7 at 95 %, two-sided.
func none(level float64) float64 { return -math.Log((1 - level) / 2) }
