package effect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// bytesToRun makes a run of four phases from any bytes: each second takes three of them, over and over.
func bytesToRun(data []byte, seconds int) *report.Summary {
	if len(data) < 4 {
		data = append(data, 1, 2, 3, 4)
	}
	var phases []handmade.Phase
	for i := range 4 {
		phases = append(phases, handmade.NewPhase(string(rune('a'+i)), seconds, func(s int) handmade.Second {
			k := 3 * (s + i*seconds)
			at := func(j int) int { return int(data[(k+j)%len(data)]) }
			// Times from nothing to hours, some all alike.
			took := time.Duration(at(1)) << (at(2) % 36)
			return handmade.Second{OK: handmade.Same(at(0)%23, took), Failed: at(2) % 3}
		}, float64(data[0]%8)))
	}
	run := handmade.Run(phases...)
	for i := range run.Phases {
		run.Phases[i].EndS -= float64(data[1]%5) / 4
		run.Phases[i].Users = int(data[2])
		run.Phases[i].Replay = uint64(data[2] % 2)
	}
	run.EndS = float64(4 * seconds)
	return run
}

// FuzzEffect: whatever was measured, there is a sentence and no NaN, and the verdict fits the interval.
func FuzzEffect(f *testing.F) {
	f.Add([]byte{}, uint16(70), uint8(0))
	f.Add([]byte{0, 0, 0, 0}, uint16(130), uint8(1))
	f.Add([]byte{20, 200, 20, 3, 180, 21, 7, 90, 22}, uint16(200), uint8(2))
	f.Add([]byte{22, 1, 2, 22, 1, 2}, uint16(25), uint8(3))
	f.Add([]byte{9, 255, 35, 0, 0, 1, 255, 255, 255}, uint16(61), uint8(4))
	f.Add([]byte{1, 0, 0, 22, 13, 23}, uint16(125), uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, seconds uint16, which uint8) {
		run := bytesToRun(data, int(seconds)%400)
		primaries := append([]Metric{"p999", "p1"}, standard...)
		o := Options{Primary: primaries[int(which)%len(primaries)], Margin: float64(which%4) / 10}
		for _, names := range []string{"AB  ", "ABA ", "ABBA", "AAA "} {
			r, err := Analyze(arms(run, names), o)
			require.NoError(t, err)
			checkReport(t, r)
		}
		var many []Couple
		for range 3 {
			many = append(many, Couple{Phase{run, "a"}, Phase{run, "b"}}, Couple{Phase{run, "d"}, Phase{run, "c"}})
		}
		r, err := Paired(many, o)
		require.NoError(t, err)
		checkReport(t, r)
	})
}

func FuzzParseMetric(f *testing.F) {
	for _, s := range []string{"p95", "p99.9", "mean", "p", "p.5", "p100", "p0.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMetric(s)
		if err != nil {
			return
		}
		again, err := ParseMetric(string(m))
		require.NoError(t, err)
		assert.Equal(t, m, again)
		if p, ok := m.Quantile(); ok {
			assert.True(t, p > 0 && p < 1)
		}
		assert.NotEmpty(t, m.Label())
	})
}
