package prometheus

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

// everything is a scrape in which every metric has a series.
func everything(t *testing.T) *Exporter {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	op := report.Op{Method: "GET", Name: "/a"}
	recordAt(r, 0, time.Millisecond, op, "")
	recordAt(r, 0, time.Millisecond, op, "http 503")
	recordAt(r, 0, time.Millisecond, op, report.CutOff)
	recordOwn(r)
	r.Exception("panic", "boom", "", 0)
	run.EndRun(r.Summary(record.Meta{End: time.Second}))
	last, r := begin(e, twoPhases, start)
	now := r.Snapshot(0)
	now.Kinds = []report.KindUsers{{Name: "buyer", Users: 3}}
	last.Watch(now)
	return e
}

// document returns the text of one of docs.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	return string(text)
}

// series is a series of one request: its labels but job, instance, run; values and counts of histograms by
// timestamp.
type series struct {
	labels     map[string]string
	values     []point
	histograms []point // count
	exemplars  []point
}

// point is a value of a series.
type point struct {
	ms int64
	v  float64
}

// receive starts a receiver that answers so.
func receive(t *testing.T, answer func(http.ResponseWriter, *http.Request, []series) int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		assert.NoError(t, err)
		body, err = s2.Decode(nil, body)
		assert.NoError(t, err)
		all := request(t, body)
		r.mu.Lock()
		r.requests++
		r.mu.Unlock()
		code := r.answer(w, req, all)
		if code/100 == 2 {
			r.mu.Lock()
			r.taken = append(r.taken, all...)
			r.mu.Unlock()
		}
		if code > 0 {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "because\nof me")
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// accept takes all that is pushed.
func accept(http.ResponseWriter, *http.Request, []series) int { return http.StatusNoContent }

// pushing begins a run that is pushed to a receiver.
func pushing(t *testing.T, to string, log *journal) (*Exporter, func(at time.Duration, n int), func(at time.Duration)) {
	c := Config{Push: to, PushEvery: 2 * time.Second, Instance: "here"}
	if log != nil {
		c.Logger = log.logger()
	}
	e := newExporter(t, c)
	e.endLimit = time.Minute // the limit is for receivers that hang, not for machines that are busy
	run, r := begin(e, twoPhases, start)
	op := report.Op{Method: "GET", Name: "/a"}
	add := func(at time.Duration, n int) {
		for range n {
			recordAt(r, at, 30*time.Millisecond, op, "")
		}
		run.Watch(r.Snapshot(at))
	}
	return e, add, func(at time.Duration) { run.EndRun(r.Summary(record.Meta{End: at})) }
}

// receiver takes remote write, and answers what the test wants.
type receiver struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request, all []series) int

	mu       sync.Mutex
	requests int
	taken    []series
}

// ends are the first and the last point of a series, and how many there are.
func (r *receiver) ends(name string, labels ...string) (first, last point, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.taken {
		if s.labels["__name__"] != name || !has(s.labels, labels) {
			continue
		}
		for _, p := range append(s.values, s.histograms...) {
			if n++; n == 1 {
				first = p
			}
			last = p
		}
	}
	return first, last, n
}

// exemplars are all that came with series of a name.
func (r *receiver) exemplars(name string, labels ...string) (all []point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.taken {
		if s.labels["__name__"] == name && has(s.labels, labels) {
			all = append(all, s.exemplars...)
		}
	}
	return all
}
