package datadog

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/mocktracer"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// only sets the DD_* variables of the test and no others.
func only(t *testing.T, variables ...string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "DD_") {
			t.Setenv(name, "") // restores it at the end of the test
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Setenv("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false")
	for _, entry := range variables {
		name, text, _ := strings.Cut(entry, "=")
		t.Setenv(name, text)
	}
}

// patience is for agents that answer, or are not there: the usual limits are for those that
// hang, not for machines that are busy.
var patience = limits{start: time.Minute, flush: time.Minute, stop: time.Minute}

// newExporter returns an exporter that has started nothing.
func newExporter(t *testing.T, c Config) *Exporter {
	only(t)
	return &Exporter{config: c, environment: readEnvironment(), limits: patience, log: slog.New(slog.DiscardHandler), quit: make(chan struct{})}
}

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Split(strings.TrimSuffix(j.text.String(), "\n"), "\n")
}

// logger hears what a user hears: from INFO on, without the line about a run that is observed.
func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) warnings() (list []string) {
	for _, line := range j.lines() {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			list = append(list, line)
		}
	}
	return list
}

// anyRun is a run of one phase without a name.
func anyRun() measure.Run {
	return measure.Run{Start: time.Now(), Phases: []report.PhaseInfo{{Name: "only", Predicted: &report.Load{Rate: 1}}}}
}

// wire is where a client of DogStatsD writes to in tests.
type wire struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	return len(p), nil
}

func (w *wire) Close() error { return nil }

// lines returns what was sent since the last call, apart from what the client says about itself.
func (w *wire) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Split(w.text.String(), "\n")
	w.text.Reset()
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" || strings.HasPrefix(l, "datadog.dogstatsd.") })
}

// metered begins a run whose metrics go to a wire.
func metered(t *testing.T, c Config) (*Exporter, *observedRun, *record.Recorder, *wire) {
	e := newExporter(t, c)
	w := new(wire)
	client, err := statsd.NewDirectWithWriter(w)
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	e.client.Store(client)
	recorder := record.New(record.Config{Phases: twoPhases, Shards: 1})
	run := e.BeginRun(measure.Run{Name: "shop", Start: time.Unix(1000, 0), Phases: twoPhases, Recorder: recorder}).(*observedRun)
	return e, run, recorder, w
}

// eventful records a second in which everything happens that has a metric.
func eventful(e *Exporter, run *observedRun, r *record.Recorder) {
	get := report.Op{Method: "GET", Name: "/a"}
	for i := range 3 {
		recordAt(r, time.Duration(i)*time.Millisecond, get, "")
	}
	recordAt(r, 0, get, "http 503")
	recordAt(r, 0, get, report.CutOff)
	recordAt(r, 10*time.Second, get, "")
	_, hanging := measure.WithScope(context.Background(), measure.Task{Shard: r.Shard(0), Hook: true})
	hanging.Begin(get, 0)
	r.Shard(0).Count(record.Planned, 0, 5)
	r.Shard(0).Count(record.Started, 0, 4)
	r.Level(0, 4, 3, 2)
	r.Exception("panic", "boom", "", 0)
	s := r.Shard(0)
	x := record.Sample{Op: report.Op{Name: "checkout"}, Done: 2 * time.Second}
	s.Of(report.SortTransaction).Record(&x)
	s.Of(report.SortTag).RecordTag("region=eu", &record.Sample{Op: get, Done: time.Millisecond})
	s.Add(report.Op{Name: "wins"}, 0, 1001)
	for i := range 4 {
		s.Answer(report.Op{Name: "title ok"}, 0, i > 0)
	}
	s.Value(report.Op{Name: "basket [EUR]"}, 0, 500)
	run.metrics.started.add("list", run.phases[0].index)
	run.metrics.started.add("list", run.phases[0].index)
	run.metrics.started.add("list", run.phases[1].index)
	atomic.AddInt64(&e.lost.QueueFull, 9)
}

// twoPhases are a baseline with an arm and a phase whose name tags must clean.
var twoPhases = []report.PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Arm: "A"},
	{Name: "after, all | done", Start: 10 * time.Second},
}

// observe begins a run with a tracer that only writes down.
func observe(t *testing.T, c Config) (*Exporter, *observedRun, mocktracer.Tracer) {
	e := newExporter(t, c)
	mock := mocktracer.Start()
	t.Cleanup(mock.Stop)
	run := e.BeginRun(measure.Run{Seed: 1 << 63, Start: time.Unix(1000, 0), Phases: twoPhases}).(*observedRun)
	return e, run, mock
}

// document reads a document of this repository.
func document(t *testing.T, name string) string {
	text, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	return string(text)
}

// objects decodes a log.
func objects(t *testing.T, text []byte) (lines []map[string]any) {
	for line := range bytes.Lines(text) {
		var object map[string]any
		require.NoError(t, json.Unmarshal(line, &object))
		lines = append(lines, object)
	}
	return lines
}

// recordAt records a request of 2 ms.
func recordAt(r *record.Recorder, at time.Duration, op report.Op, reason string) {
	r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + 2*time.Millisecond, Err: reason, Bytes: 10})
}
