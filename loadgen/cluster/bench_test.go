package cluster

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/machine"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// A process of this test with these variables is many workers of the coordinator there.
const (
	crowdJoin = "LOAD_TEST_CROWD_JOIN" // where the coordinator is
	crowdSize = "LOAD_TEST_CROWD_SIZE" // how many

	targetMode = "LOAD_TEST_TARGET" // in place of workers, an HTTP server
)

func TestMain(m *testing.M) {
	if join := os.Getenv(crowdJoin); join != "" {
		crowd(join)
		return
	}
	if os.Getenv(targetMode) != "" {
		target()
		return
	}
	os.Exit(m.Run())
}

// What a worker of the crowd has measured in each second.
const crowdRate, crowdOps = 10_000, 10

// crowd is many workers, each with a connection, that replay figures, until the coordinator or the
// process that started it ends.
func crowd(join string) {
	n, _ := strconv.Atoi(os.Getenv(crowdSize))
	ctx, end := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	t := newTape()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			err := Work(ctx, WorkerConfig{
				Join: join, ID: fmt.Sprintf("w%d", i), Index: i + 1, Program: "test", Configure: t.configure, member: t.member, Journal: os.TempDir(),
			})
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	all.Wait()
}

// tape has the figures that the crowd replays: some different ones for each second, made when they are needed.
type tape struct {
	plan    *loadgen.Plan
	mu      sync.Mutex
	second  int
	figures [4]*record.Delta
}

func newTape() *tape {
	plan, err := crowdRun().Plan()
	if err != nil {
		panic(err)
	}
	return &tape{plan: plan, second: -1}
}

// crowdFor is how long a run of the crowd is; the first seconds are not measured.
const crowdFor, crowdWarm = 12 * time.Second, 2 * time.Second

func crowdRun() loadgen.Runner {
	return loadgen.Runner{
		NewUser:  func(scenario.Env) (scenario.User, error) { return &doer{to: new(actions)}, nil },
		Pace:     scenario.Around(time.Second, 1),
		Schedule: phase.Schedule{{Name: "all", For: crowdFor, Users: 10_000, SpawnRate: 1e6}},
	}
}

func (t *tape) configure(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
	return func(loadgen.StartRequest) (loadgen.Runner, error) { return crowdRun(), nil }, nil
}

func (t *tape) member(_ loadgen.Runner, s loadgen.Share) (member, error) {
	return &replay{tape: t, share: s, stopped: make(chan struct{})}, nil
}

// of returns the figures of a second.
func (t *tape) of(second, variant int) *record.Delta {
	t.mu.Lock()
	defer t.mu.Unlock()
	if second != t.second {
		t.second = second
		for i := range t.figures {
			t.figures[i] = measured(t.plan.Phases(), second, uint64(i))
		}
	}
	return t.figures[variant%len(t.figures)]
}

// measured are the figures of one worker in one second: lognormal times around a median of another size for each
// operation, few failures, and what is in flight.
func measured(phases []report.PhaseInfo, second int, seed uint64) *record.Delta {
	r := record.New(record.Config{Phases: phases, Shards: 1})
	random, s, began := rand.New(rand.NewPCG(uint64(second), seed)), r.Shard(0), time.Duration(second)*time.Second
	for i := range crowdRate {
		op := random.IntN(crowdOps)
		at := began + time.Duration(i)*time.Second/crowdRate
		lag := time.Duration(50e3 * math.Exp(random.NormFloat64()))
		took := time.Duration(float64(2+op) * 5e6 * math.Exp(0.6*random.NormFloat64()))
		x := record.Sample{
			Op: report.Op{Method: "GET", Name: fmt.Sprintf("/api/resource-%d/{id}", op)}, Bytes: 2000,
			Intended: at, Woken: at + lag, Sent: at + lag, Done: at + lag + took,
		}
		if random.IntN(1000) == 0 {
			x.Err = "http 503"
		}
		s.Record(&x)
		s.Count(record.Planned, at, 1)
		s.Count(record.Started, at, 1)
		s.Count(record.Finished, at, 1)
	}
	r.Level(second, 10, 10, 10)
	return r.Take()
}

