package hist

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addN counts a duration n times.
func addN(s *Sketch, d time.Duration, n uint64) {
	if n == 0 {
		return
	}
	v, bucket, outside := clamp(d)
	t := Totals{Min: v, Max: v}
	if outside {
		t.Clamped = n
	}
	t.SumHi, t.SumLo = bits.Mul64(v, n)
	s.AddTotals(t)
	s.addBucket(Bucket{bucket, n})
}

// encoded returns the binary form of a sketch.
func encoded(t testing.TB, s *Sketch) string {
	data, err := s.MarshalBinary()
	require.NoError(t, err)
	return string(data)
}

func TestBucketsAreNarrowAndWithoutGaps(t *testing.T) {
	end := uint64(0)
	for i := range NumBuckets {
		low, width := bounds(i)
		if low != end || bucketOf(low) != i || bucketOf(low+width-1) != i || width != 2 && width*512 > low {
			require.Failf(t, "a gap or too wide", "bucket %d: width %d at %d, and the last one ends at %d", i, width, low, end)
		}
		end = low + width
	}
	assert.Equal(t, uint64(1<<topBits), end)
	b := Bucket{Index: bucketOf(5000)}
	assert.LessOrEqual(t, b.Low(), 5000*time.Nanosecond)
	assert.Greater(t, b.High(), 5000*time.Nanosecond)
}

func TestIndexIsThatOfTheSketch(t *testing.T) {
	for _, d := range []time.Duration{-1, 0, 1, 3, time.Microsecond, 123456789, time.Hour, 1 << 62} {
		s := new(Sketch)
		s.Add(d)
		for b := range s.Buckets() {
			assert.Equal(t, b.Index, Index(d), "%v", d)
		}
	}
}

func TestQuantileAgainstSortedSamples(t *testing.T) {
	for name, shape := range latencies {
		for _, n := range []int{1, 2, 3, 10, 999, 50_000} {
			values := draw(shape, n, uint64(n))
			s := sketched(values)
			slices.Sort(values)
			for _, p := range []float64{0, .001, .25, .5, .9, .95, .99, .999, 1} {
				exact := float64(values[max(0, int(math.Ceil(p*float64(n)-1e-6))-1)])
				got := float64(s.Quantile(p))
				require.InDelta(t, exact, got, max(2, .002*exact), "%s, n %d, p %g", name, n, p)
			}
			require.Equal(t, values[0], s.Min(), name)
			require.Equal(t, values[n-1], s.Max(), name)
		}
	}
}

func TestMeanIsExact(t *testing.T) {
	values := draw(latencies["lognormal"], 10_000, 3)
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	assert.InDelta(t, sum/1e4, float64(sketched(values).Mean()), 1)

	s := new(Sketch)
	addN(s, 1<<41, 1<<40) // the sum needs 81 bits
	assert.Equal(t, time.Duration(1<<41), s.Mean())
}

func TestQuantileIsMonotoneAndCountAboveItsInverse(t *testing.T) {
	for name, shape := range latencies {
		s := sketched(draw(shape, 5000, 11))
		last := time.Duration(-1)
		for p := 0.0; p <= 1; p += .0037 {
			q := s.Quantile(p)
			require.GreaterOrEqual(t, q, last, name)
			last = q
			if q > s.Min() && q < s.Max() && q > 1e5 {
				_, width := bounds(bucketOf(uint64(q)))
				slack := float64(s.count)*1e-9 + s.CountAbove(q-1) - s.CountAbove(q+1) // q is whole nanoseconds
				require.InDelta(t, (1-p)*5000, s.CountAbove(q), slack, "%s, p %g, width %d", name, p, width)
			}
		}
		assert.Zero(t, s.CountAbove(s.Max()))
		assert.EqualValues(t, 5000, s.CountAbove(s.Min()-1))
	}
}

