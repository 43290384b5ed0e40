package main

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
)

// A turn is so short that the machine's mood is the same for all in a round.
const turn = 300 * time.Millisecond

// pairs has all clients of the peers run at once, of whom all but one are
// stopped: they take turns of a fraction of a second. So ratios hold on a
// machine that others use too. Starting and reporting is not in the figures.
func pairs(b *bench, n *rig.Nginx) error {
	var all []contender
	clients := b.fastest(n.URL)
	for _, x := range clients {
		c, stop := b.paused(n, x, 2*b.rounds*len(clients))
		defer stop()
		all = append(all, c)
	}
	c := b.hold(all)
	c.over("cpu", wrk, "wrk")
	c.over("cpu", bareNet, "bare")
	columns := []string{"cpu: CPU µs/request", "wrk: × wrk", "bare: × bare net/http"}
	if b.before != "" {
		c.over("cpu", fastWire+before, "fast")
		c.over("cpu", netWire+before, "net")
		columns = append(columns, "fast: × fast wire before", "net: × net/http wire before")
	}
	b.tables = append(b.tables, c.tableOf(page.Series.Quartiles,
		fmt.Sprintf("In turns of %v, %d keep-alive connections each: median (quartiles) of %d rounds.", turn, conns, b.rounds),
		"client", columns))
	return nil
}

// paused is a client that is started when it is first wanted and stopped
// between its turns.
func (b *bench) paused(n *rig.Nginx, x client, seconds int) (c contender, stop func()) {
	var p *rig.Process
	run := func() (figures, error) {
		if p == nil {
			command, err := x.command(seconds)
			if err != nil {
				return nil, err
			}
			if p, err = rig.Start(b.ctx, b.clientCore, command); err != nil {
				return nil, err
			}
			if err := p.Sleep(b.ctx, time.Second); err != nil { // its start is not measured
				return nil, err
			}
		}
		return b.turn(n, p)
	}
	stop = func() {
		if p != nil {
			_ = p.Resume() // a signal to end reaches no stopped process
			p.Stop()
		}
	}
	return contender{name: x.name, absent: x.absent, run: run}, stop
}

// turn lets a process run for a moment between two stops.
func (b *bench) turn(n *rig.Nginx, p *rig.Process) (figures, error) {
	before, err := p.Pause()
	if err != nil {
		return nil, err
	}
	var cpu time.Duration
	requests, _, err := b.counted(n, func() (u rig.Usage, err error) {
		if err = p.Resume(); err != nil {
			return u, err
		}
		if err = p.Sleep(b.ctx, turn); err != nil {
			return u, err
		}
		cpu, err = p.Pause()
		return u, err
	})
	if requests == 0 { // it was its turn, but others had the core
		return figures{"cpu": math.NaN()}, err
	}
	return figures{"cpu": float64((cpu - before).Nanoseconds()) / 1e3 / requests}, err
}