// crowdState is how each of the crowd is.
var crowdState = loadgen.MemberState{Users: 10, On: 10, Health: report.Health{
	CPU: 1.0 / 3, CPUPeak: 2.0 / 3, CPULimit: 2, MachineCores: 4, OthersCPU: 1.0 / 7, OthersPeak: 1.0 / 9, Steal: 1e-3 / 3, Pressure: 1.0 / 11,
	GCPauseS: 1e-3 / 7, Goroutines: 123, OpenFiles: 234, FileLimit: 1 << 20, MemoryBytes: 123_456_789, MemoryLimit: 1 << 32, Lag: report.OnTime,
}}

// replay is a member that takes its figures from a tape.
type replay struct {
	tape    *tape
	share   loadgen.Share
	line    atomic.Pointer[loadgen.Line]
	taken   int // seconds
	stopped chan struct{}
	once    sync.Once
}

func (r *replay) Plan() *loadgen.Plan                                 { return r.tape.plan }
func (r *replay) Correct(l loadgen.Line)                              { r.line.Store(&l) }
func (r *replay) SetData([]byte)                                      {}
func (r *replay) Scale(time.Duration, int, float64) (_ time.Duration) { return 0 }
func (r *replay) Reassign(time.Duration, []int) (_ time.Duration)     { return 0 }
func (r *replay) Reset(time.Duration)                                 {}
func (r *replay) Until(time.Duration)                                 {}
func (r *replay) Stop(time.Duration)                                  { r.once.Do(func() { close(r.stopped) }) }
func (r *replay) State() loadgen.MemberState                          { return crowdState }

func (r *replay) Now() time.Duration {
	l := r.line.Load()
	if l == nil {
		return -time.Hour
	}
	return l.At + time.Since(l.Since)
}

func (r *replay) Run(ctx context.Context, l loadgen.Line) error {
	r.line.Store(&l)
	select {
	case <-time.After(crowdFor - l.At):
	case <-r.stopped:
	case <-ctx.Done():
	}
	return nil
}

// Take returns the figures of one second that is over, if there is one.
func (r *replay) Take() *record.Delta {
	if int(r.Now()/time.Second) <= r.taken {
		return new(record.Delta)
	}
	r.taken++
	return r.tape.of(r.taken-1, r.share.Index)
}

// BenchmarkCoordinator is what a coordinator costs while many workers in another process, each with a connection
// over loopback, send the figures of 10,000 requests of 10 operations each second. CPU time is that of the
// coordinator's process alone, as a share of a core if each worker sends its row each second; on a machine
// that is too small for the workers fewer come (rows/s), and the truth is between %core-seen and %core.
//
//	go test -run '^$' -bench Coordinator -benchtime 1x ./loadgen/cluster
func BenchmarkCoordinator(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("workers:%d", n), func(b *testing.B) {
			sum := crowdCost{workers: n}
			for range b.N {
				sum.add(coordinate(b, n))
			}
			sum.report(b)
		})
	}
}

// crowdCost is what runs with the crowd cost.
type crowdCost struct {
	workers     int
	runs        int
	join, start time.Duration // until all had joined, and from there until offset 0
	joinCPU     time.Duration
	cpu, wall   time.Duration // of the seconds that are measured
	rows        int64         // in these
	bytes       int           // of a row
	most        uint64        // bytes of memory
	since       gauge
}

// gauge is what a run has used up to an instant.
type gauge struct {
	at   time.Time
	cpu  time.Duration
	rows int64
}

func (c *crowdCost) add(o crowdCost) {
	c.runs++
	c.join, c.start, c.joinCPU, c.cpu, c.wall = c.join+o.join, c.start+o.start, c.joinCPU+o.joinCPU, c.cpu+o.cpu, c.wall+o.wall
	c.rows, c.bytes, c.most = c.rows+o.rows, o.bytes, max(c.most, o.most)
}

