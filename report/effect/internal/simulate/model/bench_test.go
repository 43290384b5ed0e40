package model

import "testing"

func BenchmarkSimulate(b *testing.B) {
	phases := []Phase{{"a", 315, 15, 1}, {"b", 315, 15, 1}}
	for name, s := range map[string]Server{
		"wobble": Wobble{Rate: 100, Tau: 5, SD: .1},
		"queue":  Queue{Rate: 100, Utilisation: .75},
		"crowd":  Crowd{Users: 400, Think: 2, On: 30, Off: 30, Service: .06},
	} {
		b.Run("server="+name, func(b *testing.B) {
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				Simulate(s, Rand(1, i), phases...)
			}
		})
	}
}