func TestMergeIsExactInAnyOrder(t *testing.T) {
	var parts []*Sketch
	all := new(Sketch)
	for i, name := range []string{"lognormal", "bimodal", "sub-µs", "heavy", "atoms"} {
		values := append(draw(latencies[name], 3000, uint64(i)), -5, 1<<45)
		parts = append(parts, sketched(values))
		for _, v := range values {
			all.Add(v)
		}
	}
	parts = append(parts, nil, new(Sketch))
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		left, right := new(Sketch), new(Sketch)
		cut := rng.IntN(len(parts))
		for _, p := range parts[:cut] {
			left.Merge(p)
		}
		for _, p := range parts[cut:] {
			right.Merge(p)
		}
		left.Merge(right)
		require.Equal(t, encoded(t, all), encoded(t, left))
	}
	assert.EqualValues(t, 10, all.Clamped())
}

func TestCountsBeyondSixteenBits(t *testing.T) {
	one, many := new(Sketch), new(Sketch)
	for range 200_000 {
		one.Add(time.Millisecond)
	}
	addN(many, time.Millisecond, 65_535)
	addN(many, time.Millisecond, 1)
	addN(many, time.Millisecond, 134_464)
	addN(many, time.Second, 0)
	require.Equal(t, encoded(t, one), encoded(t, many))
	sum := new(Sketch)
	for range 2 {
		half := new(Sketch)
		addN(half, time.Millisecond, 40_000)
		half.Add(1010 * time.Microsecond) // a neighbour that does not overflow
		sum.Merge(half)
	}
	assert.Equal(t, []Bucket{{bucketOf(1e6), 80_000}, {bucketOf(1010e3), 2}}, slices.Collect(sum.Buckets()))

	for range 17 { // doubles each time, far past 32 bits
		other := new(Sketch)
		other.Merge(one)
		one.Merge(other)
	}
	assert.Equal(t, uint64(200_000<<17), one.Count())
	for b := range one.Buckets() {
		assert.Equal(t, Bucket{bucketOf(1e6), 200_000 << 17}, b)
	}
	assert.Equal(t, time.Millisecond, one.Quantile(.999))
}

func TestRanksSurviveRounding(t *testing.T) {
	s := sketched(draw(latencies["uniform"], 7, 1))
	for _, n := range []uint64{100, 7, 700} { // .07*100 is a bit more than 7
		p := 7 / float64(n)
		assert.NotEqual(t, Beyond, s.QuantileOf(n, p))
		assert.InDelta(t, float64(s.Max()), float64(s.QuantileOf(n, p)), .002*float64(s.Max()))
	}
	assert.NotEqual(t, Beyond, s.QuantileOf(100, .07))
	assert.Equal(t, Beyond, s.QuantileOf(100, .0701))
}

func TestClampedIsCounted(t *testing.T) {
	s := sketched([]time.Duration{-time.Second, time.Second, 2 * time.Hour})
	assert.EqualValues(t, 2, s.Clamped())
	assert.EqualValues(t, 3, s.Count())
	assert.Equal(t, time.Duration(0), s.Min())
	assert.Equal(t, 2*time.Hour, s.Max())
	assert.Equal(t, 2*time.Hour, s.Quantile(1))
}

func TestEmptySketch(t *testing.T) {
	for _, s := range []*Sketch{nil, {}} {
		assert.Zero(t, s.Count())
		assert.Zero(t, s.Clamped())
		assert.Zero(t, s.Quantile(.5))
		assert.Zero(t, s.Min()+s.Max()+s.Mean())
		assert.Zero(t, s.CountAbove(0))
		assert.Empty(t, slices.Collect(s.Buckets()))
		assert.Empty(t, encoded(t, s))
	}
}

func TestResetKeepsNothing(t *testing.T) {
	s := sketched(draw(latencies["heavy"], 1000, 1))
	addN(s, time.Second, 1<<20)
	s.Reset()
	fresh := draw(latencies["lognormal"], 1000, 2)
	for _, v := range fresh {
		s.Add(v)
	}
	assert.Equal(t, encoded(t, sketched(fresh)), encoded(t, s))
}

