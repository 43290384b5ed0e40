package prometheus

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// newExporter returns an exporter whose runs are named r-1.
func newExporter(t testing.TB, c Config) *Exporter {
	if c.RunID == "" {
		c.RunID = "r-1"
	}
	e, err := New(c)
	require.NoError(t, err)
	return e
}

// twoPhases are a baseline with an arm, and what follows.
var twoPhases = []report.PhaseInfo{
	{Name: "baseline", End: 10 * time.Second, Arm: "A", Model: "closed"},
	{Name: "after", Start: 10 * time.Second, Model: "closed"},
}

// start is that of the runs that tests record themselves.
var start = time.Unix(1_700_000_000, 0)

// begin begins a run that the test records itself.
func begin(e *Exporter, phases []report.PhaseInfo, at time.Time) (measure.RunObserver, *record.Recorder) {
	r := record.New(record.Config{Phases: phases, Shards: 1})
	return e.BeginRun(measure.Run{Name: "shop", Seed: 1 << 63, PlanDigest: "3fa9", Start: at, Phases: phases, Recorder: r}), r
}

// recordAt records a request at an offset, failed if there is a reason.
func recordAt(r *record.Recorder, at, took time.Duration, op report.Op, reason string) {
	r.Shard(0).Record(&record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took, Err: reason, Bytes: 10})
}

// shown is what a scrape shows: metrics by name and labels, as in `name{a="b"}`.
type shown map[string]*dto.Metric

// gather scrapes, and holds the metrics to the rules of a registry.
func gather(t testing.TB, e *Exporter) shown {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(e.Collector()))
	families, err := registry.Gather()
	require.NoError(t, err)
	out := shown{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+`="`+l.GetValue()+`"`)
			}
			out[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = m
		}
	}
	return out
}

// value is the value of a count or a level; a metric that is not shown is -1.
func (s shown) value(series string) float64 {
	switch m := s[series]; {
	case m == nil:
		return -1
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Histogram != nil:
		return float64(m.Histogram.GetSampleCount())
	default:
		return m.Gauge.GetValue()
	}
}

// names lists the series of a metric.
func (s shown) names(metric string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(s) {
			if strings.HasPrefix(name, metric+"{") && !yield(name) {
				return
			}
		}
	})
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

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// flaky are users whose requests take their time, fail now and then, and hang at the end.
func flaky(env scenario.Env) (scenario.User, error) {
	do := func(name string, share float64) scenario.Task {
		return scenario.Task{Name: name, Weight: 1, Do: func(ctx context.Context) error {
			took, bad := time.Duration(20e6*math.Exp(env.Rand.NormFloat64())), env.Rand.Float64() < share
			return measure.Do(ctx, report.Op{Method: "GET", Name: "/" + name}, func(ctx context.Context) error {
				select {
				case <-time.After(took):
				case <-ctx.Done():
					return ctx.Err()
				}
				if bad {
					return context.DeadlineExceeded
				}
				return nil
			})
		}}
	}
	return users{do("list", 0), do("search", .1)}, nil
}

// users is a user with tasks.
type users []scenario.Task

func (u users) Tasks() []scenario.Task { return u }

// virtually runs a load of 20 virtual seconds with two phases.
func virtually(t *testing.T, change func(*loadgen.Runner)) (sum *report.Summary) {
	synctest.Test(t, func(t *testing.T) {
		r := loadgen.Runner{
			Name: "shop", NewUser: flaky, Pace: scenario.Around(100*time.Millisecond, .5), Seed: 7,
			Schedule: phase.Schedule{{Name: "baseline", For: 10 * time.Second, Users: 5}, {Name: "intervention", For: 10 * time.Second, Users: 10}},
		}
		change(&r)
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// recordOwn records a transaction and one that was cut off, a request with a tag, and figures.
func recordOwn(r *record.Recorder) {
	s := r.Shard(0)
	x := record.Sample{Op: report.Op{Name: "checkout"}, Done: 2 * time.Second}
	s.Of(report.SortTransaction).Record(&x)
	x.Err = report.CutOff
	s.Of(report.SortTransaction).Record(&x)
	s.Of(report.SortTag).RecordTag("region=eu", &record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Done: time.Millisecond, Err: "http 503"})
	s.Add(report.Op{Name: "wins"}, 0, 1001)
	for i := range 4 {
		s.Answer(report.Op{Name: "title ok"}, 0, i > 0)
	}
	s.Value(report.Op{Name: "basket [EUR]"}, 0, 80)
	s.Value(report.Op{Name: "basket [EUR]"}, 0, .5)
}

// tracing traces every request, as a tracer next to the Exporter does.
type tracing struct {
	measure.RunObserver
	mu    sync.Mutex
	spans map[string]string // by trace
}

func (x *tracing) BeginRun(measure.Run) measure.RunObserver { return x }
func (x *tracing) BeginPhase(int, report.PhaseInfo)         {}
func (x *tracing) Watch(*report.Snapshot)                   {}
func (x *tracing) EndRun(*report.Summary)                   {}
func (x *tracing) End(time.Duration, error, bool)           {}
func (x *tracing) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, x
}
func (x *tracing) BeginRequest(report.Op, time.Duration, time.Duration) measure.RequestSpan {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := fmt.Sprintf("%032x", len(x.spans)+1)
	x.spans[id] = id[16:]
	return traced{id: id}
}

// traced is the span of a request, with the id of its trace.
type traced struct {
	measure.RequestSpan
	id string
}

func (s traced) End(measure.Outcome)         {}
func (s traced) Trace() (trace, span string) { return s.id, s.id[16:] }
