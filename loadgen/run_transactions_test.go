package loadgen

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// A transaction takes what its requests take and what the script computes between them; a pause counts where the script
// says so. No count of requests includes it.
func TestTransactionsLeavePausesOut(t *testing.T) {
	const slowly = measure.Transaction("slowly")
	script := func(ctx context.Context) error {
		buy := func(ctx context.Context) error {
			_ = answered(ctx, "cart", 100*time.Millisecond)
			time.Sleep(30 * time.Millisecond) // the script itself
			if err := measure.Pause(ctx, oneSecond); err != nil {
				return err
			}
			return answered(ctx, "order", 200*time.Millisecond)
		}
		return errors.Join(checkout.Do(ctx, buy), slowly.Elapsed(ctx, buy))
	}
	sum := inBubble(t, Runner{NewUser: acts(script), Schedule: every(53*time.Second, 5), StopTimeout: 5 * time.Second})
	n := sum.Total.Counters.Finished
	require.Greater(t, n, int64(20))
	for _, p := range append(sum.Phases, sum.Total) {
		require.Len(t, p.Transactions, 2)
		left, in := row(t, p.Transactions, "checkout"), row(t, p.Transactions, "slowly")
		assert.Equal(t, []int64{n, n}, []int64{left.Requests, in.Requests})
		assert.EqualValues(t, 330, left.ResponseMS.Min)
		assert.EqualValues(t, 330, left.ResponseMS.Max)
		assert.EqualValues(t, 1330, in.ResponseMS.Max)
		assert.EqualValues(t, n*int64(time.Second), left.Bytes, "nanoseconds of pauses")
		assert.EqualValues(t, 4*n, p.Requests)
		assert.EqualValues(t, 4*n, p.Aggregated().Requests)
		assert.EqualValues(t, 200, p.Aggregated().ResponseMS.Max)
		assert.EqualValues(t, 4*n, p.Counters.Sent)
		assert.Len(t, p.Operations, 3)
	}
	requests := int64(0)
	for _, s := range sum.Timeline {
		requests += s.Requests
	}
	assert.Equal(t, 4*n, requests)
	for _, s := range sum.Intervals {
		assert.NotContains(t, s.Name, "checkout")
	}
	require.Len(t, sum.TransactionIntervals, 2)
}

// A transaction fails with the first request in it that failed, also where the script continues, and else with what its
// function returns; so does each one around it.
func TestTransactionsFailWithTheirRequests(t *testing.T) {
	const outer, alone = measure.Transaction("outer"), measure.Transaction("alone")
	script := func(ctx context.Context) error {
		_ = alone.Do(ctx, func(context.Context) error { return errors.New("empty basket") })
		return outer.Do(ctx, func(ctx context.Context) error {
			_ = checkout.Do(ctx, func(ctx context.Context) error {
				s := measure.FromContext(ctx)
				s.Record(report.Op{Method: "POST", Name: "/cart"}, s.Now(), s.Now(), "http 503", 0)
				s.Record(report.Op{Method: "POST", Name: "/orders"}, s.Now(), s.Now(), "timeout", 0)
				return nil
			})
			return nil
		})
	}
	sum := inBubble(t, Runner{NewUser: acts(script), Schedule: every(time.Minute, 1), StopTimeout: time.Second})
	n := sum.Total.Counters.Finished
	require.Positive(t, n)
	for _, name := range []string{"outer", "checkout", "alone"} {
		assert.Equal(t, n, row(t, sum.Total.Transactions, name).Failures, name)
	}
	reasons := map[string]string{}
	for _, f := range sum.TransactionFailures {
		reasons[f.Name] = f.Reason
		assert.Equal(t, n, f.Occurrences)
	}
	assert.Equal(t, map[string]string{"outer": "POST /cart: http 503", "checkout": "POST /cart: http 503", "alone": "empty basket"}, reasons)
	for _, f := range sum.Failures {
		assert.Equal(t, "POST", f.Method, "requests alone")
	}
	assert.Equal(t, 2*n, sum.Total.Failures)
}