// watch measures from the end of the first seconds to the last second.
func (c *crowdCost) watch(of *Coordinator, at time.Duration) {
	of.mu.Lock()
	if of.run == nil {
		of.mu.Unlock()
		return // it is over
	}
	g := gauge{at: time.Now(), cpu: machine.CPUTime()}
	for _, p := range of.run.shares {
		g.rows += p.Have
		if c.bytes == 0 && p.Last.Seq > 1 {
			c.bytes = len(appendRow(nil, &p.Last, nil))
		}
	}
	of.mu.Unlock()
	c.most = max(c.most, memory())
	switch {
	case at < crowdWarm:
	case c.since.at.IsZero():
		c.since = g
	case at < crowdFor-time.Second/2:
		c.wall, c.cpu, c.rows = g.at.Sub(c.since.at), g.cpu-c.since.cpu, g.rows-c.since.rows
	}
}

func (c *crowdCost) report(b *testing.B) {
	n := float64(c.runs)
	b.ReportMetric(100*c.cpu.Seconds()/float64(c.rows)*float64(c.workers), "%core")
	b.ReportMetric(100*c.cpu.Seconds()/c.wall.Seconds(), "%core-seen")
	b.ReportMetric(c.cpu.Seconds()*1e6/float64(c.rows), "µs/row")
	b.ReportMetric(float64(c.rows)/c.wall.Seconds(), "rows/s")
	b.ReportMetric(float64(c.bytes), "B/row")
	b.ReportMetric(float64(c.most)/(1<<20), "MiB")
	b.ReportMetric(c.join.Seconds()/n, "join-s")
	b.ReportMetric(c.joinCPU.Seconds()/n, "join-CPU-s")
	b.ReportMetric(c.start.Seconds()/n, "start-s")
	b.ReportMetric(0, "ns/op")
}

// coordinate makes one run with n workers.
func coordinate(b *testing.B, n int) (out crowdCost) {
	debug.FreeOSMemory()
	c, err := Listen(b.Context(), Config{Program: "test"})
	require.NoError(b, err)
	began, used := time.Now(), machine.CPUTime()
	end := startCrowd(b, c.JoinString(""), n)
	require.NoError(b, c.Await(b.Context(), n, 2*time.Minute))
	out.join, out.joinCPU = time.Since(began), machine.CPUTime()-used
	r := crowdRun()
	r.Fleet = c
	r.Watch = func(s *report.Snapshot) { out.watch(c, s.At) } // as for a page that someone looks at
	began = time.Now()
	r.BeginPhase = func(int, report.PhaseInfo) { out.start = time.Since(began) }
	sum, err := r.Run(b.Context())
	require.NoError(b, err)
	require.Empty(b, sum.Notes)
	require.Len(b, sum.Workers, n)
	require.Positive(b, sum.Total.Requests)
	require.NoError(b, c.Close())
	end()
	out.bytes += len(measured(nil, 0, 0).Bytes())
	return out
}