func TestSketchOfOneOperationTakesKilobytes(t *testing.T) {
	s, bytes := sketched(draw(latencies["lognormal"], 100_000, 9)), 0
	for _, p := range s.pages {
		bytes += 8
		if p != nil {
			bytes += 144
		}
	}
	assert.Less(t, bytes, 16<<10)
}

func TestSketchRoundTrip(t *testing.T) {
	for name, shape := range latencies {
		s := sketched(draw(shape, 2000, 4))
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back Sketch
		require.NoError(t, back.UnmarshalText(text), name)
		require.Equal(t, encoded(t, s), encoded(t, &back), name)
		require.Equal(t, s.Quantile(.99), back.Quantile(.99), name)
		require.Equal(t, s.Mean(), back.Mean(), name)
	}
}

func TestSketchSumIsExact(t *testing.T) {
	assert.Zero(t, (*Sketch)(nil).Sum())
	s, last := new(Sketch), 0.
	for range 1000 {
		s.Add(time.Nanosecond)
		s.Add(3 * time.Hour) // outside of the buckets
		require.Greater(t, s.Sum(), last)
		last = s.Sum()
	}
	assert.InDelta(t, 3000*3600+1e-6, last, 1e-9)
}

func TestSketchRefusesWhatItDidNotWrite(t *testing.T) {
	good := encoded(t, sketched([]time.Duration{1e6, 2e6, 2e6}))
	for name, data := range map[string]string{
		"truncated": good[:len(good)-1], "longer": good + "\x01", "text": "hello, world",
		"no bucket":      "\x00\x00\x00\x00\x00\x00",
		"clamped":        "\x09\x00\x01\x00\x00\x01\x00\x01",
		"wrong minimum":  "\x00\x00\x01\x09\x09\x01\x00\x01",
		"no count":       "\x00\x00\x01\x00\x00\x01\x00\x00",
		"bucket too far": "\x00\x00\x01\x00\x00\x01\xff\xff\xff\xff\x0f\x01",
	} {
		s := sketched([]time.Duration{7})
		require.Error(t, s.UnmarshalBinary([]byte(data)), name)
		require.EqualValues(t, 1, s.Count(), "%s: left as it was", name)
	}
	require.Error(t, new(Sketch).UnmarshalText([]byte("*")))
}

func FuzzSketchUnmarshalBinary(f *testing.F) {
	f.Add([]byte(encoded(f, sketched(draw(latencies["bimodal"], 100, 1)))))
	f.Add([]byte(encoded(f, sketched([]time.Duration{-1, 1 << 44}))))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Sketch
		if s.UnmarshalBinary(data) != nil {
			return
		}
		n := uint64(0)
		for b := range s.Buckets() {
			n += b.Count
		}
		require.Equal(t, s.Count(), n, "counts add up to the total")
		require.LessOrEqual(t, s.Quantile(.5), s.Quantile(.99))
		require.LessOrEqual(t, s.Min(), s.Quantile(.01))
		require.LessOrEqual(t, s.Quantile(.999), s.Max())
		var back Sketch
		require.NoError(t, back.UnmarshalBinary([]byte(encoded(t, &s))))
		require.Equal(t, encoded(t, &s), encoded(t, &back))
	})
}

func TestPackedListsAddUp(t *testing.T) {
	var c, all Dense
	var h Packed
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		var list []Bucket
		for at := random.IntN(50); len(list) < i%40; at += 1 + random.IntN(300) {
			list = append(list, Bucket{at, uint64(1 + random.IntN(300))})
		}
		for _, b := range list {
			all.Add(b.Index, uint32(b.Count))
		}
		if i%3 == 0 {
			h.Add(i, &c)
			all.Add(i, 1)
		}
		h.AddCompact(listed(list...), &c)
		if i%50 == 7 {
			h.Freeze(&c)
		}
		h.AddTo(&c) // as a reader does at any time
		now := slices.Clone(c.takeCompact())
		assert.Equal(t, now, h.AppendCompact(nil, &c))
	}
	assert.Equal(t, all.takeCompact(), h.AppendCompact(nil, &c))
	h.Clear()
	h.AddTo(&c)
	assert.Zero(t, c.used)
}
