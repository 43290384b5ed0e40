package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// What is past the limit of a sort is counted together, in a last row, and none of it is a request.
func TestRowsPastTheLimitOfTheirSort(t *testing.T) {
	r := New(Config{Shards: 1})
	s := r.Shard(0)
	for i := range 300 {
		op := report.Op{Name: fmt.Sprintf("%03d", i)}
		x := Sample{Op: op, Done: time.Millisecond}
		s.Of(report.SortTransaction).Record(&x)
		s.Of(report.SortTag).RecordTag("region=eu", &x)
		assert.True(t, s.Add(op, 0, 2) && s.Value(op, 0, 1))
		s.Answer(op, 0, true)
	}
	all := r.Summary(Meta{End: time.Minute}).Total
	assert.Zero(t, all.Requests+all.Counters.OtherOperations)
	for rest, list := range map[string][]report.Operation{"(other transactions)": all.Transactions, "(other tags)": all.Tags} {
		require.Len(t, list, 201)
		assert.Equal(t, rest, list[200].Name)
		assert.EqualValues(t, 100, list[200].Requests)
	}
	require.Len(t, all.Figures, 303)
	for i, sum := range []int64{400, 200, 200} { // of counters, rates and values
		last := all.Figures[101*i+100]
		assert.Equal(t, "(other figures)", last.Name)
		assert.Equal(t, sum, last.N, "%v", last.Sort)
	}
}
