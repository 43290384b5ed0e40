package datadog

import (
	"math"
	"sync"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/report"
)

// By default about autoTarget task runs a second are traced, whatever the load:
// five times what an agent keeps of one service, so that its own sampling still
// has a choice. Where the plan cannot predict its rate, autoShare of them are.
const (
	autoTarget = 50.0
	autoShare  = 0.01
	autoLimit  = 4 * autoTarget // a second; a plan that was scaled by hand may get there
)

// sampler decides which task runs are traced. The decision is a function of
// seed, user and iteration, so it is the same in every run with the same plan.
type sampler struct {
	seed  uint64 // mixed
	below uint64 // hashes under it are traced
	all   bool
	limit int64 // task runs a second; 0: no limit

	mu     sync.Mutex
	second time.Duration // the latest one seen
	kept   int64         // task runs in it
}

func newSampler(seed uint64, rate float64) *sampler {
	s := &sampler{seed: stream.Mix(seed + 1), all: rate >= 1}
	if rate > 0 && rate < 1 {
		s.below = uint64(math.Ldexp(rate, 64))
	}
	return s
}

// keep reports whether a task run is chosen.
func (s *sampler) keep(user int, iteration uint64) bool {
	return s.all || stream.Mix(stream.Mix(s.seed+uint64(user))+iteration) < s.below
}

// allow reports whether the limit allows one more at an offset. It is called only
// for what keep has chosen.
func (s *sampler) allow(at time.Duration) bool {
	if s.limit == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := at.Truncate(time.Second); now > s.second {
		s.second, s.kept = now, 0
	}
	s.kept++
	return s.kept <= s.limit
}

// autoRate is the sampling rate for a plan: one for the whole run, so that
// phases can be compared.
func autoRate(phases []report.PhaseInfo) float64 {
	rate := 1.0
	for _, p := range phases {
		switch {
		case p.Predicted != nil && p.Predicted.Rate > 0:
			rate = min(rate, autoTarget/p.Predicted.Rate)
		case p.Users > 0 || p.Model == "open":
			rate = min(rate, autoShare)
		}
	}
	return rate
}
