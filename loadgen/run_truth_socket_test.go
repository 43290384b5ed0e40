//go:build realtime

package loadgen_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
)

// The same on real sockets. It needs a machine with nothing else to do, so it
// has a build tag and is not part of the gate:
//
//	go test -tags realtime -run RealSockets ./loadgen
//
// The generator says whether it was in time; a run that it does not vouch for
// proves nothing and is repeated.
func TestTruthOnRealSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("opens sockets")
	}
	for _, tr := range truths() {
		t.Run(tr.name, func(t *testing.T) {
			server := httptest.NewServer(stalling())
			defer server.Close()
			run := tr.runner(t, httpclient.Config{Host: server.URL})
			for range 4 {
				sum, err := run.Run(t.Context())
				require.NoError(t, err)
				if sum.Health.Bottleneck == "" && sum.Total.Aggregated().Trust.P99.Grade == report.Trusted && sum.LagMS.P99 < 2 {
					tr.check(t, sum)
					return
				}
				t.Logf("once more: lag p99 %.3g ms", float64(sum.LagMS.P99))
			}
			t.Fatal("this machine is too busy to measure anything")
		})
	}
}
