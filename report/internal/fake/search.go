package fake

import (
	"math"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// Search is a search for the capacity of a target whose p95 < 250 ms stops holding near a load. All methods are safe for concurrent use.
type Search struct {
	mu       sync.Mutex
	ends     float64
	asked    capacity.Search
	claims   claim.List
	holds    []capacity.Hold
	step     capacity.Step
	progress account.Progress
}

// NewSearch returns a search from 20/s to 1,000/s in 15 minutes, of which the first hold is in progress.
func NewSearch(ends float64, claims ...claim.Claim) *Search {
	c := capacity.Claim{Metric: effect.P95, Below: 250}
	asked, err := c.Ask(capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute, Hold: 15 * time.Second})
	if err != nil {
		panic("fake: " + err.Error())
	}
	s := &Search{ends: ends, asked: asked, claims: claims}
	a := account.New(asked, c)
	a.Name, a.Program, a.Host, a.Seed, a.Ended = "shop <b>", "shop v1", "http://shop", 7, account.Unfinished
	a.Start = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	s.progress.Search = a
	s.step, _ = asked.Next(nil)
	s.progress.Load = s.step.Load
	return s
}

// Holds makes some more holds, or all that are left for n < 0.
func (s *Search) Holds(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; n != 0 && !s.progress.Over; n-- {
		s.hold()
	}
}

func (s *Search) hold() {
	a := *s.progress.Search
	over := s.step.Load / s.ends
	h := capacity.Hold{
		Load: s.step.Load, End: s.progress.At + s.step.For + time.Second, Rate: s.step.Load, Busy: s.step.Load / 25, Flooded: over > 1.2,
		Value: 200 * math.Pow(over, 2), Seconds: []capacity.Second{{Count: 10 * s.step.Load, Sum: .5 * s.step.Load * math.Pow(over, 6)}},
	}
	lag := report.OnTime
	if len(s.holds) == 3 {
		lag = report.TooLate
	}
	s.holds = append(s.holds, h)
	a.Add(s.progress.At, h, &report.Summary{Seed: uint64(6 + len(s.holds)), Health: report.Health{Lag: lag}})
	s.progress.At = h.End
	a.Conclude(s.asked.Estimate(s.holds), s.claims)
	step, more := s.asked.Next(s.holds)
	s.step, s.progress.Load, s.progress.Search = step, step.Load, &a
	if !more {
		s.end("")
	}
}

// end ends the search.
func (s *Search) end(why string) {
	a := *s.progress.Search
	a.Ended = why
	s.progress.Load, s.progress.Over, s.progress.Search = 0, true, &a
}

// Progress implements web.Search.
func (s *Search) Progress() account.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// Stop implements web.Search.
func (s *Search) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.progress.Over {
		s.end("stopped by command")
	}
}
