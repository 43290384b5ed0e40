package timing_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// some returns the parts of n requests, about every eighth of which makes a connection.
func some(rng *rand.Rand, n int) (out []timing.Times) {
	for range n {
		x := timing.Times{timing.Waiting: 1 + time.Duration(rng.ExpFloat64()*2e7), timing.Receiving: time.Duration(rng.Int64N(3)) * time.Millisecond}
		if rng.IntN(8) == 0 {
			x[timing.Connecting], x[timing.TLS] = time.Duration(rng.ExpFloat64()*1e6), time.Duration(rng.ExpFloat64()*1e7)
		}
		out = append(out, x)
	}
	return out
}

func tallyOf(list []timing.Times) *timing.Tally {
	t := new(timing.Tally)
	for i := range list {
		t.Add(list[i].Pack())
	}
	return t
}

func asJSON(t *testing.T, x *timing.Tally) string {
	text, err := json.Marshal(x)
	require.NoError(t, err)
	return string(text)
}

// Those of some machines, merged in any order, are those of one that made all requests.
func TestTalliesMergeExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := some(rng, 3000)
	want := asJSON(t, tallyOf(all))
	for range 20 {
		rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		sum := new(timing.Tally)
		for part := range slices.Chunk(all, 1+rng.IntN(1000)) {
			sum.Merge(tallyOf(part))
		}
		sum.Merge(nil)
		require.Equal(t, want, asJSON(t, sum))
	}
}

// Means and quantiles are over all requests, those without the part too, as a sort of the times gives them.
func TestFiguresAreOverAllRequests(t *testing.T) {
	all := some(rand.New(rand.NewPCG(5, 6)), 4000)
	got := tallyOf(all).Figures()
	sum, mean := 0.0, 0.0
	for i, p := range []timing.Part{timing.Connecting, timing.TLS, timing.Waiting, timing.Receiving} {
		var ms []float64
		for _, x := range all {
			ms = append(ms, float64(x[p])/1e6)
			sum += float64(x[p]) / 1e6 / float64(len(all))
		}
		slices.Sort(ms)
		assert.Equal(t, p, got[i].Part)
		assert.InDelta(t, ms[1999], got[i].P50, .01*ms[1999]+.001, p.String())
		assert.InDelta(t, ms[3799], got[i].P95, .01*ms[3799]+.001, p.String())
		assert.InDelta(t, ms[3959], got[i].P99, .01*ms[3959]+.001, p.String())
		assert.InDelta(t, ms[3999], got[i].Max, .01*ms[3999], p.String())
		mean += got[i].Mean
	}
	assert.Len(t, got, 4)
	assert.InEpsilon(t, sum, mean, .002, "together they are the mean response time")
	assert.Zero(t, got[0].P50, "most requests made no connection")
}

func TestAnEmptyTallyHasNothing(t *testing.T) {
	var none *timing.Tally
	none.Reset()
	assert.Zero(t, none.Requests())
	assert.Nil(t, none.Figures())
	assert.Nil(t, none.Part(timing.TLS))
	x := tallyOf(some(rand.New(rand.NewPCG(7, 8)), 9))
	x.Reset()
	assert.Zero(t, x.Requests())
	assert.Nil(t, x.Figures())
	x.Add(timing.Packed{})
	assert.Zero(t, x.Requests(), "nothing was measured")
	assert.JSONEq(t, `{"requests":0,"parts":[]}`, asJSON(t, x))
}

func TestTalliesReadWhatTheyWrite(t *testing.T) {
	want := asJSON(t, tallyOf(some(rand.New(rand.NewPCG(9, 10)), 500)))
	of := func(d time.Duration) string {
		s := new(hist.Sketch)
		s.Add(d)
		text, err := s.MarshalText()
		require.NoError(t, err)
		return string(text)
	}
	got := new(timing.Tally)
	require.NoError(t, json.Unmarshal([]byte(want), got))
	assert.Equal(t, want, asJSON(t, got))
	require.NoError(t, json.Unmarshal([]byte(`{"requests":3,"parts":[{"part":"thinking","sketch":"`+of(time.Second)+`"}]}`), got))
	assert.EqualValues(t, 3, got.Requests(), "a part that this version does not know is none of its business")
	for text, want := range map[string]string{
		`{"requests":-1}`: "timings: ",
		`{"requests":0,"parts":[{"part":"TLS","sketch":"` + of(time.Second) + `"}]}`:                "timings: 1 times of TLS in 0 requests",
		`{"requests":9,"parts":[{"part":"TLS","sketch":"` + of(time.Second) + `"},{"part":"TLS"}]}`: "timings: TLS stands there twice",
		`{"requests":9,"parts":[{"part":"TLS","sketch":"!"}]}`:                                      "timings: hist: sketch: ",
	} {
		err := json.Unmarshal([]byte(text), got)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want)
	}
}
