package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// profile shows where the CPU of a run at full speed goes.
func profile(b *bench, n *rig.Nginx) error {
	for _, wire := range []string{work.FastHTTP, work.NetHTTP} {
		j := work.Job{
			Kind: work.Runner, Wire: wire, URL: n.URL, Users: conns,
			Ramp: time.Second, Hold: time.Duration(b.seconds) * time.Second,
			Profile: filepath.Join(b.dir, strings.ReplaceAll(wire, "/", "")+".prof"),
		}
		o, _, err := b.do(b.clientCore, j)
		if err != nil {
			return err
		}
		for _, order := range []string{"flat", "cum"} {
			t, err := b.top(j.Profile, order)
			if err != nil {
				return err
			}
			t.Title = fmt.Sprintf("%s wire, %s requests/s, by %s time:", wire, page.Number(o.Rate), order)
			b.tables = append(b.tables, t)
		}
	}
	return nil
}

// top is pprof's top ten as a table; by cum, the ten below what everything runs under.
func (b *bench) top(file, order string) (*page.Table, error) {
	args := []string{"tool", "pprof", "-top", "-nodecount=10"}
	if order == "cum" {
		args = append(args, "-cum", "-focus=load-generator", "-show=load-generator|net/http|fasthttp")
	}
	out, err := exec.CommandContext(b.ctx, "go", append(args, file)...).Output()
	if err != nil {
		return nil, fmt.Errorf("pprof: %w", err)
	}
	t := &page.Table{Head: []string{"function", "flat %", "cum %"}}
	for line := range strings.Lines(string(out)) {
		// flat flat% sum% cum cum% name
		f := strings.Fields(line)
		if len(f) >= 6 && strings.HasSuffix(f[1], "%") && strings.HasSuffix(f[4], "%") {
			t.Add("`"+strings.TrimSuffix(strings.Join(f[5:], " "), " (inline)")+"`", strings.TrimSuffix(f[1], "%"), strings.TrimSuffix(f[4], "%"))
		}
	}
	return t, nil
}
