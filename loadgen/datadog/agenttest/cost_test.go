package agenttest_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/datadog/agenttest"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

var (
	rounds  = flag.Int("rounds", 7, "rounds of BenchmarkCost")
	seconds = flag.Float64("seconds", 3, "length of one measurement of BenchmarkCost")
	users   = flag.Int("users", 1, "users of BenchmarkCost, who never pause")
	wire    = flag.String("wire", string(httpclient.NetHTTP), "wire of BenchmarkCost: net/http or fast")
)

// settings are what BenchmarkCost compares.
var settings = []struct {
	name   string
	config *datadog.Config // nil: off
	absent bool            // no agent listens
}{
	{"off", nil, false},
	{"metrics, no traces", &datadog.Config{SampleRate: -1}, false},
	{"metrics, every request marked", &datadog.Config{SampleRate: -1, MarkAll: true}, false},
	{"traces of 1 %", &datadog.Config{SampleRate: 0.01}, false},
	{"traces of 1 %, no agent", &datadog.Config{SampleRate: 0.01}, true},
	{"traces of 100 %", &datadog.Config{SampleRate: 1}, false},
	{"traces of 100 %, no agent", &datadog.Config{SampleRate: 1}, true},
}

// clientVariable makes this test binary a client of BenchmarkCost.
const clientVariable = "AGENTTEST_COST_CLIENT"

func TestMain(m *testing.M) {
	if setting := os.Getenv(clientVariable); setting != "" {
		client(setting)
		return
	}
	os.Exit(m.Run())
}

// cost is what one client measured of itself.
type cost struct {
	CPU      float64 // µs a request
	Allocs   float64 // a request
	Requests float64 // a second
}

// BenchmarkCost measures what Datadog costs a request: CPU of a process that
// makes load and nothing else, with target and agent in this one. The settings take
// turns, in several rounds. It prints a table for docs/datadog.md:
//
//	go test -run '^$' -bench Cost . [-wire fast] [-users 16] [-rounds 7] [-seconds 3]
func BenchmarkCost(b *testing.B) {
	answer := strings.Repeat("x", 256)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
	defer target.Close()
	in := agenttest.NewIntake(b)
	agent := agenttest.Start(b, in)
	results := make([][]cost, len(settings))
	for range *rounds {
		for i := range settings {
			results[i] = append(results[i], measured(b, i, target.URL, agent))
			in.Reset()
		}
	}
	fmt.Printf("\nwire %s, %d user(s), %d rounds of %g s, %d cores, %s %s/%s\n\n", *wire, *users, *rounds, *seconds, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Println("| Datadog | CPU µs a request | range | to off | allocations | requests/s |\n| --- | ---: | ---: | ---: | ---: | ---: |")
	for i, s := range settings {
		fmt.Println(row(s.name, results[i], results[0]))
	}
}

// measure runs one client.
func measured(b *testing.B, setting int, target string, agent *agenttest.Agent) (c cost) {
	trace, metrics := agent.Port, agent.StatsdPort
	if settings[setting].absent {
		trace, metrics = 9, 9
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), clientVariable+"="+strconv.Itoa(setting), "TARGET="+target, "WIRE="+*wire,
		fmt.Sprintf("USERS=%d", *users), fmt.Sprintf("SECONDS=%g", *seconds),
		"DD_AGENT_HOST=127.0.0.1", fmt.Sprintf("DD_TRACE_AGENT_PORT=%d", trace), fmt.Sprintf("DD_DOGSTATSD_PORT=%d", metrics))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(b, err)
	require.NoError(b, json.Unmarshal(out, &c))
	return c
}

// row is a line of the table: medians, and the median of the ratios to off of the same round.
func row(name string, runs, off []cost) string {
	var cpu, ratio, allocs, rate []float64
	for i, c := range runs {
		cpu, allocs, rate = append(cpu, c.CPU), append(allocs, c.Allocs), append(rate, c.Requests)
		ratio = append(ratio, c.CPU/off[i].CPU)
	}
	return fmt.Sprintf("| %s | %.1f | %.1f–%.1f | %.2f | %.1f | %.0f |", name, median(cpu), slices.Min(cpu), slices.Max(cpu), median(ratio), median(allocs), median(rate))
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// eager asks again and again.
type eager struct{ web *httpclient.Client }

func (e *eager) ask(ctx context.Context) error { return e.web.Get(ctx, "/answer/{id}", 7).Err() }

func (e *eager) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "ask", Weight: 1, Do: e.ask}}
}

// client is the process that BenchmarkCost measures.
func client(setting string) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	i, err := strconv.Atoi(setting)
	must(err)
	n, err := strconv.Atoi(os.Getenv("USERS"))
	must(err)
	length, err := strconv.ParseFloat(os.Getenv("SECONDS"), 64)
	must(err)
	web, err := httpclient.New(httpclient.Config{Host: os.Getenv("TARGET"), Wire: httpclient.Wire(os.Getenv("WIRE"))})
	must(err)
	r := loadgen.Runner{
		NewUser: func(scenario.Env) (scenario.User, error) { return &eager{web.Session()}, nil }, StopTimeout: time.Second,
		Schedule: phase.Schedule{{Name: "cost", For: 300 * time.Millisecond, Users: n}},
	}
	var dd *datadog.Exporter
	if c := settings[i].config; c != nil {
		dd, err = datadog.Start(*c)
		must(err)
		r.Observer = dd
	}
	_, err = r.Run(context.Background()) // warms up
	must(err)
	r.Schedule[0].For = time.Duration(length * float64(time.Second))
	cpu, allocs, begin := used()
	sum, err := r.Run(context.Background())
	must(err)
	took := time.Since(begin)
	if dd != nil {
		dd.Stop()
	}
	cpuAfter, allocsAfter, _ := used()
	requests := float64(sum.Total.Requests)
	must(json.NewEncoder(os.Stdout).Encode(cost{
		CPU: (cpuAfter - cpu) / requests, Allocs: (allocsAfter - allocs) / requests, Requests: requests / took.Seconds(),
	}))
}

// used returns the CPU time of this process in µs and its allocations.
func used() (cpu, allocs float64, at time.Time) {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for the process itself
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	micros := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return micros(u.Utime) + micros(u.Stime), float64(m.Mallocs), time.Now()
}
