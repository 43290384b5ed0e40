package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// TestWorkersTogetherDoWhatOneProcessDoes: the same actions by the same users, and the same counts.
func TestWorkersTogetherDoWhatOneProcessDoes(t *testing.T) {
	var alone actions
	var want struct{ requests, failures, planned int64 }
	bubble(t, func(t *testing.T) {
		sum, err := script(&alone).Run(t.Context())
		require.NoError(t, err)
		want.requests, want.failures, want.planned = sum.Total.Requests, sum.Total.Failures, sum.Total.Counters.Planned
	})
	slices.Sort(alone.list)
	require.Greater(t, len(alone.list), 400)
	for _, n := range []int{1, 2, 3, 5} {
		if testing.Short() && n != 3 {
			continue
		}
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil)
			f.hireAll(n)
			sum := f.whole()
			for _, h := range f.closed {
				assert.NotEmpty(t, h.target.list, h.name)
			}
			assert.Equal(t, alone.list, f.did(), "%d workers", n)
			assert.Equal(t, want.requests, sum.Total.Requests)
			assert.Equal(t, want.failures, sum.Total.Failures)
			assert.Equal(t, want.planned, sum.Total.Counters.Planned)
			for _, p := range append(sum.Phases, sum.Total) { // a request is a task is a transaction here
				require.Len(t, p.Figures, 1)
				assert.Equal(t, p.Requests, p.Figures[0].N)
				require.Len(t, p.Transactions, 1)
				assert.Equal(t, []int64{p.Requests, p.Failures}, []int64{p.Transactions[0].Requests, p.Transactions[0].Failures})
				tagged := report.Pool(report.Op{}, 1, p.Tags...)
				assert.Equal(t, p.Requests, tagged.Requests)
			}
			assert.Len(t, sum.Workers, n)
			for _, w := range sum.Workers {
				assert.True(t, w.LagMS.P99.IsFinite(), "the lag of %s is known", w.ID)
			}
			assert.Empty(t, sum.Notes)
		})
	}
}

// shopper is a doer of a kind of users, with a row of test data and a journey whose first step fails now and then.
type shopper struct {
	*doer
	row feed.Row
}

func (s shopper) Tasks() []scenario.Task {
	step := func(name string, fails int) func(context.Context) error {
		return func(ctx context.Context) error {
			s.n++
			s.to.add("%s %d of row %d: %s %d", s.env.Kind, s.env.Index, s.row.Number(), name, s.n)
			return measure.Do(ctx, report.Op{Name: name}, func(context.Context) error {
				if fails > 0 && s.n%fails == 0 {
					return errors.New("no luck")
				}
				return nil
			})
		}
	}
	return []scenario.Task{{Name: "look", Weight: 1, Do: step("look", 0)}, {Name: "visit", Weight: 1, Steps: []scenario.Step{
		{Name: "home", Do: step("home", 3)}, {Name: "page", Do: step("page", 0)}, {Name: "buy", Do: step("buy", 0)},
	}, Next: scenario.Chain{"home": {"page": 3, "buy": 1}, "page": {"home": 1, "page": 1, "buy": 1}}}}
}

// crowded is a run of kinds of users with journeys and test data, which changes shares and levels.
func crowded(rows *feed.Feed) func(*actions) loadgen.Runner {
	return func(to *actions) loadgen.Runner {
		r := script(to)
		shop := func(env scenario.Env) (scenario.User, error) {
			row, err := rows.Row(env)
			return shopper{&doer{env: env, to: to}, row}, err
		}
		r.NewUser, r.Kinds = nil, []scenario.Kind{{Name: "buyer", Weight: 3, NewUser: shop}, {Name: "browser", Weight: 2, NewUser: shop}, {Name: "admin", Count: 2, NewUser: shop}}
		r.Schedule = phase.Schedule{
			{Name: "usual", For: 30 * time.Second, Users: 20, SpawnRate: 5},
			{Name: "sale", For: 30 * time.Second, Users: 20, SpawnRate: 5, Kinds: phase.Shares{"buyer": 9, "browser": 1}},
			{Name: "night", Stages: phase.Stages{{For: 20 * time.Second, To: 6}, {For: 20 * time.Second, To: 15}}},
		}
		return r
	}
}

// TestKindsAndJourneysOnSeveralMachines: users of all kinds have the rows, and do what they would do on one.
func TestKindsAndJourneysOnSeveralMachines(t *testing.T) {
	lengthy(t)
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "%d\n", i)
	}
	rows, err := feed.ReadCSV("rows.csv", strings.NewReader(text.String()), feed.Once)
	require.NoError(t, err)
	var alone actions
	var want *report.Summary
	bubble(t, func(t *testing.T) {
		want, err = crowded(rows)(&alone).Run(t.Context())
		require.NoError(t, err)
	})
	slices.Sort(alone.list)
	require.Greater(t, len(alone.list), 500)
	require.NotZero(t, want.Total.Counters.Skipped)
	for _, n := range []int{2, 5} {
		bubble(t, func(t *testing.T) {
			f := newFleet(t, nil).of(n, crowded(rows))
			sum := f.whole()
			assert.Equal(t, alone.list, f.did(), "%d workers", n)
			assert.Equal(t, want.PlanDigest, sum.PlanDigest)
			assert.Equal(t, want.Total.Counters, sum.Total.Counters)
			for i := range want.Phases {
				assert.Equal(t, countsOf(want.Phases[i].Operations), countsOf(sum.Phases[i].Operations))
				assert.Equal(t, countsOf(want.Phases[i].Transactions), countsOf(sum.Phases[i].Transactions))
			}
		})
	}
}

// countsOf are the counts of rows.
func countsOf(rows []report.Operation) (out []string) {
	for _, o := range rows {
		out = append(out, fmt.Sprint(o.Kind, o.Name, o.Requests, o.Failures, o.CutOff, o.Straddlers))
	}
	return out
}

// TestWorkThatEndsEndsTheRun, as done, when no worker has any left.
func TestWorkThatEndsEndsTheRun(t *testing.T) {
	race := func(to *actions) loadgen.Runner {
		r := script(to)
		r.Schedule = phase.Schedule{{Name: "race", Users: 20, SpawnRate: 4, UserIterations: 5}}
		return r
	}
	var alone actions
	bubble(t, func(t *testing.T) {
		_, err := race(&alone).Run(t.Context())
		require.NoError(t, err)
	})
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil).of(3, race)
		sum := f.whole()
		require.Len(t, alone.list, 100)
		assert.Equal(t, alone.sorted(), f.did())
		assert.EqualValues(t, 100, sum.Total.Requests)
		assert.Positive(t, sum.Total.RestedS)
		assert.Less(t, sum.EndS, 120.)
		assert.Empty(t, sum.Notes)
	})
}
