package loadgen

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// A report learns that a rate is the target's, that no one is there, and what
// arrives.
func TestPhaseInfoOfEachKindOfLoad(t *testing.T) {
	p, err := Runner{NewUser: visitors(&diary{}), Pace: scenario.NoWait{}, Schedule: phase.Schedule{
		{Name: "as fast as it answers", For: time.Minute, Users: 3},
		{Name: "empty", For: time.Minute},
		{Name: "open", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 100.2, RateTo: 100.4, Spacing: phase.Gamma, Burstiness: 2, MaxInFlight: 9}},
		{Name: "bursty", For: time.Minute, Users: 3, Pace: bursty},
	}}.Plan()
	require.NoError(t, err)
	for i, unlimited := range []bool{true, false, false, false} {
		info := p.Phases()[i]
		assert.Equal(t, unlimited, info.Predicted.Unlimited, info.Name)
		assert.Equal(t, i == 2, info.Predicted.OnShare == 0, info.Name)
		assert.Equal(t, i < 2, info.Predicted.Rate == 0, info.Name)
	}
	assert.Equal(t, &report.Arrivals{Rate: 100.2, RateTo: 100.4, Spacing: "gamma", Burstiness: 2, MaxInFlight: 9}, p.Phases()[2].Arrivals)
}
