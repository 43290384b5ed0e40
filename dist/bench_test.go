package dist

import (
	"testing"

	"github.com/gensim/load-generator/dist/stream"
)

func BenchmarkSample(b *testing.B) {
	for _, d := range families(b) {
		b.Run(d.String(), func(b *testing.B) {
			b.ReportAllocs()
			src := stream.Key{Seed: 1}.Source()
			for b.Loop() {
				d.Sample(&src)
			}
		})
	}
}

func BenchmarkEquilibrium(b *testing.B) {
	for _, d := range append(families(b), foreign{families(b)[4]}) {
		b.Run(d.String(), func(b *testing.B) {
			b.ReportAllocs()
			src := stream.Key{Seed: 1}.Source()
			for b.Loop() {
				Equilibrium(d, &src)
			}
		})
	}
}

func BenchmarkKeySource(b *testing.B) {
	b.ReportAllocs()
	k := stream.Key{Seed: 1, Purpose: stream.Think}
	for b.Loop() {
		k.User++
		k.Source()
	}
}
