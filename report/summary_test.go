package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// asJSON returns the JSON form of a summary.
func asJSON(t testing.TB, s *Summary) []byte {
	var b bytes.Buffer
	require.NoError(t, s.WriteJSON(&b))
	return b.Bytes()
}

func TestSummaryRoundTrip(t *testing.T) {
	heavy := NewRecorder(Config{Phases: []PhaseInfo{{Name: "x", Predicted: &Load{Rate: 1, IDC: math.Inf(1), Note: "heavy tails"}}}})
	for name, s := range map[string]*Summary{
		"busy":  sampleSummary(5000),
		"empty": NewRecorder(Config{}).Summary(Meta{}),
		"early": sampleRun(0).Summary(Meta{End: time.Second}),
		"heavy": heavy.Summary(Meta{End: time.Second}),
	} {
		data := asJSON(t, s)
		back, err := ReadSummary(bytes.NewReader(data))
		require.NoError(t, err, name)
		assert.Equal(t, string(data), string(asJSON(t, back)), name)
		assert.Equal(t, text(t, s), text(t, back), name)
		assert.NotContains(t, string(data), "NaN")
	}
	assert.Contains(t, text(t, heavy.Summary(Meta{End: time.Second})), "burstiness (IDC) ∞; heavy tails\n")
}

func TestSummaryOfSameSamplesIsTheSameOnAnyShards(t *testing.T) {
	one := asJSON(t, sampleSummary(3000))
	for range 3 {
		assert.Equal(t, string(one), string(asJSON(t, sampleSummary(3000))))
	}
	build := func(shards int) string {
		r := NewRecorder(Config{Phases: twoPhases, Shards: shards})
		randomRun(r, 5000, 1, 9)
		return string(asJSON(t, r.Summary(Meta{End: 30 * time.Second})))
	}
	assert.Equal(t, build(1), build(7))
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
	s := sampleSummary(20_000)
	s.ResetS, s.NotReached, s.Health.Warnings = 1, []string{"x"}, []string{"x"}
	p := &s.Phases[0]
	p.Arm, p.Pace, p.Predicted.Note = "A", "think", "note"
	o := &p.Operations[0]
	o.Trust.P50 = Verdict{Doubtful, .1, 1, 2, true}
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
	assert.Equal(t, Op{"", Aggregated}, last.Op())
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
		`{}`:                        `report: read summary: not a summary that this version can read: the key "schema" is missing`,
		`{"schema":3,"phases":{}}`:  `report: read summary: not a summary that this version can read: schema 3; this version reads schema 1 to 2`,
		`{"schema":"one"}`:          `schema "one"; this version reads schema 1 to 2`,
		`[1,2]`:                     `not a summary`,
		`"x"`:                       `not a summary`,
		`hello`:                     `invalid character`,
		``:                          `EOF`,
		`{"schema":1,"phases":"x"}`: `cannot unmarshal string`,
		`{"schema":1,"intervals":[{"width_s":0}]}`:                    `intervals[0]: width_s, slots and s do not fit`,
		`{"schema":1,"total":{"late_sketch":"AAAA"}}`:                 `sketch`,
		`{"schema":1,"timeline":[{"p50":"fast"}]}`:                    `cannot unmarshal string`,
		`{"schema":1,"phases":[{"predicted":{"idc":"bursty"}}]}`:      `cannot unmarshal string`,
		`{"schema":1,"phases":[{"operations":[{"requests":1.5}]}]}`:   `cannot unmarshal number 1.5`,
		`{"schema":1,"phases":[{"operations":[{"failures":1e400}]}]}`: `cannot unmarshal number 1e400`,
	} {
		_, err := ReadSummary(strings.NewReader(data))
		assert.ErrorContains(t, err, want, data)
		if strings.Contains(want, "not a summary") {
			assert.ErrorIs(t, err, ErrSchema)
		}
	}
	_, err := ReadSummary(strings.NewReader("\xff\xfe{\x00}\x00"))
	require.EqualError(t, err, "report: read summary: is UTF-16: save it as UTF-8")
	_, err = readSummary(io.MultiReader(strings.NewReader(`{"schema":1,"name":"`), blather{}), 1<<20)
	require.EqualError(t, err, "report: read summary: more than 1 MiB")
	s, err := ReadSummary(strings.NewReader("\ufeff" + `{"schema":1,"seed":7,"a key of a later version":[1]}` + "\r\n"))
	require.NoError(t, err)
	assert.EqualValues(t, 7, s.Seed)
}

// blather never ends.
type blather struct{}

