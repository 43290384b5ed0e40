package datadog

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/mocktracer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// watch shows the run at an offset and returns what is sent.
func watch(e *Exporter, run *observedRun, r *record.Recorder, w *wire, at time.Duration) []string {
	run.Watch(r.Snapshot(at))
	e.flushMetrics()
	return w.lines()
}

func TestMetricsOfOneSecond(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1, RunID: "r-1"})
	eventful(e, run, r)

	const phase = "|#load.phase:baseline,load.arm:A,load.run_id:r-1"
	lines := watch(e, run, r, w, 1500*time.Millisecond)
	for _, want := range []string{
		"load_generator.requests:3|c" + phase + ",load.operation:GET /a,load.outcome:success",
		"load_generator.requests:1|c" + phase + ",load.operation:GET /a,load.outcome:failure",
		"load_generator.failures:1|c" + phase + ",load.operation:GET /a,load.reason:http 503",
		"load_generator.cut_off:1|c" + phase + ",load.operation:GET /a",
		"load_generator.bytes:50|c" + phase + ",load.operation:GET /a",
		"load_generator.requests:1|c|#load.phase:after_ all _ done,load.run_id:r-1,load.operation:GET /a,load.outcome:success",
		"load_generator.transactions:1|c" + phase + ",load.transaction:checkout,load.outcome:success",
		"load_generator.tagged_requests:1|c" + phase + ",load.operation:GET /a,load.tag:region=eu,load.outcome:success",
		"load_generator.counter:1001|c" + phase + ",load.figure:wins",
		"load_generator.answers:3|c" + phase + ",load.figure:title ok,load.answer:yes",
		"load_generator.answers:1|c" + phase + ",load.figure:title ok,load.answer:no",
		"load_generator.value:499.968|d" + phase + ",load.figure:basket",
		"load_generator.tasks:2|c" + phase + ",load.task:list",
		"load_generator.tasks:1|c|#load.phase:after_ all _ done,load.run_id:r-1,load.task:list",
		"load_generator.starts:5|c" + phase + ",load.state:planned",
		"load_generator.starts:4|c" + phase + ",load.state:started",
		"load_generator.users:4|g" + phase + ",load.state:planned",
		"load_generator.users:3|g" + phase + ",load.state:running",
		"load_generator.users:2|g" + phase + ",load.state:on",
		"load_generator.users:1|g" + phase + ",load.state:off",
		"load_generator.users.spawned:3|c" + phase,
		"load_generator.phase:1|g" + phase,
		"load_generator.in_flight:1|g" + phase,
		"load_generator.exceptions:1|c" + phase + ",load.kind:panic",
		"load_generator.late_ms:0|g" + phase + ",load.stat:max",
		"load_generator.lost:9|c" + phase + ",load.kind:traces_queue_full",
	} {
		assert.Contains(t, lines, want)
	}
	values := map[string]int{}
	for _, l := range lines {
		for _, name := range []string{"load_generator.response_ms", "load_generator.failed_response_ms"} {
			if rest, ok := strings.CutPrefix(l, name+":"); ok {
				numbers, _, _ := strings.Cut(rest, "|d")
				values[name] += len(strings.Split(numbers, ":"))
			}
		}
	}
	assert.Equal(t, map[string]int{"load_generator.response_ms": 4, "load_generator.failed_response_ms": 1}, values,
		"one for each request that came to its end, failures apart")

	lines = watch(e, run, r, w, 2500*time.Millisecond)
	for _, l := range lines {
		assert.Contains(t, l, "|g|", "only levels: nothing is counted twice")
	}
	r.Level(2, 0, 1, 1)
	assert.Contains(t, watch(e, run, r, w, 3500*time.Millisecond), "load_generator.users.stopped:2|c"+phase)
}

