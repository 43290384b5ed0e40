package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// conns is how many keep-alive connections each contender has.
const conns = 50

// bare and wrk are what others are compared with.
const (
	bareNet = "bare net/http loop"
	wrk     = "wrk"
	// Ours, and what follows the name of those of another build.
	fastWire = "Load Generator, fast wire"
	netWire  = "Load Generator, net/http wire"
	before   = ", before"
)

// peers has everybody ask one target as fast as it answers, one core each,
// for the same seconds.
func peers(b *bench, n *rig.Nginx) error {
	c := b.hold(b.whole(n, b.fastest(n.URL)))
	c.over("cpu", wrk, "wrk")
	c.over("cpu", bareNet, "bare")
	b.tables = append(b.tables, c.table(
		fmt.Sprintf("As fast as the target answers, %d keep-alive connections: median (min–max) of the rounds.", conns),
		"client", "rps: requests/s", "cpu: CPU µs/request", "wrk: × wrk", "bare: × bare net/http", "rss: peak MiB", "target: target busy %"))
	b.note("CPU is user and system time of the client's process from its start to its end (wait4) over the requests that nginx counted; so a tool's start-up and report are in it. The ratios are of CPU per request, taken round by round.")
	b.note("Load Generator runs as its users have it: five weighted tasks, two phases, recorder, histograms and timeline on.")
	return nil
}

// onNginx starts the target of a suite, and stops it.
func onNginx(run func(*bench, *rig.Nginx) error) func(*bench) error {
	return func(b *bench) error {
		if err := b.tools["nginx"].Absent; err != nil {
			return fmt.Errorf("no target: nginx is %w", err)
		}
		n, err := rig.StartNginx(b.ctx, b.targetCore, b.dir)
		if err != nil {
			return err
		}
		defer n.Stop()
		return run(b, n)
	}
}

// client is a program that asks the target as fast as it answers, with
// conns connections, for some seconds.
type client struct {
	name    string
	absent  error
	command func(seconds int) (rig.Command, error)
}

// fastest lists who takes part.
func (b *bench) fastest(url string) []client {
	get, n := url+"/todos", fmt.Sprint(conns)
	tool := func(name string, args func(seconds string) []string) client {
		t := b.tools[name]
		return client{name, t.Absent, func(seconds int) (rig.Command, error) {
			return rig.Command{Name: t.Path, Args: args(fmt.Sprintf("%ds", seconds)), Stdin: "GET " + get + "\n"}, nil
		}}
	}
	all := []client{
		tool(wrk, func(s string) []string { return []string{"-t1", "-c", n, "-d", s, get} }),
		// ab wants the seconds bare, and a number of requests that it will not reach.
		tool("ab", func(s string) []string {
			return []string{"-q", "-k", "-c", n, "-t", strings.TrimSuffix(s, "s"), "-n", "100000000", get}
		}),
		own(fastWire, work.Job{Kind: work.Runner, Wire: work.FastHTTP, URL: url}),
		own("bare fasthttp loop", work.Job{Kind: work.Loop, Wire: work.FastHTTP, URL: url}),
		own(netWire, work.Job{Kind: work.Runner, Wire: work.NetHTTP, URL: url}),
		own(bareNet, work.Job{Kind: work.Loop, Wire: work.NetHTTP, URL: url}),
		tool("hey", func(s string) []string { return []string{"-c", n, "-z", s, get} }),
		tool("vegeta", func(s string) []string {
			return []string{"attack", "-output=" + b.dir + "/vegeta.bin", "-rate=0", "-workers=" + n, "-max-workers=" + n, "-connections=" + n, "-duration=" + s}
		}),
		{"k6", b.tools["k6"].Absent, func(seconds int) (rig.Command, error) {
			return b.k6Command(closedScript, map[string]string{"URL": url, "VUS": n, "FOR": fmt.Sprintf("%ds", seconds)})
		}},
	}
	if b.before != "" {
		all = append(all, own(fastWire+before, work.Job{Kind: work.Runner, Wire: work.FastHTTP, URL: url}).of(b.before),
			own(netWire+before, work.Job{Kind: work.Runner, Wire: work.NetHTTP, URL: url}).of(b.before))
	}
	return all
}

// of is the client as another build of this program has it.
func (c client) of(program string) client {
	ours := c.command
	c.command = func(seconds int) (rig.Command, error) {
		command, err := ours(seconds)
		command.Name = program
		return command, err
	}
	return c
}

// own is a process of this program.
func own(name string, j work.Job) client {
	return client{name, nil, func(seconds int) (rig.Command, error) {
		j.Users, j.Ramp = conns, time.Duration(seconds)*time.Second/2
		j.Hold = j.Ramp
		return command(j)
	}}
}

// whole makes contenders of clients: each run is a process from its start to
// its end, while the target counts.
func (b *bench) whole(n *rig.Nginx, clients []client) (all []contender) {
	for _, x := range clients {
		all = append(all, contender{name: x.name, absent: x.absent, run: func() (figures, error) {
			c, err := x.command(b.seconds)
			if err != nil {
				return nil, err
			}
			busy := -n.Usage().CPU
			requests, u, err := b.counted(n, func() (u rig.Usage, err error) {
				_, u, err = b.run(b.clientCore, c)
				return u, err
			})
			busy += n.Usage().CPU
			if err == nil && requests == 0 {
				err = errors.New("the target has not seen a request")
			}
			return figures{
				"rps": requests / float64(b.seconds), "cpu": float64(u.CPU.Nanoseconds()) / 1e3 / requests,
				"rss": megabytes(u.PeakRSS), "target": 100 * busy.Seconds() / float64(b.seconds),
			}, err
		}})
	}
	return all
}
