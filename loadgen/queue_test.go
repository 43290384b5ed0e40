package loadgen

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQueueYieldsEventsInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q queue
	var want []event
	for range 2000 {
		e := event{at: time.Duration(rng.IntN(300)), kind: eventKind(rng.IntN(5))}
		q.push(e)
		want = append(want, e)
	}
	sort.Slice(want, func(i, j int) bool { return want[i].before(&want[j]) })
	for _, w := range want {
		require.Equal(t, w, q.pop())
	}
	require.Empty(t, q)
}

func TestQueueFixRestoresTheOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 50 {
		var q queue
		for range n {
			q.push(event{at: time.Duration(rng.IntN(100))})
		}
		for i := range q {
			q[i].at = time.Duration(rng.IntN(100))
		}
		q.fix()
		last := time.Duration(-1)
		for len(q) > 0 {
			e := q.pop()
			require.GreaterOrEqual(t, e.at, last)
			last = e.at
		}
	}
}

func BenchmarkQueue(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("users=%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			var q queue
			for range n {
				q.push(event{at: time.Duration(rng.Int64N(1 << 40)), kind: evTurn})
			}
			b.ReportAllocs()
			for b.Loop() {
				e := q.pop()
				e.at += time.Duration(rng.Int64N(1 << 40))
				q.push(e)
			}
		})
	}
}
