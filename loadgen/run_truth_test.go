package loadgen_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestTruthAboutAStallingTarget(t *testing.T) {
	for i, tr := range truths() {
		if testing.Short() && i > 0 {
			break
		}
		t.Run(tr.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sum, err := tr.runner(t, httpclient.Config{Host: "http://target", Base: httpclient.Handler(stalling())}).Run(t.Context())
				require.NoError(t, err)
				tr.check(t, sum)
			})
		})
	}
}
