package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// million lets 1,000,000 ON/OFF users of the to-do scenario, who act every
// 200 s in the mean, come in and work.
func million(b *bench, n *rig.Nginx) error {
	b.users = cmp.Or(b.users, 1_000_000)
	// Few connections do for 5,000 requests a second, and a machine that stalls
	// for a moment must not turn the backlog into connections.
	const gap, spawn, most = 200 * time.Second, 5000, 1000
	ramp := time.Duration(float64(b.users) / spawn * float64(time.Second))
	job := work.Job{
		Kind: work.Runner, URL: n.URL, Todo: true, Users: b.users, Kinds: b.kinds, Conns: most, Gap: gap,
		SpawnRate: spawn, Ramp: ramp, Hold: time.Duration(b.seconds) * time.Second,
	}
	var all []contender
	for _, wire := range []string{work.FastHTTP, work.NetHTTP} {
		job.Wire = wire
		all = append(all, b.crew(wire+" wire", job))
	}
	c := b.hold(all)
	b.tables = append(b.tables, c.table(
		fmt.Sprintf("%s ON/OFF users of the to-do scenario in %s, mean gap %v, ramp of %v; planned: %s tasks/s.",
			page.Count(b.users), kinds(b.kinds), gap, ramp, page.Number(float64(b.users)/gap.Seconds())),
		"", "rate: requests/s", "rss: peak MiB (VmHWM)", "user: bytes/user", "level: most users off the plan",
		"p50: lag p50 ms", "p99: lag p99 ms", "max: lag max ms", "cpu: CPU of the core %"))
	b.note("Rate, lag and CPU are those of the %d s after the ramp; memory and user counts those of the whole run. The level is compared in every second of the ramp and after it. All users share at most %d connections. Some tasks send two requests, which is why there are more than planned tasks.", b.seconds, most)
	return nil
}

func kinds(n int) string {
	if n <= 1 {
		return "one kind"
	}
	return fmt.Sprintf("%d kinds", n)
}

// crew is a contender whose figures are those of its Summary and its memory,
// which the kernel does.
func (b *bench) crew(name string, j work.Job) contender { return b.crewOn(name, b.clientCore, j) }

func (b *bench) crewOn(name, cores string, j work.Job) contender {
	return contender{name: name, run: func() (figures, error) {
		o, u, err := b.do(cores, j)
		return figures{
			"rate": o.Rate, "rss": megabytes(u.PeakRSS), "user": float64(u.PeakRSS) / float64(max(j.Users, 1)),
			"level": float64(o.Level), "p50": o.Late[0], "p99": o.Late[1], "max": o.Late[2],
			"cpu":  100 * o.CPU.Seconds() / j.Hold.Seconds(),
			"each": float64(o.CPU.Nanoseconds()) / 1e3 / (o.Rate * j.Hold.Seconds()),
		}, err
	}}
}

// wake lets 20,000 users wake up 10,000 times a second and do nothing.
func wake(b *bench) error {
	const users, rate = 20_000, 10_000
	hold := time.Duration(b.seconds) * time.Second
	job := work.Job{Wire: work.None, Users: users, Min: time.Second, Max: 3 * time.Second, Ramp: 3 * time.Second, Hold: hold}
	closed, sleepers := job, job
	closed.Kind, sleepers.Kind = work.Runner, work.Sleepers
	open := work.Job{Kind: work.Runner, Wire: work.None, Rate: rate, Ramp: 3 * time.Second, Hold: hold}
	c := b.hold([]contender{
		b.crew("Load Generator, 20,000 users", closed),
		b.crew("Load Generator, open arrivals", open),
		b.crew("a goroutine asleep for each user", sleepers),
		b.crew("one thread in clock_nanosleep", work.Job{Kind: work.Clock, Rate: rate, Hold: hold}),
	})
	b.tables = append(b.tables, c.table("How late 10,000 wake-ups a second are; the tasks do nothing.",
		"", "rate: wake-ups/s", "p50: p50 ms", "p99: p99 ms", "max: max ms", "each: CPU µs/wake-up", "rss: peak MiB"))
	b.note("The thread is the floor: what it costs this machine to wake up from idle that often.")
	b.note("Goroutines asleep share wake-ups: Go's timers have a resolution of 1 ms while the process is idle, so ten users wake at once, late.")
	return nil
}

// scaling changes users, cores and operations one at a time.
func scaling(b *bench) error {
	both := b.targetCore + "," + b.clientCore
	cores := map[string]string{"1 core": b.clientCore, "2 cores": both}
	hold := time.Duration(b.seconds) * time.Second
	var paced, full []contender
	for _, name := range []string{"1 core", "2 cores"} {
		for _, n := range []int{1000, 10_000, 100_000, 1_000_000} {
			gap := time.Duration(n) * time.Second / 5000
			paced = append(paced, b.crewOn(fmt.Sprintf("%s users, %s", page.Count(n), name), cores[name], work.Job{
				Kind: work.Runner, Wire: work.None, Users: n, Ops: 10, Min: gap / 2, Max: gap * 3 / 2,
				SpawnRate: 100_000, Ramp: 2*time.Second + time.Duration(n)*10*time.Microsecond, Hold: hold,
			}))
		}
		for _, n := range []int{1, 10, 100, 1000} {
			full = append(full, b.crewOn(fmt.Sprintf("%s operations, %s", page.Count(n), name), cores[name],
				work.Job{Kind: work.Runner, Wire: work.None, Users: 64, Ops: n, Ramp: time.Second, Hold: hold}))
		}
	}
	b.tables = append(b.tables,
		b.hold(paced).table("Users: 5,000 tasks/s in all, whatever their number; the tasks do nothing and are recorded under 10 operations.",
			"", "rate: tasks/s", "each: CPU µs/task", "p50: lag p50 ms", "p99: lag p99 ms", "rss: peak MiB", "user: bytes/user"),
		b.hold(full).table("Operations: 64 users without a pause, the tasks do nothing.",
			"", "rate: tasks/s", "each: CPU µs/task", "rss: peak MiB"))
	return nil
}
