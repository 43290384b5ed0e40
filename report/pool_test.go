package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Pooling two phases gives the figures of one phase that holds both.
func TestPoolIsTheWhole(t *testing.T) {
	op := Op{Method: "GET", Name: "/x"}
	record := func(phases ...PhaseInfo) *Summary {
		r := NewRecorder(Config{Phases: phases})
		for i := range 2000 {
			at := time.Duration(i) * 10 * time.Millisecond
			x := Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(i%97)*time.Millisecond, Bytes: 3}
			if i%50 == 0 {
				x.Err = "http 500"
			}
			r.Shard(0).Record(&x)
		}
		return r.Summary(Meta{End: 20 * time.Second})
	}
	apart := record(PhaseInfo{Name: "a", End: 10 * time.Second}, PhaseInfo{Name: "b", Start: 10 * time.Second})
	whole := record(PhaseInfo{Name: "all"})
	require.Len(t, apart.Phases, 2)
	want := whole.Phases[0].Operations[0]
	want.Trust, want.Straddlers = Trust{}, 0
	got := Pool(op, 20, apart.Phases[0].Operations[0], apart.Phases[1].Operations[0])
	got.Straddlers = 0 // a border that the whole run does not have
	assert.Equal(t, want.ResponseMS, got.ResponseMS)
	assert.Equal(t, want.Requests, got.Requests)
	assert.Equal(t, want.Failures, got.Failures)
	assert.Equal(t, want.RPS, got.RPS)
	assert.Equal(t, want.Bytes, got.Bytes)

	assert.Equal(t, got.ResponseMS.P95, got.Quantile(.95))
	assert.Equal(t, None, got.Quantile(.985), "among the failures")
	assert.InDelta(t, 40, got.CountAbove(97), 1e-9, "the failures")
	assert.Equal(t, None, new(Operation).Quantile(.5))
	assert.Zero(t, new(Operation).CountAbove(0))
	assert.Zero(t, Pool(op, 0).Requests)
}