// startCrowd starts the process of the workers.
func startCrowd(b *testing.B, join string, n int) (end func()) {
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this test
	cmd.Env = append(os.Environ(), crowdJoin+"="+join, crowdSize+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	return func() {
		_ = in.Close()
		require.NoError(b, cmd.Wait())
	}
}

// BenchmarkBus is what it costs one process to be the only worker of a coordinator, which is in the same process, against no
// coordinator at all: turns of both, one after the other, of the same tasks, which take no time or are requests to another process. The
// CPU time of the coordinator and of the bus is in it.
//
//	go test -run '^$' -bench Bus -benchtime 5x ./loadgen/cluster
func BenchmarkBus(b *testing.B) {
	for _, x := range []struct {
		rate int
		wire httpclient.Wire // of requests to another process; "": tasks that take no time
	}{{2_000, ""}, {10_000, ""}, {50_000, ""}, {2_000, httpclient.NetHTTP}, {2_000, httpclient.Fast}, {5_000, httpclient.Fast}} {
		rate := x.rate
		b.Run(fmt.Sprintf("rate:%d/%s", rate, cmp.Or(string(x.wire), "none")), func(b *testing.B) {
			c, err := Listen(b.Context(), Config{Program: "test"})
			require.NoError(b, err)
			t := newBusTurns(b, rate, x.wire)
			ended := make(chan error, 1)
			go func() {
				ended <- Work(b.Context(), WorkerConfig{Join: c.JoinString(""), ID: "w", Program: "test", Configure: t.configure, Journal: b.TempDir()})
			}()
			require.NoError(b, c.Await(b.Context(), 1, time.Minute))
			for i := range b.N {
				for _, through := range []bool{i%2 == 0, i%2 == 1} {
					t.turn(b, c, through)
				}
			}
			require.NoError(b, c.Close())
			require.NoError(b, <-ended)
			t.report(b)
		})
	}
}

// busTurns are turns without and with the bus.
type busTurns struct {
	rate  int
	web   *httpclient.Client // nil: tasks that take no time
	tasks idler
	done  atomic.Int64
	used  [2][]float64 // CPU time of a request, ns
	late  [2][]float64 // p99 of the lag, ms
}

// The seconds of a turn. The first and the last are not measured.
const busFor, busEdge = 6 * time.Second, time.Second

func (t *busTurns) run() loadgen.Runner {
	return loadgen.Runner{
		NewUser:  func(scenario.Env) (scenario.User, error) { return t.tasks, nil },
		Pace:     scenario.StartToStart{Gap: dist.Exponential{Mean: 100 * time.Millisecond}},
		Schedule: phase.Schedule{{Name: "all", For: busFor, Users: t.rate / 10, SpawnRate: 1e6}},
	}
}

func (t *busTurns) configure(map[string]string, []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
	return func(loadgen.StartRequest) (loadgen.Runner, error) { return t.run(), nil }, nil
}

// idler is a user with ten operations that take no time.
type idler []scenario.Task

func (l idler) Tasks() []scenario.Task { return l }

func newBusTurns(b *testing.B, rate int, wire httpclient.Wire) *busTurns {
	t := &busTurns{rate: rate}
	if wire != "" {
		var err error
		t.web, err = httpclient.New(httpclient.Config{Host: startTarget(b), Wire: wire})
		require.NoError(b, err)
		b.Cleanup(t.web.Close)
	}
	for i := range crowdOps {
		op := report.Op{Method: "GET", Name: fmt.Sprintf("/api/resource-%d/{id}", i)}
		t.tasks = append(t.tasks, scenario.Task{Name: op.Name, Weight: 1, Do: func(ctx context.Context) error {
			t.done.Add(1)
			if t.web != nil {
				return t.web.Get(ctx, op.Name[:len(op.Name)-len("{id}")], httpclient.Name(op.Name)).Err()
			}
			return measure.Do(ctx, op, func(context.Context) error { return nil })
		}})
	}
	return t
}

// target answers each request with a few bytes, until the process that started it ends. It prints its address.
func target() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") }))
}

// startTarget starts a target and returns its address.
func startTarget(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), targetMode+"=1")
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	return strings.TrimSpace(line)
}

func (t *busTurns) turn(b *testing.B, c *Coordinator, through bool) {
	r, from, to := t.run(), time.Duration(0), time.Duration(0)
	var requests int64
	at := 0
	if through {
		r.Fleet, at = c, 1
	}
	r.Watch = func(s *report.Snapshot) {
		switch used, done := machine.CPUTime(), t.done.Load(); {
		case s.At < busEdge:
		case from == 0:
			from, requests = used, -done
		case to == 0 && s.At > busFor-busEdge-time.Second/2:
			to, requests = used, requests+done
		}
	}
	sum, err := r.Run(b.Context())
	require.NoError(b, err)
	require.Positive(b, requests)
	t.used[at] = append(t.used[at], float64(to-from)/float64(requests))
	t.late[at] = append(t.late[at], float64(sum.LagMS.P99))
}

func (t *busTurns) report(b *testing.B) {
	for at, name := range []string{"none", "bus"} {
		b.ReportMetric(median(t.used[at]), name+"-CPU-ns/request")
		b.ReportMetric(median(t.late[at]), name+"-late-p99-ms")
	}
	var ratios []float64
	for i := range t.used[0] {
		ratios = append(ratios, t.used[1][i]/t.used[0][i])
	}
	b.ReportMetric(median(ratios), "bus/none")
	b.ReportMetric((median(t.used[1])-median(t.used[0]))*float64(t.rate)/1e6, "bus-CPU-ms/s")
	b.ReportMetric(0, "ns/op")
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
