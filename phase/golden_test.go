package phase

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

// TestArrivalsAreFrozen hashes the instants of open arrivals, and TestRampsAreFrozen
// those at which users come and go: a published seed must give them on every
// platform. .ci/run runs both on several.
func TestArrivalsAreFrozen(t *testing.T) {
	for _, g := range []struct {
		arrivals Arrivals
		want     string
	}{
		{Arrivals{Rate: 33.3}, "0b0fffcdf28e42c9"},
		{Arrivals{Rate: 7.7, RateTo: 91.3}, "e1ed4121a7d8f20d"},
		{Arrivals{Rate: 91.3, RateTo: 7.7, Spacing: Poisson}, "6af58ba787b121a6"},
		{Arrivals{Rate: 33.3, Spacing: Poisson}, "f2049c5ce5f212e7"},
		{Arrivals{Rate: 3.3, RateTo: 77.7, Spacing: Gamma, Burstiness: 0.7}, "bc1159c4abe921f6"},
		{Arrivals{Rate: 33.3, Spacing: Gamma, Burstiness: 2.7}, "e612074f3d9552c2"},
	} {
		sum, length := sha256.New(), 7*time.Minute+time.Nanosecond
		src := stream.Key{Seed: 1, Purpose: stream.Arrival}.Source()
		stream := g.arrivals.Stream(length, &src)
		for at, ok := stream.Next(); ok; at, ok = stream.Next() {
			fmt.Fprintln(sum, int64(at), g.arrivals.Expected(at/3, at, length))
			if int64(at)%7 == 0 {
				fmt.Fprintln(sum, stream.Skip(at+at/1000))
			}
		}
		require.Equal(t, g.want, fmt.Sprintf("%x", sum.Sum(nil)[:8]), "%v", g.arrivals)
	}
}

func TestRampsAreFrozen(t *testing.T) {
	sum := sha256.New()
	for _, rate := range []float64{0, 0.1, 1. / 3, 7.7, 1e-7, 99999.9, 3e9} {
		ramp := Ramp{From: 3, To: 1003, At: time.Second / 3, Rate: rate}
		for k := range 1001 {
			at := ramp.StepAt(k)
			fmt.Fprintln(sum, int64(at), ramp.Level(at), ramp.Level(at-1))
		}
	}
	require.Equal(t, "18433ef284bc6084", fmt.Sprintf("%x", sum.Sum(nil)[:8]))
}
