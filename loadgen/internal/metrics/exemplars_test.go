package metrics

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

// examples is a Sink that keeps the exemplars of requests, by their labels: response time and trace.
type examples map[string][]string

func (examples) Count(*Metric, int64, ...string)   {}
func (examples) Level(*Metric, float64, ...string) {}
func (x examples) Histogram(m *Metric, _ *hist.Sketch, like []Exemplar, labels ...string) {
	for _, e := range like {
		key := m.Name + " " + strings.Join(labels, " ")
		x[key] = append(x[key], fmt.Sprint(e.Took, " ", e.Trace))
	}
}

func shown(r *Run) examples {
	x := examples{}
	r.Read(func(string, time.Time) Sink { return x })
	return x
}

// TestExemplars: one of a bucket and series, the slowest of ten seconds, for a minute.
func TestExemplars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phases := []report.PhaseInfo{{Name: "baseline", End: time.Hour}, {Name: "after", Start: time.Hour}}
		rec := record.New(record.Config{Phases: phases, Shards: 1})
		r := NewRun(measure.Run{Phases: phases, Start: time.Now(), Recorder: rec}, "r-1")
		op, kind := report.Op{Method: "GET", Name: "/"}, report.Op{Kind: "buyer", Method: "GET", Name: "/"}
		trace := func(op report.Op, took time.Duration, failed bool, id string) {
			now := time.Since(r.about.Start)
			reason := ""
			if failed {
				reason = "http 503"
			}
			rec.Shard(0).Record(&record.Sample{Op: op, Intended: now - took, Woken: now - took, Sent: now - took, Done: now, Err: reason})
			r.ReadTrace(measure.Traced{Op: op, Intended: now - took, Done: now, Failed: failed, Trace: id, Span: "s"})
		}
		read := func() examples {
			r.Watch(rec.Snapshot(time.Since(r.about.Start)))
			return shown(r)
		}
		const ok, failed = "request.duration baseline  GET / ok", "request.duration baseline  GET / failed"
		time.Sleep(time.Minute)
		trace(op, 3*time.Millisecond, false, "a")
		trace(op, 5*time.Millisecond, false, "b") // the border belongs to the bucket below
		trace(op, 4*time.Millisecond, false, "c")
		trace(op, 6*time.Millisecond, false, "d")
		trace(op, time.Minute, false, "e")
		trace(op, 4*time.Millisecond, true, "f")
		trace(kind, 4*time.Millisecond, false, "g")
		trace(op, 4*time.Millisecond, false, strings.Repeat("x", longestIDs))
		trace(op, 6*time.Millisecond, false, "\xff")
		want := examples{ok: {"5ms b", "6ms d", "1m0s e"}, failed: {"4ms f"}, "request.duration baseline buyer GET / ok": {"4ms g"}}
		assert.Equal(t, want, read())
		time.Sleep(10 * time.Second)
		trace(op, 3*time.Millisecond, false, "h")
		assert.Equal(t, []string{"5ms b", "6ms d", "1m0s e"}, read()[ok], "quicker")
		time.Sleep(time.Second)
		trace(op, 3*time.Millisecond, false, "i")
		assert.Equal(t, []string{"3ms i", "6ms d", "1m0s e"}, read()[ok])
		time.Sleep(49*time.Second + 1)
		assert.Equal(t, examples{ok: {"3ms i"}}, read(), "the others are older than a minute")
		r.End(rec.Summary(record.Meta{End: time.Since(r.about.Start)}))
		assert.Equal(t, examples{ok: {"3ms i"}}, shown(r), "after the end too")
		time.Sleep(time.Minute)
		assert.Empty(t, shown(r))
		assert.Empty(t, r.exemplars.of, "nothing is kept of them")
	})
}

// TestExemplarsAreBounded, whatever names there are, and none is older than what the figures count.
func TestExemplarsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := record.New(record.Config{Shards: 1})
		r := NewRun(measure.Run{Start: time.Now(), Recorder: rec}, "r-1")
		for i := range 10 * MaxRows {
			r.ReadTrace(measure.Traced{Op: report.Op{Name: fmt.Sprint(i)}, Trace: "t"})
		}
		assert.Len(t, r.exemplars.of, MaxRows)
		for _, list := range r.exemplars.of {
			for _, x := range list {
				assert.Empty(t, x.Op, "names are kept once")
			}
		}
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Name: "0"}})
		r.Watch(rec.Snapshot(0))
		assert.Equal(t, examples{"request.duration   0 ok": {"0s t"}}, shown(r))
		time.Sleep(time.Second)
		rec.Reset(time.Second)
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Name: "0"}, Intended: time.Second, Woken: time.Second, Sent: time.Second, Done: time.Second})
		r.Watch(rec.Snapshot(time.Second))
		assert.Empty(t, shown(r), "zeroed")
	})
}
