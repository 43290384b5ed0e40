package prometheus

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// written is a histogram as it is sent.
func written(t *testing.T, s *hist.Sketch) *dto.Histogram {
	m, err := newHistogram(descDuration, s, start, "r", "p", "o", "ok")
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
	assert.Equal(t, []uint64{4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7}, classic)
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
	assert.Len(t, empty.Bucket, len(bounds))
}

// TestHistogramsOnlyGrow: no bucket is ever smaller than it was.
func TestHistogramsOnlyGrow(t *testing.T) {
	rng, s := rand.New(rand.NewPCG(1, 2)), new(hist.Sketch)
	last := &dto.Histogram{}
	before := map[int]int64{}
	for range 50 {
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