// TestAWorkerSendsNoFigures: its coordinator has those of all workers, and sees no task.
// The kind of users is a tag of what they do, and stands before the names of their tasks.
func TestKindsAreTags(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1, RunID: "r-1"})
	for _, kind := range []string{"buyer", "browser"} {
		run.BeginTask(t.Context(), measure.Task{Kind: kind, Name: "list"})
		recordAt(r, 0, report.Op{Kind: kind, Method: "GET", Name: "/a"}, "")
		r.Shard(0).Add(report.Op{Kind: kind, Name: "wins"}, 0, 2)
	}
	lines := watch(e, run, r, w, time.Second)
	for _, kind := range []string{"buyer", "browser"} {
		const phase = "|#load.phase:baseline,load.arm:A,load.run_id:r-1"
		assert.Contains(t, lines, "load_generator.requests:1|c"+phase+",load.users:"+kind+",load.operation:GET /a,load.outcome:success")
		assert.Contains(t, lines, "load_generator.counter:2|c"+phase+",load.users:"+kind+",load.figure:wins")
		assert.Contains(t, lines, "load_generator.tasks:1|c"+phase+",load.task:"+kind+"/list")
	}
}

func TestAWorkerSendsNoFigures(t *testing.T) {
	e, whole, r, w := metered(t, Config{SampleRate: 1, RunID: "r-1"})
	mock := mocktracer.Start()
	t.Cleanup(mock.Stop)
	e.flushMetrics()
	w.lines()
	about := whole.run
	about.Worker = "shop_4f2a"
	run := e.BeginRun(about).(*observedRun)
	eventful(e, run, r)
	run.BeginPhase(1, twoPhases[1])
	var sum report.Summary
	sum.Total.Operations = []report.Operation{{Name: report.Aggregated}}
	lines := watch(e, run, r, w, 11*time.Second)
	run.EndRun(&sum)
	e.flushMetrics()
	lines = append(lines, w.lines()...)
	require.NotEmpty(t, lines)
	for _, l := range lines {
		assert.Contains(t, l, "load_generator.tasks:")
	}
	_, span := run.BeginTask(t.Context(), measure.Task{User: 1, Name: "list"})
	assert.NotNil(t, span, "spans are where the task runs")
}

func TestMetricsWaitForTheirAddress(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1, RunID: "r-1"})
	client := e.client.Swap(nil)
	recordAt(r, 0, report.Op{Name: "x"}, "")
	assert.Empty(t, watch(e, run, r, w, time.Second))
	e.client.Store(client)
	assert.Contains(t, strings.Join(watch(e, run, r, w, 2*time.Second), "\n"), "load_generator.requests:1|c")
}

func TestCardinalityIsBounded(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1, RunID: "r-1"})
	for i := range 900 {
		recordAt(r, 0, report.Op{Method: "GET", Name: fmt.Sprintf("/item/%d", i)}, fmt.Sprintf("check: %d", i))
		run.metrics.started.add(fmt.Sprintf("task %d", i), run.phases[0].index)
	}
	values := map[string]map[string]bool{}
	sum := 0
	for _, line := range watch(e, run, r, w, time.Second) {
		if rest, ok := strings.CutPrefix(line, "load_generator.requests:"); ok {
			var n int
			_, err := fmt.Sscanf(rest, "%d|", &n)
			require.NoError(t, err)
			sum += n
		}
		_, tags, _ := strings.Cut(line, "|#")
		for tag := range strings.SplitSeq(tags, ",") {
			k, v, _ := strings.Cut(tag, ":")
			if values[k] == nil {
				values[k] = map[string]bool{}
			}
			values[k][v] = true
		}
	}
	assert.Equal(t, 900, sum, "what is beyond the bound is counted under another name")
	assert.Len(t, values[tagOperation], maxOperations+1)
	assert.LessOrEqual(t, len(values[tagReason]), maxReasons+1)
	assert.Len(t, values[tagTask], maxTasks+1)
	assert.True(t, values[tagOperation][other])
	assert.True(t, values[tagTask][other])
}

