package record

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/timing"
)

// BenchmarkRecord is the cost of one sample, its share of the folding included. In the parallel
// case CPU time per sample is the figure shown times the number of cores.
func BenchmarkRecord(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		ops := benchOps(n)
		b.Run(fmt.Sprintf("serial/ops:%d", n), func(b *testing.B) {
			b.ReportAllocs()
			s, i := New(Config{Shards: 1}).Shard(0), 0
			for b.Loop() {
				x := nth(i, ops)
				s.Record(&x)
				i++
			}
		})
		b.Run(fmt.Sprintf("parallel/ops:%d", n), func(b *testing.B) {
			b.ReportAllocs()
			r, next := New(Config{Shards: 2}), atomic.Int64{}
			b.RunParallel(func(pb *testing.PB) {
				shard := int(next.Add(1))
				s, i := r.Shard(shard), 0
				for pb.Next() {
					x := nth(i, ops)
					s.Record(&x)
					i++
				}
			})
		})
	}
}

// BenchmarkSnapshot is a cut of a run with many operations.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("ops:%d", n), func(b *testing.B) {
			r, ops := New(Config{}), benchOps(n)
			for i := range 200_000 {
				x := nth(i, ops)
				r.Shard(i).Record(&x)
			}
			for b.Loop() {
				r.Snapshot(40 * time.Second)
			}
		})
	}
}

// BenchmarkPhase is the report on a phase of a run in progress.
func BenchmarkPhase(b *testing.B) {
	r, ops := New(Config{}), benchOps(1000)
	for i := range 200_000 {
		x := nth(i, ops)
		r.Shard(i).Record(&x)
	}
	for b.Loop() {
		r.Phase(0, 40*time.Second)
	}
}

// secondOf is a Recorder that has taken 10,000 requests in a second.
func secondOf(r *Recorder, ops []report.Op, second int) {
	for i := range 10_000 {
		x := nth(second*5000+i/2, ops)
		x.Op = ops[i%len(ops)]
		x.Timings = timing.Times{timing.Late: x.Sent - x.Intended, timing.Waiting: (x.Done - x.Sent) * 9 / 10, timing.Receiving: (x.Done - x.Sent) / 10}
		r.Shard(i).Record(&x)
	}
}

// BenchmarkTake is what a worker of 10,000 requests a second on some operations does each second.
func BenchmarkTake(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("ops:%d", n), func(b *testing.B) {
			b.ReportAllocs()
			r, ops, second := New(Config{}), benchOps(n), 0
			var data []byte
			for b.Loop() {
				b.StopTimer()
				secondOf(r, ops, second)
				second++
				b.StartTimer()
				data = r.Take().Bytes()
			}
			b.ReportMetric(float64(len(data)), "bytes/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/request")
		})
	}
}

// BenchmarkMerge is what the coordinator does with it, for each worker.
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("ops:%d", n), func(b *testing.B) {
			b.ReportAllocs()
			from, ops, here := New(Config{}), benchOps(n), New(Config{})
			var seconds [][]byte
			for second := range 20 {
				secondOf(from, ops, second)
				seconds = append(seconds, from.Take().Bytes())
			}
			for i := 0; b.Loop(); i++ {
				d, err := ParseDelta(seconds[i/50%20])
				if err = cmp.Or(err, here.Merge(i%50, d)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/request")
		})
	}
}
