package effect

import (
	"fmt"
	"testing"

	"github.com/gensim/load-generator/report/effect/internal/simulate/model"
)

func BenchmarkBetween(b *testing.B) {
	for _, seconds := range []int{60, 300, 900} {
		run := model.Simulate(model.Wobble{Rate: 100, Tau: 5, SD: .1}, model.Rand(1, 1),
			model.Phase{Name: "A", Seconds: seconds + 15, Settle: 15, Scale: 1},
			model.Phase{Name: "B", Seconds: seconds + 15, Settle: 15, Scale: 1.1})
		for _, o := range []struct {
			name string
			o    Options
		}{{"p95", Options{Metrics: []Metric{}}}, {"all", Options{}}} {
			b.Run(fmt.Sprintf("seconds=%d/metrics=%s", seconds, o.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Between(Phase{run, "A"}, Phase{run, "B"}, o.o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
