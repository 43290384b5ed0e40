package dist

import "testing"

func BenchmarkSample(b *testing.B) {
	for _, d := range families(b) {
		b.Run(d.String(), func(b *testing.B) {
			b.ReportAllocs()
			src := Key{Seed: 1}.Source()
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
			src := Key{Seed: 1}.Source()
			for b.Loop() {
				Equilibrium(d, &src)
			}
		})
	}
}

func BenchmarkKeySource(b *testing.B) {
	b.ReportAllocs()
	k := Key{Seed: 1, Purpose: Think}
	for b.Loop() {
		k.User++
		k.Source()
	}
}
