package model

import (
	"container/heap"
	"math"
	"math/rand/v2"
)

// workers is how many servers a queue has.
const workers = 8

// pool is a first-come first-served queue in front of the workers. Service times are lognormal with CV 1.
type pool struct {
	free [workers]float64 // when each worker is free, s
	mean float64          // service time, s
}

// newPool returns an idle one at second -warm.
func newPool(mean float64) *pool {
	p := &pool{mean: mean}
	for i := range p.free {
		p.free[i] = -warm
	}
	return p
}

// sigma1 is that of a lognormal with CV 1.
var sigma1 = math.Sqrt(math.Ln2)

// serve takes a request at an instant and returns how long it takes.
func (p *pool) serve(r *rand.Rand, at, scale float64) float64 {
	first := 0
	for i := 1; i < workers; i++ {
		if p.free[i] < p.free[first] {
			first = i
		}
	}
	service := scale * p.mean * math.Exp(sigma1*r.NormFloat64()-math.Ln2/2)
	p.free[first] = max(at, p.free[first]) + service
	return p.free[first] - at
}

// Queue is M/G/8: Poisson arrivals at a queue with 8 workers, whatever the queue does.
type Queue struct {
	Rate        float64 // requests per second
	Utilisation float64 // rho, 0..1
}

// warm is how long queues run before second 0, s.
const warm = 60

// Run implements Server.
func (m Queue) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	p := newPool(m.Utilisation * workers / m.Rate)
	for at := -warm + r.ExpFloat64()/m.Rate; at < float64(end); at += r.ExpFloat64() / m.Rate {
		took := p.serve(r, at, scale(max(0, int(at))))
		if at >= 0 {
			emit(Request{At: at, Took: took})
		}
	}
}

// Crowd is a closed load: users with think times and ON/OFF periods at a queue with 8 workers.
type Crowd struct {
	Users   int
	Think   float64 // mean, s; gamma with CV 0.3
	On, Off float64 // means, s; exponential
	Service float64 // mean, s
}

// user is one user of a Crowd.
type user struct {
	at float64 // of the next request
	on float64 // think time left of the ON period
}

// users is a heap by time.
type users []user

func (u users) Len() int           { return len(u) }
func (u users) Less(i, j int) bool { return u[i].at < u[j].at }
func (u users) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *users) Push(any)          {}
func (u *users) Pop() any          { return nil }

// Run implements Server.
func (m Crowd) Run(r *rand.Rand, end int, scale func(int) float64, emit func(Request)) {
	p := newPool(m.Service)
	crowd := m.start(r)
	for crowd[0].at < float64(end) {
		u := &crowd[0]
		took := p.serve(r, u.at, scale(max(0, int(u.at))))
		if u.at >= 0 {
			emit(Request{At: u.at, Took: took})
		}
		m.pause(r, u, u.at+took)
		heap.Fix(&crowd, 0)
	}
}

// start puts every user somewhere in its rhythm: exponential periods have no memory.
func (m Crowd) start(r *rand.Rand) users {
	crowd := make(users, m.Users)
	for i := range crowd {
		crowd[i] = user{at: -warm + r.Float64()*m.Think, on: r.ExpFloat64() * m.On}
		if r.Float64() < m.Off/(m.On+m.Off) {
			crowd[i].at = -warm + r.ExpFloat64()*m.Off
		}
	}
	heap.Init(&crowd)
	return crowd
}

// pause sets the user's next request after the one that ended now.
func (m Crowd) pause(r *rand.Rand, u *user, now float64) {
	gap := gamma(r, 1/(.3*.3)) * m.Think * .3 * .3
	if gap < u.on {
		u.at, u.on = now+gap, u.on-gap
		return
	}
	u.at, u.on = now+u.on+r.ExpFloat64()*m.Off, r.ExpFloat64()*m.On
}

// gamma draws from gamma(k, 1), k >= 1 (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, k float64) float64 {
	d := k - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if u := 1 - r.Float64(); math.Log(u) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
