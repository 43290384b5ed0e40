package main

import (
	"fmt"
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
)

// peers has everybody ask one target as fast as it answers, one core each,
// for the same seconds.
func peers(b *bench) error {
	n, err := b.nginx()
	if err != nil {
		return err
	}
	defer n.Stop()
	c := b.hold(b.fastest(n))
	c.over("cpu", wrk, "wrk")
	c.over("cpu", bareNet, "bare")
	b.tables = append(b.tables, c.table(
		fmt.Sprintf("As fast as the target answers, %d keep-alive connections: median (min–max) of the rounds.", conns),
		"client", "rps: requests/s", "cpu: CPU µs/request", "wrk: × wrk", "bare: × bare net/http", "rss: peak MiB", "target: target busy %"))
	b.note("CPU is user and system time of the client's process from its start to its end (wait4) over the requests that nginx counted; so a tool's start-up and report are in it. The ratios are of CPU per request, taken round by round.")
	b.note("Load Generator runs as its users have it: five weighted tasks, two phases, recorder, histograms and timeline on.")
	return nil
}

func (b *bench) nginx() (*rig.Nginx, error) {
	if err := b.tools["nginx"].Absent; err != nil {
		return nil, fmt.Errorf("no target: nginx is %w", err)
	}
	return rig.StartNginx(b.ctx, b.targetCore, b.dir)
}

// fastest lists who takes part. All run for the same time.
func (b *bench) fastest(n *rig.Nginx) []contender {
	url, half := n.URL, time.Duration(b.seconds)*time.Second/2
	seconds := fmt.Sprintf("%ds", b.seconds)
	ours := func(wire string) work.Job {
		return work.Job{Kind: work.Runner, Wire: wire, URL: url, Users: conns, Ramp: half, Hold: half}
	}
	loop := func(wire string) work.Job {
		return work.Job{Kind: work.Loop, Wire: wire, URL: url, Users: conns, Ramp: half, Hold: half}
	}
	get := url + "/todos"
	return []contender{
		b.tool(n, wrk, "-t1", "-c", fmt.Sprint(conns), "-d", seconds, get),
		b.tool(n, "ab", "-q", "-k", "-c", fmt.Sprint(conns), "-t", fmt.Sprint(b.seconds), "-n", fmt.Sprint(400_000*b.seconds), get),
		b.own(n, "Load Generator, fasthttp wire", ours(work.FastHTTP)),
		b.own(n, "bare fasthttp loop", loop(work.FastHTTP)),
		b.own(n, "Load Generator, net/http wire", ours(work.NetHTTP)),
		b.own(n, bareNet, loop(work.NetHTTP)),
		b.tool(n, "hey", "-c", fmt.Sprint(conns), "-z", seconds, get),
		b.vegeta(n, "-rate=0", fmt.Sprintf("-workers=%d", conns), fmt.Sprintf("-max-workers=%d", conns), fmt.Sprintf("-connections=%d", conns), "-duration="+seconds),
		b.k6(n, closedScript, map[string]string{"VUS": fmt.Sprint(conns), "FOR": seconds}),
	}
}

// tool is a contender that is a program of others.
func (b *bench) tool(n *rig.Nginx, name string, args ...string) contender {
	return b.program(n, name, rig.Command{Args: args})
}

func (b *bench) vegeta(n *rig.Nginx, args ...string) contender {
	return b.program(n, "vegeta", rig.Command{
		Args:  append([]string{"attack", "-output=" + b.dir + "/vegeta.bin"}, args...),
		Stdin: "GET " + n.URL + "/todos\n",
	})
}

func (b *bench) program(n *rig.Nginx, name string, c rig.Command) contender {
	t := b.tools[name]
	c.Name = t.Path
	return b.fast(n, name, t.Absent, func() (rig.Usage, error) { return rig.Run(b.ctx, b.clientCore, c) })
}

// own is a contender that is a process of this program.
func (b *bench) own(n *rig.Nginx, name string, j work.Job) contender {
	return b.fast(n, name, work.Missing(j), func() (rig.Usage, error) {
		_, u, err := b.do(b.clientCore, j)
		return u, err
	})
}

// fast is a contender that runs to its end while the target counts.
func (b *bench) fast(n *rig.Nginx, name string, absent error, run func() (rig.Usage, error)) contender {
	return contender{name: name, absent: absent, run: func() (figures, error) {
		busy := -n.Usage().CPU
		requests, u, err := b.counted(n, run)
		busy += n.Usage().CPU
		return figures{
			"rps": requests / float64(b.seconds),
			"cpu": float64(u.CPU.Nanoseconds()) / 1e3 / requests,
			"rss": megabytes(u.PeakRSS), "target": 100 * busy.Seconds() / float64(b.seconds),
		}, err
	}}
}
