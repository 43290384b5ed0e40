package loadgen

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// A crew that is not given the processor before the run ends has brought
// no one in: what they would have started is planned and missed all the same.
func TestWhatAStarvedCrewLeavesOutIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := newRun(Runner{
			NewUser: func(scenario.Env) (scenario.User, error) { return tasklist{errand("t", 1)}, nil },
			Pace:    scenario.StartToStart{Gap: dist.Constant{Value: 100 * time.Millisecond}},
			Schedule: phase.Schedule{
				{Name: "arrivals", For: time.Second, Arrivals: &phase.Arrivals{Rate: 10, Spacing: phase.Even}},
				{Name: "more", For: time.Second, Arrivals: &phase.Arrivals{Rate: 20, Spacing: phase.Even}},
				{Name: "users", For: time.Second, Users: 3},
			},
		})
		require.NoError(t, err)
		r.began = time.Now()
		time.Sleep(2500 * time.Millisecond)
		r.stopped = r.now()
		close(r.ended)
		for _, s := range r.shards {
			s.close(r.stopped)
		}
		r.crew.walk()
		sum := r.summary(r.stopped)
		for i, want := range []int64{10, 20, 3 * 5} {
			c := sum.Phases[i].Counters
			assert.Equal(t, want, c.Planned, sum.Phases[i].Name)
			assert.Equal(t, c.Planned, c.Missed, sum.Phases[i].Name)
		}
	})
}
