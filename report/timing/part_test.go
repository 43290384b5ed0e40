package timing

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPackingKeepsATimeToLessThanAHundredth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	last := uint16(0)
	for v := uint64(1); v < 1<<20; v++ {
		code := pack(v)
		if code < last || code == 0 {
			t.Fatalf("%d ns is %d, and what is shorter is %d", v, code, last)
		}
		last = code
	}
	for range 10_000 {
		v := math.Exp(rng.Float64() * math.Log(math.MaxInt64))
		assert.InEpsilon(t, v, float64(unpack(pack(uint64(v)))), .008+1/v)
	}
	for v := range uint64(128) {
		assert.EqualValues(t, v, unpack(pack(v)))
	}
	assert.Positive(t, unpack(pack(math.MaxInt64)))
}

func TestTimesAreAsLongAsTheirParts(t *testing.T) {
	x := Times{Waiting: 2 * time.Second, Receiving: time.Second}
	assert.Equal(t, 3*time.Second, x.Sum())
	assert.Equal(t, Packed{}, new(Times).Pack())
	assert.Equal(t, Packed{}, (&Times{Late: -1}).Pack(), "there is no negative time")
}

func TestPartsHaveNames(t *testing.T) {
	for p := range Parts {
		same, known := Of(p.String())
		assert.True(t, known)
		assert.Equal(t, p, same)
	}
	_, known := Of("sending")
	assert.False(t, known)
	assert.Equal(t, "part 6", Parts.String())
}
