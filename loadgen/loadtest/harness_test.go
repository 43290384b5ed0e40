package loadtest_test

import (
	"context"
	"errors"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// visitor does one operation that takes as long as the phase says.
type visitor struct{ took map[string]time.Duration }

func (v visitor) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error {
		p := measure.FromContext(ctx).Phase().Name
		return measure.Do(ctx, report.Op{Name: "visit"}, func(context.Context) error {
			time.Sleep(v.took[p])
			if v.took[p] > time.Second {
				return errors.New("too slow")
			}
			return nil
		})
	}}}
}

func (v visitor) Operations() []string { return []string{"visit"} }

// runner is a run of four minutes whose requests take slow in the second half.
func runner(slow time.Duration) loadgen.Runner {
	v := visitor{map[string]time.Duration{"baseline": 100 * time.Millisecond, "intervention": slow}}
	return loadgen.Runner{
		Name: "visits", NewUser: func(scenario.Env) (scenario.User, error) { return v, nil },
		Pace: scenario.Between(time.Second, 3*time.Second), Seed: 7,
		Schedule: phase.AB(phase.Phase{For: 2 * time.Minute, Users: 20}, phase.Phase{For: 2 * time.Minute, Users: 20}),
	}
}
