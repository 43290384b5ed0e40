package prometheus

import (
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/measure"
)

// written is a histogram as it is sent.
func written(t *testing.T, s *hist.Sketch) *dto.Histogram {
	m, err := newHistogram(prometheus.NewDesc("loadgen_request_duration_seconds", "", []string{"operation"}, nil), metrics.Times.Buckets(s), nil, start, "o")
	require.NoError(t, err)
	var out dto.Metric
	require.NoError(t, m.Write(&out))
	return out.Histogram
}

// native are the counts of the native buckets by index.
func nativeOf(h *dto.Histogram) map[int]int64 {
	out, at, n := map[int]int64{}, 0, int64(0)
	deltas := h.PositiveDelta
	for _, s := range h.PositiveSpan {
		at += int(s.GetOffset())
		for range s.GetLength() {
			n += deltas[0]
			deltas = deltas[1:]
			out[at] = n
			at++
		}
	}
	return out
}

func TestHistogramBuckets(t *testing.T) {
	s := new(hist.Sketch)
	for _, d := range []time.Duration{0, 500, 1500, time.Millisecond, 1003 * time.Microsecond, 30 * time.Millisecond, time.Second, 31 * time.Second, 2 * time.Hour} {
		s.Add(d)
	}
	h := written(t, s)
	assert.EqualValues(t, 9, h.GetSampleCount())
	assert.InDelta(t, 7232.032005, h.GetSampleSum(), 1e-6)
	assert.EqualValues(t, 2, h.GetZeroCount())
	var classic []uint64
	for _, b := range h.Bucket {
		classic = append(classic, b.GetCumulativeCount())
	}
	assert.Equal(t, []uint64{4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 9}, classic)
	assert.Equal(t, .001, h.Bucket[0].GetUpperBound())
	buckets := nativeOf(h)
	assert.EqualValues(t, 1, buckets[int(math.Ceil(math.Log2(.03)*32))], "30 ms")
	sum := int64(0)
	for _, n := range buckets {
		sum += n
	}
	assert.EqualValues(t, 7, sum)
	assert.Equal(t, start.Unix(), h.CreatedTimestamp.Seconds)

	empty := written(t, nil)
	assert.Zero(t, empty.GetSampleCount())
	assert.Len(t, empty.Bucket, len(h.Bucket))
}

// TestHistogramsOnlyGrow: no bucket is ever smaller than it was.
func TestHistogramsOnlyGrow(t *testing.T) {
	rng, s := rand.New(rand.NewPCG(1, 2)), new(hist.Sketch)
	last := &dto.Histogram{}
	before := map[int]int64{}
	rounds := 50
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		for range 200 {
			s.Add(time.Duration(math.Exp(rng.NormFloat64()*3 + 16)))
		}
		h := written(t, s)
		now := nativeOf(h)
		for i, n := range before {
			require.GreaterOrEqual(t, now[i], n)
		}
		for i, b := range last.Bucket {
			require.GreaterOrEqual(t, h.Bucket[i].GetCumulativeCount(), b.GetCumulativeCount())
		}
		require.Greater(t, h.GetSampleSum(), last.GetSampleSum())
		last, before = h, now
	}
}

// TestNativeQuantiles: a quantile of the native buckets is within the width of one of ours and
// one of theirs.
func TestNativeQuantiles(t *testing.T) {
	rng, s := rand.New(rand.NewPCG(3, 4)), new(hist.Sketch)
	for range 100_000 {
		s.Add(time.Duration(20e6 * math.Exp(rng.NormFloat64()*.5)))
	}
	buckets := nativeOf(written(t, s))
	for _, p := range []float64{.5, .95, .99} {
		rank, at, seen := int64(p*1e5), -1000, int64(0)
		for ; seen < rank; at++ {
			seen += buckets[at]
		}
		assert.InEpsilon(t, s.Quantile(p).Seconds(), math.Exp2((float64(at)-1.5)/32), .0125, p)
	}
}

// TestExemplarsInAScrape: what others trace stands at its bucket in OpenMetrics' text, and at the native histogram.
func TestExemplarsInAScrape(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, time.Now())
	op, now := report.Op{Method: "GET", Name: "/a"}, time.Duration(0)
	for i, took := range []time.Duration{4 * time.Millisecond, 3 * time.Millisecond, 31 * time.Second} {
		recordAt(r, 0, took, op, "")
		id := strings.Repeat(strconv.Itoa(i), 32)
		run.(measure.TraceReader).ReadTrace(measure.Traced{Op: op, Done: took, Trace: id, Span: id[16:]})
		now = took
	}
	run.Watch(r.Snapshot(now))
	ask := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	ask.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, ask)
	of := `loadgen_request_duration_seconds_bucket{kind="",operation="GET /a",outcome="ok",phase="baseline",run="r-1",le=`
	ids := func(digit string) string { // in any order
		trace, span := `trace_id="`+strings.Repeat(digit, 32)+`"`, `span_id="`+strings.Repeat(digit, 16)+`"`
		return `\{(` + trace + `,` + span + `|` + span + `,` + trace + `)\}`
	}
	for _, line := range []string{
		of + `"0.005"} 2 # ` + ids("0") + ` 0.004 `,
		of + `"0.01"} 2` + "\n",
		of + `"+Inf"} 3 # ` + ids("2") + ` 31.0 `,
	} {
		assert.Regexp(t, strings.NewReplacer("seconds_bucket{", `seconds_bucket\{`, `"} `, `"\} `, "+Inf", `\+Inf`).Replace(line), answer.Body.String())
	}
	h := gather(t, e)[`loadgen_request_duration_seconds{kind="",operation="GET /a",outcome="ok",phase="baseline",run="r-1"}`].Histogram
	require.Len(t, h.Exemplars, 2)
	assert.Equal(t, []float64{.004, 31}, []float64{h.Exemplars[0].GetValue(), h.Exemplars[1].GetValue()}, "by time")
}
