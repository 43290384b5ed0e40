package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// exportRate is in arrivals per second.
const exportRate = 10_000

// exporters has the same arrivals with each exporter, and without one.
func exporters(b *bench, n *rig.Nginx) error {
	program := filepath.Join(b.dir, "exporting")
	if out, err := exec.CommandContext(b.ctx, "go", "build", "-o", program, "./internal/exporting").CombinedOutput(); err != nil {
		return fmt.Errorf("build the exporters: %w: %s", err, out)
	}
	job := work.Job{Kind: work.Runner, URL: n.URL, Rate: exportRate, Conns: conns, Ramp: 2 * time.Second, Hold: time.Duration(b.seconds) * time.Second}
	for _, wire := range []string{work.FastHTTP, work.NetHTTP} {
		name := wire
		if wire == work.FastHTTP {
			name = "fast"
		}
		job.Wire = wire
		c := b.hold([]contender{
			b.exporting(program, "none", job),
			b.exporting(program, "Datadog", job, work.Datadog),
			b.exporting(program, "OpenTelemetry", job, work.OTel),
			b.exporting(program, "Prometheus", job, work.Prometheus),
			b.exporting(program, "samples, CSV", job, "s.csv"),
			b.exporting(program, "samples, JSON lines, compressed", job, "s.jsonl.gz"),
			b.exporting(program, "Datadog, OpenTelemetry and Prometheus", job, work.Datadog, work.OTel, work.Prometheus),
		})
		c.over("cpu", "none", "ratio")
		b.tables = append(b.tables, c.tableOf(page.Series.Quartiles,
			fmt.Sprintf("%s arrivals a second for %d s over the %s wire, 1 %% of them traced: median (quartiles) of %d rounds.", page.Count(exportRate), b.seconds, name, b.rounds),
			"exporter", []string{"rps: requests/s", "cpu: CPU µs/request", "ratio: × none", "rss: peak MiB"}))
	}
	b.note("CPU is user and system time of the whole process in these seconds, with what it takes to wake up for each arrival. Datadog's agent, the collector and Prometheus are nginx on the target's core, which takes everything. An exporter that loses something is absent.")
	return nil
}

// exporting is a contender with some exporters; one whose name has a dot is a file for samples.
func (b *bench) exporting(program, name string, j work.Job, exporters ...string) contender {
	j.Exporters = exporters
	return contender{name: name, run: func() (figures, error) {
		c, err := command(j)
		if err != nil {
			return nil, err
		}
		c.Name, c.Dir = program, b.dir
		o, u, err := b.run(b.clientCore, c)
		if err != nil {
			return nil, err
		}
		return figures{"rps": o.Rate, "cpu": float64(o.CPU.Nanoseconds()) / 1e3 / (o.Rate * j.Hold.Seconds()), "rss": megabytes(u.PeakRSS)}, nil
	}}
}
