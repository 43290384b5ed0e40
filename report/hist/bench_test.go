package hist

import (
	"testing"
	"time"
)

// BenchmarkSketch is the cost of a sketch's usual work with latencies of 5 to 80 ms.
func BenchmarkSketch(b *testing.B) {
	s, t := new(Sketch), new(Sketch)
	for i := range 1000 {
		t.Add(5*time.Millisecond + time.Duration((uint32(i)*2654435761)>>8)*9/2)
	}
	b.Run("Add", func(b *testing.B) {
		b.ReportAllocs()
		d := time.Millisecond
		for b.Loop() {
			s.Add(d)
			d = (d*5 + 1) & (1<<26 - 1)
		}
	})
	b.Run("Merge", func(b *testing.B) {
		for b.Loop() {
			s.Merge(t)
		}
	})
	b.Run("Quantile", func(b *testing.B) {
		for b.Loop() {
			t.Quantile(.99)
		}
	})
}
