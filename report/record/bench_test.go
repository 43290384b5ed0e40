package record

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
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
