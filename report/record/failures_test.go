package record

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// How long failures took moves no figure but those of failures.
func TestTimesOfFailuresMoveNoFigure(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 11))
	for range 50 {
		fast, slow := New(Config{Phases: twoPhases}), New(Config{Phases: twoPhases})
		share := []float64{.01, .1, .5, .9, 1}[random.IntN(5)]
		for range 1 + random.IntN(300) {
			at := time.Duration(random.Int64N(int64(19 * time.Second)))
			x := Sample{Op: get, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(random.Int64N(1e9))}
			y := x
			if random.Float64() < share {
				x.Err, y.Err = "http 503", "http 503"
				x.Done, y.Done = at, at+time.Duration(random.Int64N(1e9)) // at once, or not
			}
			fast.Shard(0).Record(&x)
			slow.Shard(0).Record(&y)
		}
		a, b := fast.Summary(Meta{End: 20 * time.Second}), slow.Summary(Meta{End: 20 * time.Second})
		for i := range a.Phases {
			for k := range a.Phases[i].Operations {
				x, y := a.Phases[i].Operations[k], b.Phases[i].Operations[k]
				assert.Equal(t, x.ResponseMS, y.ResponseMS)
				assert.Equal(t, x.ServiceMS, y.ServiceMS)
				assert.Equal(t, x.SuccessMS, y.SuccessMS)
				assert.Equal(t, x.Throughput, y.Throughput)
				assert.Equal(t, x.Successes() > 0, x.ResponseMS.Mean.IsFinite())
				if x.SuccessMS != nil {
					assert.Equal(t, [3]report.Millis{x.SuccessMS.Min, x.SuccessMS.Mean, x.SuccessMS.Max}, [3]report.Millis{x.ResponseMS.Min, x.ResponseMS.Mean, x.ResponseMS.Max})
				}
			}
		}
		p, q := fast.Snapshot(20*time.Second), slow.Snapshot(20*time.Second)
		assert.Equal(t, p.Total.Response, q.Total.Response)
		assert.Equal(t, a.Total.Aggregated().ResponseMS, p.Total.Response, "live as in the end")
		assert.Equal(t, fast.Timeline(0, 20)[0].Mean, slow.Timeline(0, 20)[0].Mean)
	}
}
