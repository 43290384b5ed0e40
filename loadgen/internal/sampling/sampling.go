// Package sampling decides which task runs are traced, before anything about them is built, and which requests are written to a file.
// The decision is a function of seed, user and iteration: the same in every run with the same plan, for every tracer.
package sampling

import (
	"math"
	"sync"
	"time"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
)

// By default about target task runs a second are traced, whatever the load:
// five times what an agent of Datadog keeps of one service, so that its own sampling still
// has a choice. Where the plan cannot predict its rate, share of them are.
const (
	target = 50.0
	share  = 0.01
)

// Limit is for a rate by Rate: a plan that was scaled by hand may get there.
const Limit = 4 * target

// Sampler chooses task runs of one run. All methods are safe for concurrent use.
type Sampler struct {
	Limit int64 // task runs a second, set before use; 0: no limit

	seed  uint64 // mixed
	below uint64 // hashes under it are traced
	all   bool

	mu     sync.Mutex
	second time.Duration // the latest one seen
	kept   int64         // task runs in it
}

// New returns a Sampler for a share of 0 to 1 of the task runs; less than 0 is none.
func New(seed uint64, rate float64) *Sampler {
	s := &Sampler{seed: stream.Mix(seed + 1), all: rate >= 1}
	if rate > 0 && rate < 1 {
		s.below = uint64(math.Ldexp(rate, 64))
	}
	return s
}

// Keep reports whether a task run is chosen.
func (s *Sampler) Keep(user int, iteration uint64) bool {
	return s.all || stream.Mix(stream.Mix(s.seed+uint64(user))+iteration) < s.below
}

// Allow reports whether the limit allows one more at an offset. It is called only
// for what Keep has chosen.
func (s *Sampler) Allow(at time.Duration) bool {
	if s.Limit == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := at.Truncate(time.Second); now > s.second {
		s.second, s.kept = now, 0
	}
	s.kept++
	return s.kept <= s.Limit
}

// ParseRate reads a share of 0 to 1. Zero becomes -1, because 0 in the Config of a tracer lets others decide.
func ParseRate(text string) (float64, error) {
	rate, err := setting.Share(text)
	if err == nil && rate == 0 {
		rate = -1
	}
	return rate, err
}

// Rate is the share for a plan: one for the whole run, so that phases can be compared.
func Rate(phases []report.PhaseInfo) float64 {
	rate := 1.0
	for _, p := range phases {
		switch {
		case p.Predicted != nil && p.Predicted.Rate > 0:
			rate = min(rate, target/p.Predicted.Rate)
		case p.Users > 0 || p.Model == "open":
			rate = min(rate, share)
		}
	}
	return rate
}
