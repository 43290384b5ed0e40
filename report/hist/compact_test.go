package hist

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCompactLists: half a byte holds a step to 15 and a count to 14; what is larger follows.
func TestCompactLists(t *testing.T) {
	const last = NumBuckets - 1
	for _, c := range []struct {
		of   []Bucket
		want string
	}{
		{nil, "\x00"},
		{[]Bucket{{0, 1}}, "\x01\x11"},
		{[]Bucket{{14, 14}, {29, 1}}, "\x02\xfe\xf1"},
		{[]Bucket{{15, 1}}, "\x02\x01\x00"},
		{[]Bucket{{0, 15}, {1, 142}, {2, 143}}, "\x07\x1f\x00\x1f\x7f\x1f\x80\x01"},
		{[]Bucket{{last, maxOfBucket}}, "\x0b\x0f\xf0\x83\x01\xf1\xff\xff\xff\xff\xff\x3f"},
	} {
		data := listed(c.of...)
		assert.Equal(t, c.want, string(data))
		list, e, err := CutCompact(append(data, "more"...))
		require.NoError(t, err)
		assert.Equal(t, c.want, string(list))
		var s Sketch
		same, extent := s.AddCompact(append(data, "more"...))
		assert.Equal(t, c.want, string(same))
		assert.Equal(t, e, extent)
		assert.Equal(t, c.of, slices.Collect(s.Buckets()))
		assert.Equal(t, c.want, string(s.AppendCompact(nil)))
		assert.Equal(t, s.Count(), e.Count)
	}
}

func TestCompactListsThatCannotBe(t *testing.T) {
	for name, data := range map[string]string{
		"empty": "", "no end of the length": "\x80", "shorter than its length": "\x02\x11",
		"no count": "\x01\x10", "no step": "\x01\x01", "no more count": "\x01\x1f", "no end of it": "\x02\x1f\x80",
		"no end of the step": "\x02\x01\xff", "step too far": "\x04\x01\xff\xff\x03", "step that overflows": "\x0b\x01\xf1\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"count too large": "\x09\x1f\xff\xff\xff\xff\xff\xff\xff\x7f",
	} {
		_, _, err := CutCompact([]byte(data))
		assert.Error(t, err, name)
	}
	far := listed(Bucket{NumBuckets, 1})
	_, _, err := CutCompact(far)
	assert.Error(t, err)
}

// FuzzCompact: what is taken holds what CutCompact says, and comes back from a Sketch and a Packed as it was.
func FuzzCompact(f *testing.F) {
	f.Add(sketched(draw(latencies["bimodal"], 100, 1)).AppendCompact(nil))
	f.Add(sketched([]time.Duration{-1, 1 << 44}).AppendCompact(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, e, err := CutCompact(data)
		if err != nil {
			return
		}
		var s Sketch
		same, extent := s.AddCompact(data)
		require.Equal(t, list, same)
		require.Equal(t, e, extent)
		again, e, err := CutCompact(s.AppendCompact(nil))
		require.NoError(t, err)
		require.Equal(t, extent, e)
		if e.Count > 1<<32-1 {
			return // more than a row has
		}
		var c Dense
		var h Packed
		h.AddCompact(list, &c)
		h.Freeze(&c)
		h.AddTo(&c)
		require.Equal(t, string(again), string(c.takeCompact()))
	})
}

// TestEightAtOnce: whatever bytes come, eight at once are what one after the other are.
func TestEightAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	taken := 0
	for range 20_000 {
		data := []byte{byte(rng.IntN(60))}
		for range data[0] {
			b := byte(1+rng.IntN(15))<<4 | byte(1+rng.IntN(14))
			if rng.IntN(40) == 0 {
				b = byte(rng.Uint32())
			}
			data = append(data, b)
		}
		list, e, err := CutCompact(data)
		want, ok := oneByOne(data[1:])
		require.Equal(t, ok, err == nil, "%x", data)
		if ok {
			taken++
			require.Equal(t, want, e, "%x", data)
			require.Equal(t, data, list)
		}
	}
	assert.Greater(t, taken, 5000)
}

// oneByOne is what CutCompact says of the buckets of a list.
func oneByOne(in []byte) (e Extent, ok bool) {
	e.Last = -1
	for i := 0; i < len(in); {
		step, n := int(in[i]>>4), uint64(in[i]&0xf)
		if i++; step == 0 || n == 0xf {
			step, n, i = long(in, i, step, n)
		}
		if e.Last += step; n == 0 || n > maxOfBucket || e.Last >= NumBuckets {
			return e, false
		}
		if e.Count += n; e.Count == n {
			e.First = e.Last
		}
	}
	return e, true
}
