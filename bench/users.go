package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// warmUp is how long a crowd runs before it is measured: connections are
// opened and think times have mixed.
const warmUp = 6 * time.Second

// users lets 10,000 users think between one and three seconds.
func users(b *bench, n *rig.Nginx) error {
	b.users = cmp.Or(b.users, 10_000)
	job := work.Job{URL: n.URL, Users: b.users, Min: time.Second, Max: 3 * time.Second, Ramp: warmUp, Hold: time.Duration(b.seconds)*time.Second + 2*time.Second}
	c := b.hold(b.crowds(n, job))
	c.over("cpu", bareNet+", a connection each", "net")
	c.over("cpu", "bare fasthttp loop, a connection each", "fast")
	b.tables = append(b.tables, c.table(
		fmt.Sprintf("%s users, think time 1 to 3 s, for %d s; planned: %s requests/s.", page.Count(b.users), b.seconds, page.Count(b.users/2)),
		"client", "rps: requests/s", "plan: % of plan", "cpu: CPU s", "net: × bare net/http each", "fast: × bare fasthttp each", "rss: peak MiB", "user: KiB/user"))
	b.note("Requests are those that nginx counted. The plan is users/(2 s); a response takes away some tenths of a per mille. The figures begin %v after the start of the process.", warmUp)
	return nil
}

func (b *bench) crowds(n *rig.Nginx, j work.Job) []contender {
	var all []contender
	for _, each := range []bool{false, true} {
		how := ", shared connections"
		if each {
			how = ", a connection each"
		}
		for _, wire := range []string{work.FastHTTP, work.NetHTTP} {
			j.Wire, j.Each, j.Kind = wire, each, work.Runner
			all = append(all, b.crowd(n, "Load Generator, "+wire+" wire"+how, j))
			if !each {
				continue
			}
			j.Slack = time.Millisecond
			all = append(all, b.crowd(n, "Load Generator, "+wire+" wire"+how+", slack 1 ms", j))
			j.Slack, j.Kind = 0, work.Loop
			all = append(all, b.crowd(n, "bare "+wire+" loop"+how, j))
		}
	}
	return append(all, b.k6Crowd(n, j))
}

// crowd is a contender of this program's own that is measured while it runs.
func (b *bench) crowd(n *rig.Nginx, name string, j work.Job) contender {
	return contender{name: name, run: func() (figures, error) {
		c, err := command(j)
		if err != nil {
			return nil, err
		}
		return b.window(n, c, warmUp, j.Users)
	}}
}

func (b *bench) k6Crowd(n *rig.Nginx, j work.Job) contender {
	return contender{name: "k6, a connection each", absent: b.tools["k6"].Absent, run: func() (figures, error) {
		const start = 6 * time.Second // 10,000 of its users take that long to make
		total := start + warmUp + j.Hold
		c, err := b.k6Command(usersScript, map[string]string{"URL": j.URL, "VUS": fmt.Sprint(j.Users), "FOR": total.String()})
		if err != nil {
			return nil, err
		}
		return b.window(n, c, start+warmUp, j.Users)
	}}
}

// window starts a client and takes its figures, and the target's, over the
// seconds after a warm-up.
func (b *bench) window(n *rig.Nginx, c rig.Command, warmUp time.Duration, users int) (figures, error) {
	p, err := rig.Start(b.ctx, b.clientCore, c)
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	if err := p.Sleep(b.ctx, warmUp-p.Age()); err != nil {
		return nil, err
	}
	began, cpu := time.Now(), -p.Usage().CPU
	var span time.Duration
	requests, _, err := b.counted(n, func() (u rig.Usage, err error) {
		err = p.Sleep(b.ctx, time.Duration(b.seconds)*time.Second)
		u, span = p.Usage(), time.Since(began)
		return u, err
	})
	u := p.Usage()
	cpu += u.CPU
	plan := float64(users) / 2
	rate := requests / span.Seconds()
	return figures{
		"rps": rate, "plan": 100 * rate / plan, "cpu": cpu.Seconds(),
		"rss": megabytes(u.PeakRSS), "user": float64(u.PeakRSS) / 1024 / float64(users),
	}, err
}