// One that is in flight when the run ends, or whose goroutine outlives its task, is cut off; those in progress are
// counted so, and a panic is a failure.
func TestTransactionsEndWithTheirTask(t *testing.T) {
	const late, broken = measure.Transaction("late"), measure.Transaction("broken")
	script := func(ctx context.Context) error {
		go late.Do(ctx, func(context.Context) error { time.Sleep(time.Hour); return nil })
		go broken.Do(ctx, func(ctx context.Context) error {
			return errors.Join(measure.Pause(ctx, dist.Constant{Value: time.Minute}), errors.New("not so late"))
		})
		time.Sleep(time.Second)
		return checkout.Do(ctx, func(ctx context.Context) error {
			return answered(ctx, "wait", 24*time.Hour)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var live *report.Snapshot
		sum, err := Runner{
			NewUser: acts(script), Schedule: phase.Schedule{{Name: "p", For: 10 * time.Second, Users: 3}},
			Watch: func(s *report.Snapshot) {
				if live == nil && s.At >= 5*time.Second {
					live = s
				}
			},
		}.Run(t.Context())
		require.NoError(t, err)
		require.NotNil(t, live)
		for _, l := range live.Transactions {
			assert.EqualValues(t, 3, l.InFlight, l.Op.Name)
		}
		assert.Len(t, live.Transactions, 3)
		for _, o := range sum.Total.Transactions {
			assert.EqualValues(t, []int64{0, 3, 0}, []int64{o.Requests, o.CutOff, o.InFlight}, o.Name)
		}
		assert.Equal(t, 9*time.Second, row(t, sum.Total.Transactions, "checkout").Cut.Max())
		assert.EqualValues(t, 3, sum.Total.Counters.CutOff, "requests alone")
		synctest.Wait()
		time.Sleep(2 * time.Hour) // nothing is left in the bubble
	})
	panics := func(ctx context.Context) error {
		return broken.Do(ctx, func(context.Context) error { panic("so") })
	}
	sum := inBubble(t, Runner{NewUser: acts(panics), Schedule: every(15*time.Second, 1)})
	assert.Equal(t, "panic", sum.TransactionFailures[0].Reason)
	assert.NotEmpty(t, sum.Exceptions)
}

// A transaction belongs to the phase that it begins in, and straddles if it ends after it, however little of it counts.
func TestTransactionsStraddleByTheirEnd(t *testing.T) {
	script := func(ctx context.Context) error {
		return checkout.Do(ctx, func(ctx context.Context) error { return measure.Pause(ctx, dist.Constant{Value: 3 * time.Second}) })
	}
	s := phase.Schedule{{Name: "a", For: 12 * time.Second, Users: 1, Pace: scenario.StartToStart{Gap: dist.Constant{Value: 10 * time.Second}}}, {Name: "b", For: 20 * time.Second, Users: 1, Pace: scenario.StartToStart{Gap: dist.Constant{Value: 10 * time.Second}}}}
	sum := inBubble(t, Runner{NewUser: acts(script), Schedule: s, StopTimeout: time.Minute, Seed: 5})
	var straddlers int64
	for _, x := range sum.TransactionIntervals {
		for v := range x.Intervals() {
			straddlers += v.Straddlers
			if v.Straddlers > 0 {
				assert.GreaterOrEqual(t, v.Second+4, map[string]int{"a": 12, "b": 32}[x.Phase])
			}
		}
	}
	a, b := sum.Phases[0].Transactions[0], sum.Phases[1].Transactions[0]
	assert.Equal(t, straddlers, a.Straddlers+b.Straddlers)
	assert.Zero(t, a.Response.Max())
}

// Pauses follow from the seed: not from what other tasks draw, nor from what the target does, and are alike in the arms of a
// matched design.
func TestPausesAreDrawnByTheirTask(t *testing.T) {
	gap := dist.Gamma{Mean: 2 * time.Second, CV: .3}
	run := func(fails bool) (out map[string][]time.Duration) {
		out = map[string][]time.Duration{}
		var mu sync.Mutex // of the users
		script := func(ctx context.Context) error {
			s := measure.FromContext(ctx)
			before := s.Now()
			if err := measure.Pause(ctx, gap); err != nil {
				return err
			}
			key := fmt.Sprint(s.Phase().Name, s.Task().User)
			mu.Lock()
			out[key] = append(out[key], s.Now()-before)
			second := len(out[key])%2 == 0
			mu.Unlock()
			if fails && second {
				return nil // and the second pause is not reached
			}
			return measure.Pause(ctx, gap)
		}
		pace := scenario.StartToStart{Gap: dist.Constant{Value: 10 * time.Second}}
		inBubble(t, Runner{NewUser: acts(script), Seed: 3, StopTimeout: time.Minute, Schedule: phase.Schedule{
			{Name: "a", For: time.Minute, Users: 2, Pace: pace, Replay: 1}, {Name: "b", For: time.Minute, Users: 2, Pace: pace, Replay: 1},
		}})
		return out
	}
	all := run(false)
	assert.Equal(t, all, run(true))
	for _, user := range []string{"1", "2"} {
		a, b := all["a"+user], all["b"+user]
		n := min(len(a), len(b))
		require.GreaterOrEqual(t, n, 5)
		assert.Equal(t, a[:n], b[:n])
		assert.NotEqual(t, a[0], a[1])
	}
	assert.NotEqual(t, all["a1"][:5], all["a2"][:5])
}

// In a run of several kinds of users each has its rows, and those of all kinds are their sum.
func TestTransactionsAndFiguresKnowTheKind(t *testing.T) {
	script := func(ctx context.Context) error {
		return checkout.Do(ctx, func(ctx context.Context) error {
			wins.Add(ctx, 1)
			return answered(measure.Tag(ctx, "region", "eu"), "look", time.Millisecond)
		})
	}
	user := acts(script)
	sum := inBubble(t, Runner{
		Kinds: []scenario.Kind{{Name: "buyer", Weight: 3, NewUser: user}, {Name: "browser", Weight: 1, NewUser: user}}, StopTimeout: time.Second,
		Schedule: every(time.Minute, 4), Figures: []measure.Figure{wins, checkout},
	})
	n := sum.Total.Requests
	for _, list := range [][]report.Operation{sum.Total.Transactions, sum.Total.Tags} {
		require.Len(t, list, 2)
		assert.Equal(t, []string{"browser", "buyer"}, []string{list[0].Kind, list[1].Kind})
		assert.Equal(t, n, list[0].Requests+list[1].Requests)
	}
	require.Len(t, sum.Total.Figures, 2)
	assert.Equal(t, n, sum.Total.Figures[0].N+sum.Total.Figures[1].N)
	assert.Equal(t, n, sum.Total.Row(report.Op{Name: "checkout"}).Requests)
	assert.Equal(t, "look", sum.Total.Operations[0].Name)
}
