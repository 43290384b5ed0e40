package report

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/hist"
)

// Percentiles of a state are never above those of the same requests when all of
// them have ended, and in the order of their ranks.
func TestStatesAreLowerBounds(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		now := Times{Response: new(hist.Sketch), Failed: new(hist.Sketch), Waiting: new(hist.Sketch)}
		var waits, ends []time.Duration
		for range 1 + dice.IntN(300) {
			switch d := time.Duration(dice.ExpFloat64() * 1e8); dice.IntN(4) {
			case 0:
				waits, ends = append(waits, time.Duration(dice.Float64()*float64(d))), append(ends, d)
				now.Waiting.Add(waits[len(waits)-1])
			case 1:
				now.Failed.Add(d)
			default:
				now.Response.Add(d)
			}
		}
		last := Millis(0)
		for _, p := range headline {
			then := Times{Response: new(hist.Sketch), Failed: now.Failed}
			then.Response.Merge(now.Response)
			others := now.Response.Count() + now.Failed.Count()
			for i, d := range waits {
				if low := (hist.Bucket{Index: hist.Index(d)}).Low(); others == 0 || low > now.Response.QuantileOf(others, p) {
					then.Response.Add(ends[i])
				}
			}
			got := now.Quantile(p)
			require.GreaterOrEqual(t, got, last, "in the order of ranks")
			require.LessOrEqual(t, float64(got), 1.002*float64(then.Quantile(p)))
			last = got
		}
	}
}
