package hist

import (
	"math"
	"math/rand/v2"
	"time"
)

// listed returns buckets as a compact list.
func listed(buckets ...Bucket) []byte {
	w := writeCompact(nil)
	for _, b := range buckets {
		w.add(b.Index, b.Count)
	}
	return w.end()
}

// latencies are shapes that a sketch must be right about, n values each.
var latencies = map[string]func(*rand.Rand) time.Duration{
	"lognormal":   func(r *rand.Rand) time.Duration { return time.Duration(2e7 * math.Exp(r.NormFloat64())) },
	"exponential": func(r *rand.Rand) time.Duration { return time.Duration(5e6 * r.ExpFloat64()) },
	"uniform":     func(r *rand.Rand) time.Duration { return time.Duration(1e6 + 1e9*r.Float64()) },
	"bimodal": func(r *rand.Rand) time.Duration {
		return time.Duration((1e6 + 9e8*float64(r.IntN(20)/19)) * (1 + .01*r.NormFloat64()))
	},
	"atoms": func(r *rand.Rand) time.Duration {
		return []time.Duration{1023, 16384000, 16384001, 33e6, 5e9}[r.IntN(5)]
	},
	"sub-µs":    func(r *rand.Rand) time.Duration { return time.Duration(r.IntN(900)) },
	"all zero":  func(*rand.Rand) time.Duration { return 0 },
	"heavy":     func(r *rand.Rand) time.Duration { return min(1<<41, time.Duration(1e6*math.Pow(r.Float64(), -1))) },
	"one value": func(*rand.Rand) time.Duration { return 50 * time.Millisecond },
}

// draw returns n latencies of a shape.
func draw(shape func(*rand.Rand) time.Duration, n int, seed uint64) []time.Duration {
	rng, out := rand.New(rand.NewPCG(seed, 7)), make([]time.Duration, n)
	for i := range out {
		out[i] = shape(rng)
	}
	return out
}

// sketched returns the sketch of some durations.
func sketched(values []time.Duration) *Sketch {
	s := new(Sketch)
	for _, v := range values {
		s.Add(v)
	}
	return s
}
