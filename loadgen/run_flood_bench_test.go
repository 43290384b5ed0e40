//go:build soak

package loadgen

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// flood is what pours over a run in a benchmark.
type flood struct {
	names    int                            // of operations, made up anew by every task
	failure  func() error                   // of every task
	commands func(*Controller, func() bool) // until that is over
}

// BenchmarkFlood runs 50 users who ask 2,500 times a second for 5 s under each
// flood and under none: the rate against the plan, and how late they were woken.
//
//	go test -tags soak -run '^$' -bench Flood -benchtime 3x ./loadgen
func BenchmarkFlood(b *testing.B) {
	b.Run("none", flood{}.run)
	b.Run("million-names", flood{names: 80}.run)
	b.Run("errors-of-1MB", flood{failure: longErrors()}.run)
	b.Run("commands-10000-per-s", flood{commands: scaleUpAndDown}.run)
}

type longError string

func (e longError) Error() string { return string(e) }

// longErrors yields errors of a megabyte, which all begin differently.
func longErrors() func() error {
	text := make([]byte, 2<<20)
	for i := range text {
		text[i] = 'a' + byte(rand.IntN(26))
	}
	all := string(text)
	return func() error {
		at := rand.IntN(1 << 20)
		return longError(all[at : at+1<<20])
	}
}

// scaleUpAndDown gives ten thousand commands a second.
func scaleUpAndDown(c *Controller, over func() bool) {
	for began, n := time.Now(), 0; !over(); time.Sleep(time.Millisecond) {
		for ; n < int(time.Since(began)/(100*time.Microsecond)); n++ {
			_ = c.Start(StartRequest{Users: 45 + n%11, SpawnRate: 1000})
		}
	}
}

// task does what every task does under the flood.
func (f flood) task(ctx context.Context) error {
	for range f.names {
		name := strconv.FormatUint(rand.Uint64(), 36)
		_ = measure.Do(ctx, report.Op{Name: name}, func(context.Context) error { return nil })
	}
	return measure.Do(ctx, report.Op{Name: "op"}, func(context.Context) error {
		if f.failure != nil {
			return f.failure()
		}
		return nil
	})
}

func (f flood) run(b *testing.B) {
	const seconds, users = 5, 50
	var rate, p50, p99, missed float64
	for range b.N {
		c := NewController(func(o StartRequest) (Runner, error) {
			return Runner{
				NewUser: func(scenario.Env) (scenario.User, error) {
					return tasklist{{Name: "task", Weight: 1, Do: f.task}}, nil
				},
				Pace:     scenario.StartToStart{Gap: dist.Constant{Value: 20 * time.Millisecond}},
				Schedule: phase.Schedule{{Name: "run", Users: o.Users, SpawnRate: o.SpawnRate}},
			}, nil
		})
		require.NoError(b, c.Start(StartRequest{Users: users, SpawnRate: 1000}))
		ends := time.Now().Add(seconds * time.Second)
		over := func() bool { return time.Now().After(ends) }
		if f.commands != nil {
			f.commands(c, over)
		}
		time.Sleep(time.Until(ends))
		c.Stop()
		sum := c.Summary()
		c.Close()
		k := sum.Total.Counters
		rate += float64(k.Started) / sum.EndS / float64(b.N)
		missed += float64(k.Missed) / float64(b.N)
		p50 += float64(sum.LagMS.P50) / float64(b.N)
		p99 += float64(sum.LagMS.P99) / float64(b.N)
	}
	b.ReportMetric(rate, "tasks/s")
	b.ReportMetric(missed, "missed/op")
	b.ReportMetric(p50, "late-p50-ms")
	b.ReportMetric(p99, "late-p99-ms")
	b.ReportMetric(heap(), "MB")
}
