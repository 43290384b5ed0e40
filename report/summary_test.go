package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestSummaryRoundTrip(t *testing.T) {
	heavy := record.New(record.Config{Phases: []report.PhaseInfo{{Name: "x", Predicted: &report.Load{Rate: 1, IDC: math.Inf(1), Note: "heavy tails"}}}})
	for name, s := range map[string]*report.Summary{
		"busy":  sampleSummary(5000),
		"lost":  withWorkers(sampleSummary(5000), 3),
		"empty": record.New(record.Config{}).Summary(record.Meta{}),
		"early": sampleRun(0).Summary(record.Meta{End: time.Second}),
		"heavy": heavy.Summary(record.Meta{End: time.Second}),
	} {
		data := asJSON(t, s)
		back, err := report.ReadSummary(bytes.NewReader(data))
		require.NoError(t, err, name)
		assert.Equal(t, string(data), string(asJSON(t, back)), name)
		assert.Equal(t, text(t, s), text(t, back), name)
		assert.NotContains(t, string(data), "NaN")
	}
	assert.Contains(t, text(t, heavy.Summary(record.Meta{End: time.Second})), "burstiness (IDC) ∞; heavy tails\n")
}

// keysOf collects the paths of all keys below a JSON value; the elements of lists share one.
func keysOf(value any, path string, to map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			at := strings.TrimPrefix(path+"."+key, ".")
			if strings.HasSuffix(path, "weights") {
				at = path + ".NAME"
			}
			to[at] = true
			keysOf(below, at, to)
		}
	case []any:
		for _, below := range v {
			keysOf(below, path, to)
		}
	}
}

// sampleKeys returns every key that a summary can have.
func sampleKeys(t testing.TB) []string {
	s := withWorkers(sampleSummary(20_000), 2)
	s.ResetS, s.NotReached, s.Health.Warnings = 1, []string{"x"}, []string{"x"}
	p := &s.Phases[0]
	p.Arm, p.Pace, p.Predicted.Note = "A", "think", "note"
	o := &p.Operations[0]
	o.Trust.P50 = report.Rating{report.Doubtful, .1, 1, 2, true}
	var value any
	require.NoError(t, json.Unmarshal(asJSON(t, s), &value))
	keys := map[string]bool{}
	keysOf(value, "", keys)
	return slices.Sorted(maps.Keys(keys))
}

func TestSummaryHasThePromisedKeys(t *testing.T) {
	keys := sampleKeys(t)
	want := []string{"schema", "seed", "plan_digest", "start", "late_ms.p50", "late_ms.p99", "late_ms.max", "total.operations.response_ms.p999"}
	for _, key := range []string{"name", "start_s", "end_s", "users", "requests", "failures", "rps", "operations"} {
		want = append(want, "phases."+key)
	}
	for _, key := range []string{"method", "name", "requests", "failures", "rps"} {
		want = append(want, "phases.operations."+key)
	}
	for _, key := range []string{"min", "mean", "p50", "p95", "p99", "p999", "max"} {
		want = append(want, "phases.operations.response_ms."+key, "phases.operations.service_ms."+key)
	}
	for _, key := range []string{"method", "name", "phase", "reason", "occurrences", "first_s", "last_s"} {
		want = append(want, "failures."+key)
	}
	for _, key := range []string{"s", "users", "on", "planned", "requests", "failures", "p50", "p95", "phase"} {
		want = append(want, "timeline."+key)
	}
	want = append(want, "exceptions.message", "exceptions.occurrences")
	assert.Subset(t, keys, want)

	s := sampleSummary(100)
	last := s.Total.Operations[len(s.Total.Operations)-1]
	assert.Equal(t, report.Op{Method: "", Name: report.Aggregated}, last.Op())
	assert.Len(t, s.Timeline, 30)
}

func TestEveryKeyIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/summary-schema.md")
	require.NoError(t, err)
	for _, path := range sampleKeys(t) {
		key := path[strings.LastIndex(path, ".")+1:]
		assert.True(t, key == "NAME" || strings.Contains(string(doc), "`"+key+"`"), path)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	for data, want := range map[string]string{
		`{}`:                        `not a summary of a run, as --summary-file writes it: not a summary that this version can read: the key "schema" is missing`,
		`{"schema":3,"phases":{}}`:  `not a summary that this version can read: schema 3; this version reads schema 1 to 2`,
		`{"schema":"one"}`:          `schema "one"; this version reads schema 1 to 2`,
		`[1,2]`:                     `not a summary`,
		`"x"`:                       `not a summary`,
		`hello`:                     `invalid character`,
		`{"schema":1,`:              `it is cut off`,
		`{"schema":1} {"schema":1}`: `there is more after it`,
		``:                          `it is empty`,
		`{"schema":1,"phases":"x"}`: `cannot unmarshal string`,
		`{"schema":1,"intervals":[{"width_s":0}]}`:                    `intervals[0]: width_s, slots and s do not fit`,
		`{"schema":1,"total":{"late_sketch":"AAAA"}}`:                 `sketch`,
		`{"schema":1,"timeline":[{"p50":"fast"}]}`:                    `cannot unmarshal string`,
		`{"schema":1,"phases":[{"predicted":{"idc":"bursty"}}]}`:      `cannot unmarshal string`,
		`{"schema":1,"phases":[{"operations":[{"requests":1.5}]}]}`:   `cannot unmarshal number 1.5`,
		`{"schema":1,"phases":[{"operations":[{"failures":1e400}]}]}`: `cannot unmarshal number 1e400`,
	} {
		_, err := report.ReadSummary(strings.NewReader(data))
		assert.ErrorContains(t, err, want, data)
		if strings.Contains(want, "not a summary") {
			assert.ErrorIs(t, err, report.ErrSchema)
		}
	}
	_, err := report.ReadSummary(strings.NewReader("\xff\xfe{\x00}\x00"))
	require.EqualError(t, err, "not a summary of a run, as --summary-file writes it: is UTF-16: save it as UTF-8")
	s, err := report.ReadSummary(strings.NewReader("\ufeff" + `{"schema":1,"seed":7,"a key of a later version":[1]}` + "\r\n"))
	require.NoError(t, err)
	assert.EqualValues(t, 7, s.Seed)
}

func FuzzReadSummary(f *testing.F) {
	f.Add(asJSON(f, sampleSummary(8)))
	f.Add(asJSON(f, withWorkers(sampleSummary(8), 2)))
	f.Add(asJSON(f, record.New(record.Config{}).Summary(record.Meta{})))
	f.Add([]byte(`{"schema":1,"phases":[{"operations":[{"response_ms":{"p50":null}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := report.ReadSummary(bytes.NewReader(data))
		if err != nil {
			return
		}
		text(t, s)
		for _, series := range s.Intervals {
			if series.Slots > 10_000 {
				continue
			}
			n, want := int64(0), int64(0)
			for v := range series.Intervals() {
				n += v.Requests
			}
			for _, r := range series.Requests {
				want += r
			}
			require.Equal(t, want, n)
		}
		again, err := report.ReadSummary(bytes.NewReader(asJSON(t, s)))
		require.NoError(t, err)
		require.Equal(t, string(asJSON(t, s)), string(asJSON(t, again)))
	})
}