func TestEvents(t *testing.T) {
	e, run, r, w := metered(t, Config{SampleRate: -1, RunID: "r-1"})
	watch(e, run, r, w, 11*time.Second)
	var sum report.Summary
	sum.EndS = 20
	sum.Phases = []report.PhaseSummary{{Name: "baseline", Requests: 10, Failures: 1, RPS: 1, Operations: []report.Operation{
		{Name: report.Aggregated, ResponseMS: report.Figures{P50: 1.25, P95: report.NoValue, P99: report.NoValue}}}}, {Name: "idle", Operations: []report.Operation{{Name: report.Aggregated}}}}
	sum.Total.Operations = []report.Operation{{Name: report.Aggregated, Failures: 1}}
	run.EndRun(&sum)
	e.Verdict(false, "baseline p95 < 1ms: is 1.2ms")
	e.Verdict(true, "fine")
	e.flushMetrics()
	var events []string
	for _, l := range w.lines() {
		if strings.HasPrefix(l, "_e{") {
			events = append(events, l)
		}
	}
	require.Len(t, events, 3, "begin and phase went out before")
	assert.Contains(t, events[0], `:Load run shop r-1 ends|baseline: 10 requests (1/s), 1 failed, p50 1.25 ms, p95 failed, p99 failed\nidle: 0 requests (0/s), 0 failed|d:1020|k:r-1|t:warning|#load.run_id:r-1,load.phase:after_ all _ done`)
	assert.Contains(t, events[1], ":Load run shop r-1 failed|baseline p95 < 1ms: is 1.2ms|")
	assert.Contains(t, events[1], "|t:error|")
	assert.Contains(t, events[2], ":Load run shop r-1 passed|fine|")
	assert.Contains(t, events[2], "|t:success|")
}

// A datagram has room for some 1,400 bytes: a long plan is cut, not lost.
func TestLongEventsAreCut(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer conn.Close()
	client, err := statsd.NewDirect(conn.LocalAddr().String())
	require.NoError(t, err)
	defer client.Close()
	e := newExporter(t, Config{SampleRate: -1, RunID: "r-1"})
	e.client.Store(client)
	plan := make([]report.PhaseInfo, 100)
	for i := range plan {
		plan[i] = report.PhaseInfo{Name: fmt.Sprintf("phase number %d", i), Start: time.Duration(i) * time.Second, End: time.Duration(i+1) * time.Second}
	}
	run := e.BeginRun(measure.Run{Name: "many\nphases", Start: time.Unix(1000, 0), Phases: plan}).(*observedRun)
	run.verdict(true, strings.Repeat("é", 5000))
	require.NoError(t, client.Flush())
	for _, want := range []string{`:Load run many phases r-1 begins\|phase number 0: .*\\nphase number 5: .*\\n\.\.\.\|d:1000`, `:Load run many phases r-1 passed\|é{500,700}\|`} {
		datagram := make([]byte, 1<<16)
		n, _, err := conn.ReadFrom(datagram)
		require.NoError(t, err)
		assert.Regexp(t, want, string(datagram[:n]))
	}
}

func BenchmarkWatch(b *testing.B) {
	for _, ops := range []int{5, 1000} {
		b.Run(fmt.Sprintf("operations=%d", ops), func(b *testing.B) {
			client, err := statsd.NewDirectWithWriter(new(discard))
			require.NoError(b, err)
			defer client.Close()
			e := &Exporter{environment: readEnvironment(), log: (&journal{}).logger(), config: Config{SampleRate: -1}}
			e.client.Store(client)
			r := record.New(record.Config{Phases: twoPhases, Shards: 1})
			run := e.BeginRun(measure.Run{Start: time.Now(), Phases: twoPhases, Recorder: r})
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for n := range 10_000 {
					recordAt(r, 0, report.Op{Method: "GET", Name: fmt.Sprint("/", n%ops)}, "")
				}
				s := r.Snapshot(time.Second)
				b.StartTimer()
				run.Watch(s)
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