func (blather) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzReadSummary(f *testing.F) {
	f.Add(asJSON(f, sampleSummary(8)))
	f.Add(asJSON(f, NewRecorder(Config{}).Summary(Meta{})))
	f.Add([]byte(`{"schema":1,"phases":[{"operations":[{"response_ms":{"p50":null}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSummary(bytes.NewReader(data))
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
		again, err := ReadSummary(bytes.NewReader(asJSON(t, s)))
		require.NoError(t, err)
		require.Equal(t, string(asJSON(t, s)), string(asJSON(t, again)))
	})
}

func TestPooledFilesAreExact(t *testing.T) {
	whole := sampleRun(6000)
	a, b := NewRecorder(Config{}), NewRecorder(Config{})
	both := new(hist.Sketch)
	for i, took := range lognormal(4000, 2) {
		x := Sample{Op: get, Done: took}
		[]*Recorder{a, b}[i%2].Shard(0).Record(&x)
		both.Add(took)
	}
	pooled := new(hist.Sketch)
	for _, r := range []*Recorder{a, b} {
		s, err := ReadSummary(bytes.NewReader(asJSON(t, r.Summary(Meta{End: time.Second}))))
		require.NoError(t, err)
		pooled.Merge(s.Total.Aggregated().Response)
	}
	assert.Equal(t, encoded(t, both), encoded(t, pooled))

	sums := new(hist.Sketch)
	s := whole.Summary(Meta{End: 30 * time.Second})
	for _, p := range s.Phases {
		sums.Merge(p.Aggregated().Response)
	}
	assert.Equal(t, encoded(t, s.Total.Aggregated().Response), encoded(t, sums), "the phases add up to the total")
}

func TestMillis(t *testing.T) {
	assert.Equal(t, 1500*time.Microsecond, Millis(1.5).Duration())
	assert.Equal(t, time.Duration(math.MaxInt64), None.Duration())
	assert.False(t, Millis(math.NaN()).IsFinite())
	data, err := json.Marshal([]Millis{1.5, None, 0})
	require.NoError(t, err)
	assert.Equal(t, "[1.5,null,0]", string(data))
}

func ExampleRecorder() {
	r := NewRecorder(Config{Phases: []PhaseInfo{
		{Name: "baseline", End: 10 * time.Second, Users: 10},
		{Name: "intervention", Start: 10 * time.Second, End: 20 * time.Second, Users: 20},
	}})
	for i := range 200 {
		start := time.Duration(i) * 100 * time.Millisecond
		x := Sample{Op: Op{"GET", "/api/todos/{id}"}, Intended: start, Woken: start, Sent: start, Done: start + 20*time.Millisecond}
		if i >= 100 {
			x.Done += 15 * time.Millisecond
		}
		r.Shard(0).Record(&x)
	}
	fmt.Println(r.Snapshot(15 * time.Second).Phase.Name)
	for _, p := range r.Summary(Meta{Seed: 1, End: 20 * time.Second}).Phases {
		all := p.Aggregated()
		fmt.Printf("%s: %d requests, %.0f/s, p95 %.0f ms\n", p.Name, all.Requests, all.RPS, all.ResponseMS.P95)
	}
	// Output:
	// intervention
	// baseline: 100 requests, 10/s, p95 20 ms
	// intervention: 100 requests, 10/s, p95 35 ms
}

func ExampleSummary_WriteText() {
	r := NewRecorder(Config{Phases: []PhaseInfo{{Name: "baseline", End: 10 * time.Second, Users: 2}}})
	for i := range 20 {
		start := time.Duration(i) * 500 * time.Millisecond
		x := Sample{Op: Op{"GET", "/health"}, Intended: start, Woken: start, Sent: start, Done: start + 8*time.Millisecond}
		if i == 7 {
			x.Err = "http 503"
		}
		r.Shard(0).Record(&x)
	}
	_ = r.Summary(Meta{Name: "Check", Seed: 1, End: 10 * time.Second}).WriteText(os.Stdout)
	// Output:
	// Check, 0:10, seed 1
	//
	// Phase baseline, 0:00 to 0:10, 2 users
	//   Requests  Failed Rate/s Min ms    p50    p95    p99  p99.9    Max   Mean
	//   GET /health: 1 failed
	//         20     5 %      2      8      8      8 failed failed      8      8
	//     its successes
	//         19            1.9      8      8      8      8      8      8      8
	//   Aggregated: 1 failed
	//         20     5 %      2      8      8      8 failed failed      8      8
	//     its successes
	//         19            1.9      8      8      8      8      8      8      8
	//     from the actual send
	//                                8      8      8 failed failed      8      8
	//   generator late by p50 0, p99 0, max 0 ms
	//
	// Failures
	//   Times   First    Last  Operation: reason (phase)
	//       1  0:03.5  0:03.5  GET /health: http 503 (baseline)
}

func ExampleMeasure() {
	r := NewRecorder(Config{})
	ctx, scope := WithScope(context.Background(), Task{Shard: r.Shard(0), Epoch: time.Now()})
	_ = Measure(ctx, Op{Name: "enqueue"}, func(context.Context) error { return fmt.Errorf("queue full") })
	fmt.Println(scope.Failed(), r.Snapshot(time.Second).Failures[0].Reason)
	// Output: true queue full
}
