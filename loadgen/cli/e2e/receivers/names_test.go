package receivers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/web"
)

// recorded is a web.Source of a Recorder.
type recorded struct {
	*record.Recorder
	run outline.Run
}

const end = 10 * time.Second

func (r recorded) State() report.State                 { return report.Running }
func (r recorded) Run() outline.Run                    { return r.run }
func (r recorded) Phase(i int) report.PhaseSummary     { return r.Recorder.Phase(i, end) }
func (r recorded) Series(op report.Op) []report.Series { return r.Recorder.Series(op, end) }
func (r recorded) Summary() *report.Summary            { return r.SoFar(end) }
func (r recorded) Snapshot(quantiles ...float64) *report.Snapshot {
	return r.Recorder.Snapshot(end, quantiles...)
}

// TestAMillionNames: a script that puts ids into names costs neither this process nor a receiver its memory, through each exporter
// and on the page. The recorder keeps 1,000 apart; each request past them is counted once, under (other operations), and the
// summary says once how many those were.
func TestAMillionNames(t *testing.T) {
	names := 1_000_000
	if testing.Short() || raced {
		names = 20_000
	}
	r := listen(t)
	phases := []report.PhaseInfo{{Name: "all", End: time.Minute}}
	rec := record.New(record.Config{Phases: phases, Shards: 1})
	run := r.Observer.BeginRun(measure.Run{Name: "ids", Seed: 7, Start: time.Unix(1_700_000_000, 0), Phases: phases, Recorder: rec})
	page, err := web.New(recorded{rec, outline.Run{Number: 1, Start: time.Unix(1_700_000_000, 0), Phases: phases}}, web.Options{})
	require.NoError(t, err)
	defer page.Close()

	before := memory()
	for i := range names {
		at, reason := time.Duration(i)*(end/time.Duration(names)), ""
		if i%2 > 0 {
			reason = fmt.Sprintf("check: no item %d", i)
		}
		rec.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: fmt.Sprintf("/items/%d", i)}, Intended: at, Woken: at, Sent: at, Done: at + time.Millisecond, Err: reason})
	}
	run.Watch(rec.Snapshot(end))

	var rows struct {
		Stats []struct {
			Requests int `json:"num_requests"`
		} `json:"stats"`
	}
	require.NoError(t, json.Unmarshal(asked(t, page, "/stats/requests", 1<<20), &rows))
	require.Len(t, rows.Stats, 500+1, "as with Locust")
	assert.Equal(t, names, rows.Stats[500].Requests)
	assert.Contains(t, string(asked(t, page, "/stats/report", 3<<20)), report.OtherOperations)

	sum := rec.Summary(record.Meta{End: end})
	run.EndRun(sum)
	r.stop()
	assert.Less(t, memory()-before, int64(100<<20), "bytes, with all that the receivers keep")

	for name, c := range map[string]counts{"summary": ofSummary(sum), "Prometheus": r.ofPrometheus(), "OpenTelemetry": r.ofOTel(), "samples": r.ofSamples()} {
		assert.EqualValues(t, names, c.all(), name)
		assert.LessOrEqual(t, c.operations(), 1000+1, name)
	}
	assert.Eventually(t, func() bool { return r.ofDatadog().all() == int64(names) }, time.Minute, 10*time.Millisecond, "what was sent by UDP arrives a little later")
	assert.LessOrEqual(t, r.ofDatadog().operations(), 200+1)
	assert.EqualValues(t, names-1000, sum.Total.Counters.OtherOperations)
	var text strings.Builder
	require.NoError(t, sum.WriteText(&text))
	assert.Equal(t, 1, strings.Count(strings.Join(strings.Fields(text.String()), " "), "requests of operations past the limit"), "said once")
}

// asked asks the page for something of at most a number of bytes.
func asked(t *testing.T, page http.Handler, path string, most int) []byte {
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	require.Equal(t, http.StatusOK, answer.Code, path)
	assert.Less(t, answer.Body.Len(), most, path)
	return answer.Body.Bytes()
}

// memory is what the process holds.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
