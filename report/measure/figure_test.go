package measure

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/report/record"
)

const (
	wins     = Counter("wins")
	titled   = Rate("title ok")
	basket   = Value("basket [EUR]")
	checkout = Transaction("checkout")
)

// inTask returns the context of a task that began now.
func inTask(ctx context.Context) (*record.Recorder, context.Context, *Scope) {
	r := record.New(record.Config{Shards: 1})
	ctx, s := WithScope(ctx, Task{Shard: r.Shard(0), Epoch: time.Now(), Name: "buy"})
	return r, ctx, s
}

// A figure allocates nothing, a transaction its context, and what is not used costs nothing.
func TestFiguresAllocateNothing(t *testing.T) {
	_, ctx, s := inTask(t.Context())
	tagged := Tag(ctx, "region", "eu")
	nothing := func(context.Context) error { return nil }
	for name, use := range map[string]func(){
		"counter": func() { wins.Add(ctx, 1) },
		"rate":    func() { titled.Add(ctx, true) },
		"no":      func() { titled.Add(ctx, false) },
		"value":   func() { basket.Add(ctx, 12.5) },
		"request": func() { s.Record(get, 1, 2, "", 0) },
		"tagged":  func() { FromContext(tagged).Record(get, 1, 2, "", 0) },
		"outside": func() { wins.Add(t.Context(), 1); _ = checkout.Do(t.Context(), nothing) },
	} {
		assert.Zero(t, testing.AllocsPerRun(200, use), name)
	}
	assert.LessOrEqual(t, testing.AllocsPerRun(200, func() { _ = checkout.Do(ctx, nothing) }), 1.0)
	assert.LessOrEqual(t, unsafe.Sizeof(spanCtx{}), uintptr(160), "a size class of Go's; the next one is 176")
}

// Pauses that overlap are left out once, whichever goroutine has them, and of each transaction around them.
func TestPausesOfGoroutinesAreLeftOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, ctx, s := inTask(t.Context())
		wait := func(ctx context.Context, d time.Duration) {
			assert.NoError(t, Pause(ctx, dist.Constant{Value: d}))
		}
		err := Transaction("outer").Do(ctx, func(ctx context.Context) error {
			time.Sleep(time.Second)
			return checkout.Do(ctx, func(ctx context.Context) error {
				var all sync.WaitGroup
				all.Go(func() { wait(ctx, 5*time.Second) })
				all.Go(func() { time.Sleep(2 * time.Second); wait(ctx, 6*time.Second) })
				all.Go(func() { time.Sleep(10 * time.Second) })
				all.Wait()
				return nil
			})
		})
		require.NoError(t, err)
		wait(ctx, time.Second) // outside of them
		s.End(nil, false)
		got := map[string]time.Duration{}
		for _, o := range r.Summary(record.Meta{End: time.Minute}).Total.Transactions {
			got[o.Name] = o.Response.Max()
		}
		assert.Equal(t, map[string]time.Duration{"outer": 3 * time.Second, "checkout": 2 * time.Second}, got)
	})
}

// A pause that is cut off ends early, with an error, and the transaction is cut off with it.
func TestPausesEndWithTheirTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, ctx, s := inTask(ctx)
		time.AfterFunc(time.Second, cancel)
		err := checkout.Do(ctx, func(ctx context.Context) error {
			time.Sleep(time.Millisecond)
			return Pause(ctx, dist.Constant{Value: time.Hour})
		})
		require.ErrorIs(t, err, context.Canceled)
		s.End(err, true)
		sum := r.Summary(record.Meta{End: time.Minute})
		o := sum.Total.Transactions[0]
		assert.Equal(t, []int64{0, 1}, []int64{o.Requests, o.CutOff})
		assert.Equal(t, time.Millisecond, o.Cut.Max())
		assert.NoError(t, Pause(t.Context(), dist.Constant{Value: time.Hour}), "outside a run there is none")
	})
}

// A transaction that ends after its task was cut off by the task's end, and does not count again.
func TestTransactionsEndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, ctx, s := inTask(t.Context())
		go checkout.Do(ctx, func(ctx context.Context) error {
			return checkout.Do(ctx, func(context.Context) error { time.Sleep(time.Hour); return errors.New("late") })
		})
		time.Sleep(time.Second)
		s.End(nil, false)
		time.Sleep(2 * time.Hour)
		o := r.Summary(record.Meta{End: time.Minute}).Total.Transactions[0]
		assert.Equal(t, []int64{0, 2, 0}, []int64{o.Requests, o.CutOff, o.InFlight})
	})
}

// The reason of a transaction names the operation that failed without the kind of users, which its row has.
func TestTransactionsNameTheKindOnce(t *testing.T) {
	r := record.New(record.Config{Shards: 1})
	ctx, s := WithScope(t.Context(), Task{Shard: r.Shard(0), Epoch: time.Now(), Name: "buy", Kind: "buyer"})
	_ = checkout.Do(ctx, func(ctx context.Context) error {
		return Do(ctx, get, func(context.Context) error { return errors.New("no") })
	})
	s.End(nil, false)
	f := r.Summary(record.Meta{End: time.Minute}).TransactionFailures
	require.Len(t, f, 1)
	assert.Equal(t, []string{"buyer", "checkout", "GET /api/todos: no"}, []string{f[0].Kind, f[0].Name, f[0].Reason})
}

func BenchmarkFigures(b *testing.B) {
	nothing := func(context.Context) error { return nil }
	for _, x := range []struct {
		name string
		use  func(ctx context.Context)
	}{
		{"counter", func(ctx context.Context) { wins.Add(ctx, 1) }},
		{"rate", func(ctx context.Context) { titled.Add(ctx, true) }},
		{"value", func(ctx context.Context) { basket.Add(ctx, 12.5) }},
		{"transaction", func(ctx context.Context) { _ = checkout.Do(ctx, nothing) }},
	} {
		b.Run(x.name, func(b *testing.B) {
			_, ctx, _ := inTask(b.Context())
			b.ReportAllocs()
			for b.Loop() {
				x.use(ctx)
			}
		})
	}
}
