package recovery

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// FuzzAnalyze: whatever was measured, there is a sentence and no NaN.
func FuzzAnalyze(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0}, uint16(130))
	f.Add([]byte{20, 200, 20, 3, 180, 21, 7, 90, 22}, uint16(200))
	f.Add([]byte{9, 255, 35, 0, 0, 1, 255, 255, 255}, uint16(61))
	f.Fuzz(func(t *testing.T, data []byte, seconds uint16) {
		if len(data) == 0 {
			return
		}
		// Each second takes three bytes, over and over. Times are from nothing to hours, some all alike.
		each := func(s int) handmade.Second {
			at := func(j int) int { return int(data[(3*s+j)%len(data)]) }
			return handmade.Second{OK: handmade.Same(at(0)%23, time.Duration(at(1))<<(at(2)%36)), Failed: at(2) % 3}
		}
		length := int(seconds) % 400
		run := handmade.Run(handmade.NewPhase("a", length, each, float64(data[0]%8)),
			handmade.NewPhase("b", length, func(s int) handmade.Second { return each(s + length) }, 0))
		for _, m := range []effect.Metric{effect.P50, effect.P95, effect.Failures, effect.Throughput} {
			r, err := Analyze(effect.Phase{Run: run, Name: "a"}, effect.Phase{Run: run, Name: "b"}, Options{Metric: m, Resamples: 20})
			require.NoError(t, err)
			assert.NotEmpty(t, r.Sentence())
			assert.NotContains(t, r.Sentence(), "NaN")
			_, err = json.Marshal(r) // there is no JSON for NaN
			require.NoError(t, err)
		}
	})
}
