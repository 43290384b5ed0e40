// Package work is what a measured process does: our Runner, a bare loop, a
// crowd of sleeping goroutines, or a target that notes when requests arrive.
// The bench starts itself again as such a process, so that cost and memory are
// those of one contender alone.
package work

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/measure"
)

// Kinds of work.
const (
	Runner   = "runner"   // loadgen.Runner with everything on
	Loop     = "loop"     // the loop that one would write by hand
	Sleepers = "sleepers" // a goroutine asleep for each user, and no requests
	Clock    = "clock"    // one thread that asks the kernel to wake it at a rate
	Target   = "target"   // notes arrivals until its input ends
)

// Wires that requests go over.
const (
	NetHTTP  = "net/http"
	FastHTTP = "fasthttp"
	None     = "none" // operations that do nothing
)

// Job is what a process is to do. Zero values mean "not that".
type Job struct {
	Kind  string
	Wire  string
	URL   string // of the target, without a path
	Users int
	Each  bool // a connection for each user
	Conns int  // the most connections of all users together
	Todo  bool // the to-do scenario instead of plain GETs
	Kinds int  // kinds of users, with Todo; 0 and 1 are one without a name
	Ops   int  // distinct operations, with wire None

	// Pace: one of them; none is as fast as the target answers.
	Min, Max time.Duration // think time, uniform
	Gap      time.Duration // mean gap of ON/OFF users
	Rate     float64       // open arrivals per second

	Slack time.Duration // loadgen.Runner.Slack

	SpawnRate  float64       // users per second; 0 is at once
	Ramp, Hold time.Duration // the two phases; figures are those of Hold
	Profile    string        // file for a CPU profile of Hold
	Exporters  []string      // those that take part, for what Main is given to start them
}

// Exporters of a Job; a name with a dot is a file for samples.
const (
	Datadog    = "datadog"
	OTel       = "otel"
	Prometheus = "prometheus"
)

// Exporter is one that has started. Stop ends it; its error says what it lost.
type Exporter struct {
	Observer measure.Observer
	Stop     func() error
}

// Outcome is what a process reports of its work. What the kernel and the
// target can tell, they do.
type Outcome struct {
	URL      string  // of a Target, told at once
	Requests int64   // of the whole run
	Failures int64   // as above
	Rate     float64 // requests per second in Hold

	CPU   time.Duration // in Hold
	Late  [3]float64    // p50, p99, max of the wake lag in Hold, ms
	Level int           // largest difference between planned and running users
	Error [3]float64    // p50, p99, max of a Target's pacing error, ms
	Notes []string
}

// Main does the job that text describes and prints its Outcome as JSON. start
// starts one of its Exporters; nil where there are none.
func Main(text string, start func(Job, string) (Exporter, error)) error {
	var j Job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	do, ok := map[string]func(Job) (Outcome, error){Runner: exporting(start), Loop: loop, Sleepers: sleepers, Clock: clock, Target: target}[j.Kind]
	if !ok {
		return fmt.Errorf("unknown kind of work %q", j.Kind)
	}
	o, err := do(j)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(o)
}

// lateMS returns p50, p99 and the longest of some lags.
func lateMS(lags *hist.Sketch) (out [3]float64) {
	for i, q := range []float64{.5, .99, 1} {
		out[i] = float64(lags.Quantile(q)) / 1e6
	}
	return out
}

// cpu is what this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Trouble is an error when requests failed: what is fast because it fails
// must not stand in a table.
func (o Outcome) Trouble() error {
	if o.Failures == 0 {
		return nil
	}
	const enough = 3
	return fmt.Errorf("%d of %d requests failed: %s", o.Failures, o.Requests, strings.Join(o.Notes[:min(enough, len(o.Notes))], "; "))
}

// FastHTTPVersion is the version of fasthttp that this program is built with.
func FastHTTPVersion() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/valyala/fasthttp" {
			return d.Version
		}
	}
	return ""
}
