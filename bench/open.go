package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// openRate is in arrivals per second.
const openRate = 1000

// openRamp is left out: connections are opened in it.
const openRamp = time.Second

// open lets requests arrive at an even rate and asks the target how even.
func open(b *bench) error {
	hold := time.Duration(b.seconds) * time.Second
	seconds := fmt.Sprintf("%ds", b.seconds+1)
	job := func(kind, wire string) func(string) (rig.Command, error) {
		return func(url string) (rig.Command, error) {
			return command(work.Job{Kind: kind, Wire: wire, URL: url, Rate: openRate, Ramp: openRamp, Hold: hold})
		}
	}
	tool := func(name string, args ...string) contender {
		return b.arrivals(name, b.tools[name].Absent, func(url string) (rig.Command, error) {
			return rig.Command{Name: b.tools[name].Path, Args: append(args, url), Stdin: "GET " + url + "/todos\n"}, nil
		})
	}
	vegeta := tool("vegeta", "attack", fmt.Sprintf("-rate=%d", openRate), "-duration="+seconds, "-output="+b.dir+"/vegeta.bin")
	c := b.hold([]contender{
		b.arrivals("Load Generator, fast wire", nil, job(work.Runner, work.FastHTTP)),
		b.arrivals("Load Generator, net/http wire", nil, job(work.Runner, work.NetHTTP)),
		b.arrivals(bareNet, nil, job(work.Loop, work.NetHTTP)),
		vegeta,
		b.arrivals("k6", b.tools["k6"].Absent, func(url string) (rig.Command, error) {
			return b.k6Command(openScript, map[string]string{"URL": url, "RATE": fmt.Sprint(openRate), "FOR": seconds})
		}),
		tool("hey", "-c", "50", "-q", fmt.Sprint(openRate/50), "-z", seconds),
	})
	b.tables = append(b.tables, c.table(fmt.Sprintf("Pacing error of %d arrivals a second as the target saw them, ms.", openRate),
		"client", "rate: arrivals/s", "p50: median", "p99", "max", "own50: it reports: p50", "own99: p99", "ownmax: max"))
	b.note("The target is a Go server of our own that notes when its handler gets each request. The error is the distance from the evenly spaced arrivals of the planned rate that fit best; the first second is left out. wrk and ab can't pace.")
	return nil
}

// arrivals is a contender that sends to its own target, which notes when
// requests arrive.
func (b *bench) arrivals(name string, absent error, client func(url string) (rig.Command, error)) contender {
	return contender{name: name, absent: absent, run: func() (figures, error) {
		t, err := b.startTarget()
		if err != nil {
			return nil, err
		}
		var own work.Outcome
		c, runErr := client(t.url)
		if runErr == nil {
			own, _, runErr = b.run(b.clientCore, c)
		}
		seen, err := t.stop()
		if err = cmp.Or(runErr, err); err != nil {
			return nil, err
		}
		f := figures{"rate": seen.Rate, "p50": seen.Error[0], "p99": seen.Error[1], "max": seen.Error[2]}
		if own.Requests > 0 && own.Rate > 0 {
			f["own50"], f["own99"], f["ownmax"] = own.Late[0], own.Late[1], own.Late[2]
		}
		return f, nil
	}}
}

// target is a process that notes arrivals.
type target struct {
	url     string
	process *rig.Process
	lines   *bufio.Reader
}

func (b *bench) startTarget() (*target, error) {
	c, err := command(work.Job{Kind: work.Target, Rate: openRate, Ramp: openRamp})
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	c.Stdout, c.Hold = in, true
	t := &target{lines: bufio.NewReader(out)}
	if t.process, err = rig.Start(b.ctx, b.targetCore, c); err != nil {
		return nil, err
	}
	go func() {
		_, err := t.process.Wait()
		_ = in.CloseWithError(err)
	}()
	o, err := t.read()
	t.url = o.URL
	return t, err
}

func (t *target) read() (o work.Outcome, err error) {
	line, err := t.lines.ReadBytes('\n')
	if err != nil {
		return o, fmt.Errorf("target: %w", err)
	}
	return o, json.Unmarshal(line, &o)
}

// stop ends the target and returns what it saw.
func (t *target) stop() (work.Outcome, error) {
	t.process.CloseInput()
	return t.read()
}
