// Package station holds simulated targets for the search of a capacity: queues with servers, driven second by second at a
// load that the search chooses, whose true capacity is known or found by long runs.
package station

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/report/effect/capacity"
)

// Target is what is searched: a station of servers with one queue, first come first served. The zero value of each
// field but Servers and Service leaves that out.
type Target struct {
	Servers int
	Service float64 // mean service time, s
	CV      float64 // coefficient of variation of service times, lognormal; 0: exponential
	SlowTau float64 // correlation time of the log of all service times, s
	SlowSD  float64 // its standard deviation
	Slots   int     // requests that may be in the station; others fail at once
	Crowded float64 // by how much of itself each request in the station beyond twice Servers lengthens service
	Warm    float64 // requests per second below which answers take five times as long
	Think   float64 // mean think time of users, s; 0: the load is Poisson arrivals
	Slower  float64 // the claim: at most Share of the requests are slower than that, s, or fail
	Share   float64
}

// Station is a target in the middle of a simulated run. It is not safe for concurrent use.
type Station struct {
	Target
	random *rand.Rand
	now    float64 // end of the last second
	free   times   // when each server is free
	inside times   // when the requests in the station are done
	users  times   // when users ask next
	wave   float64 // of the slow noise, in standard deviations
	waveAt float64
}

// New starts a target with no work.
func (t Target) New(random *rand.Rand) *Station {
	return &Station{Target: t, random: random, free: make(times, t.Servers), wave: random.NormFloat64()}
}

// tally is what a second came to.
type tally struct{ count, slow, took, done float64 }

// second runs one more second at a load.
func (s *Station) second(load float64) (t tally) {
	end := s.now + 1
	if s.Think > 0 {
		s.crowd(int(load))
		for len(s.users) > 0 && s.users[0] < end {
			at := heap.Pop(&s.users).(float64)
			heap.Push(&s.users, s.serve(at, load, &t)+s.random.ExpFloat64()*s.Think)
		}
	} else if load > 0 {
		for at := s.now + s.random.ExpFloat64()/load; at < end; at += s.random.ExpFloat64() / load {
			s.serve(at, load, &t)
		}
	}
	s.leave(end)
	s.now = end
	return t
}

// crowd brings or sends home users; those who go are the ones who would ask last.
func (s *Station) crowd(n int) {
	for len(s.users) < n {
		heap.Push(&s.users, s.now+s.random.ExpFloat64()*s.Think)
	}
	for len(s.users) > n {
		s.users = s.users[:len(s.users)-1] // a heap stays one without its last element
	}
}

// leave takes what is done at a time out of the station.
func (s *Station) leave(at float64) {
	for len(s.inside) > 0 && s.inside[0] <= at {
		heap.Pop(&s.inside)
	}
}

// serve serves a request that comes at a time and returns when it is answered.
func (s *Station) serve(at, load float64, t *tally) float64 {
	s.leave(at)
	t.count++
	if s.Slots > 0 && len(s.inside) >= s.Slots {
		t.slow++
		return at
	}
	start := max(at, s.free[0])
	done := start + s.service(start, load)
	s.free[0] = done
	heap.Fix(&s.free, 0)
	heap.Push(&s.inside, done)
	took := done - at
	t.took, t.done = t.took+took, t.done+1
	if took > s.Slower {
		t.slow++
	}
	return done
}

// service draws the service time of a request that starts at a time.
func (s *Station) service(at, load float64) float64 {
	mean := s.Service
	if s.SlowSD > 0 {
		for s.waveAt+1 <= at {
			s.waveAt++
			phi := math.Exp(-1 / s.SlowTau)
			s.wave = phi*s.wave + math.Sqrt(1-phi*phi)*s.random.NormFloat64()
		}
		mean *= math.Exp(s.SlowSD*s.wave - s.SlowSD*s.SlowSD/2)
	}
	mean *= 1 + s.Crowded*float64(max(0, len(s.inside)-2*s.Servers))
	if load < s.Warm {
		mean *= 5
	}
	if s.CV == 0 {
		return mean * s.random.ExpFloat64()
	}
	v := math.Log(1 + s.CV*s.CV)
	return mean * math.Exp(math.Sqrt(v)*s.random.NormFloat64()-v/2)
}

// Search runs a search on the target and returns its holds.
func (s *Station) Search(x capacity.Search) (holds []capacity.Hold) {
	for {
		step, ok := x.Next(holds)
		if !ok {
			return holds
		}
		holds = append(holds, s.hold(x, holds, step))
	}
}

// hold carries out a step.
func (s *Station) hold(x capacity.Search, before []capacity.Hold, step capacity.Step) capacity.Hold {
	h := capacity.Hold{Load: step.Load}
	var took, done float64
	for i := time.Duration(0); i < step.For; i += time.Second {
		t := s.second(step.Load)
		if i >= step.Settle {
			h.Seconds = append(h.Seconds, capacity.Second{Count: t.count, Sum: t.slow})
			took, done = took+t.took, done+t.done
		}
		if x.Flooded(before, step.Load, float64(len(s.inside))) {
			h.Flooded = true
			break
		}
	}
	if n := float64(len(h.Seconds)); n > 0 {
		h.Rate, h.Busy = done/n, took/n // by Little's law
	}
	for i := time.Duration(0); h.Flooded && i < capacity.Drain && len(s.inside) > 0; i += time.Second {
		s.second(0)
	}
	h.End = time.Duration(s.now * float64(time.Second))
	return h
}

// Slow is the share of requests that are slow or failed at a load, over so many seconds after 100 others.
func (s *Station) Slow(load float64, seconds int) float64 {
	var all tally
	for i := range seconds + 100 {
		t := s.second(load)
		if i >= 100 {
			all.count, all.slow = all.count+t.count, all.slow+t.slow
		}
		if len(s.inside) > 1000*s.Servers && s.Think == 0 { // it does not come back
			return 1
		}
	}
	return all.slow / all.count
}

// Held is the mean share of requests that are slow or failed over n holds at a load, each on a target that had half of it for
// 10 s before; a flood counts as if all were. It is what a search can find of a target that collapses.
func (t Target) Held(load float64, hold time.Duration, n int, random *rand.Rand) (share float64) {
	x := capacity.Search{Limit: t.Share}
	usual := []capacity.Hold{{Load: load, Busy: load * t.Service, Seconds: []capacity.Second{{Count: load}}}}
	for range n {
		s := t.New(random)
		for range 10 {
			s.second(load / 2)
		}
		h := s.hold(x, usual, capacity.Step{Load: load, For: hold, Settle: 5 * time.Second})
		if h.Flooded {
			share += 1 / float64(n)
			continue
		}
		var count, slow float64
		for _, v := range h.Seconds {
			count, slow = count+v.Count, slow+v.Sum
		}
		share += slow / count / float64(n)
	}
	return share
}

// times is a heap of times.
type times []float64

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i] < t[j] }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *times) Push(x any)        { *t = append(*t, x.(float64)) }
func (t *times) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}
