package feed_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// holder is a user that notes its row when it acts.
type holder struct {
	row  feed.Row
	note func(row int)
}

func (h holder) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "use", Weight: 1, Do: func(context.Context) error { h.note(h.row.Number()); return nil }}}
}

// holders is a run whose users get rows; used are those that they had, in order.
type holders struct {
	mu   sync.Mutex
	used []int
	loadgen.Runner
}

func hold(f *feed.Feed, s ...phase.Phase) *holders {
	h := &holders{}
	h.Runner = loadgen.Runner{
		Pace: scenario.Between(30*time.Second, 30*time.Second), Schedule: s,
		NewUser: func(env scenario.Env) (scenario.User, error) {
			row, err := f.Row(env)
			return holder{row, func(n int) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.used = append(h.used, n)
			}}, err
		},
	}
	return h
}

// TestEachUserOfARunHasARow: those who come for others who left, too, on one machine and on several.
func TestEachUserOfARunHasARow(t *testing.T) {
	wave := []phase.Phase{{Name: "up", For: time.Minute, Users: 5}, {Name: "down", For: time.Minute, Users: 2}, {Name: "up again", For: time.Minute, Users: 5}}
	for _, machines := range []int{1, 3} {
		h := hold(numbered(t, 8, feed.Once), wave...)
		synctest.Test(t, func(t *testing.T) {
			var all sync.WaitGroup
			for i := range machines {
				m, err := h.Member(loadgen.Share{Index: i, Of: machines})
				require.NoError(t, err)
				all.Go(func() { assert.NoError(t, m.Run(t.Context(), loadgen.Line{Since: time.Now().Add(time.Second)})) })
			}
			all.Wait()
		})
		slices.Sort(h.used)
		assert.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8}, slices.Compact(h.used))
	}
	_, err := hold(numbered(t, 7, feed.Once), wave...).Plan()
	assert.ErrorContains(t, err, "numbers.csv has 7 rows for 8 users; give more rows, or use feed.Lend (5 at once), or feed.Circle")
	_, err = hold(numbered(t, 4, feed.Lend), wave...).Plan()
	assert.ErrorContains(t, err, "numbers.csv has 4 rows for 5 users at once; give more rows, or use feed.Circle")
}

// TestARowIsLentToOneUserAtOnce: with as many rows as seats, no two users have one at once.
func TestARowIsLentToOneUserAtOnce(t *testing.T) {
	h := hold(numbered(t, 5, feed.Lend), phase.Phase{Name: "up", For: time.Minute, Users: 5}, phase.Phase{Name: "down", For: time.Minute, Users: 1}, phase.Phase{Name: "up again", For: time.Minute, Users: 5})
	made, held := h.NewUser, make([]atomic.Int32, 6)
	h.NewUser = func(env scenario.Env) (scenario.User, error) {
		u, err := made(env)
		return borrower{u.(holder), t, held}, err
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := h.Run(t.Context())
		require.NoError(t, err)
	})
	slices.Sort(h.used)
	assert.Equal(t, []int{1, 2, 3, 4, 5}, slices.Compact(h.used))
	for row := range held {
		assert.Zero(t, held[row].Load(), "row %d was given back", row)
	}
}

// TestArrivals: single tasks that arrive take rows that may come again, in the run as in the plan; sessions may have each a row.
func TestArrivals(t *testing.T) {
	for _, session := range []bool{false, true} {
		for _, how := range []feed.Deal{feed.Once, feed.Lend, feed.Circle, feed.Random} {
			h := hold(numbered(t, 100, how), phase.Phase{Name: "open", For: time.Minute, Arrivals: &phase.Arrivals{Rate: 1, Session: session}})
			if session {
				h.Pace = scenario.OnOff{On: dist.Constant{Value: time.Minute}, Off: dist.Constant{Value: time.Minute}, Think: dist.Constant{Value: 30 * time.Second}}
			}
			_, err := h.Plan()
			if how == feed.Lend || how == feed.Once && !session {
				assert.ErrorContains(t, err, "use feed.Circle or feed.Random", "%v", how)
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				_, err := h.Run(t.Context())
				require.NoError(t, err)
			})
			assert.GreaterOrEqual(t, len(h.used), 59, "%v", how)
			if slices.Sort(h.used); how == feed.Once {
				assert.Len(t, slices.Compact(slices.Clone(h.used)), 60)
			}
		}
	}
}

// borrower is a holder that has its row from its start to its stop.
type borrower struct {
	holder
	t    *testing.T
	held []atomic.Int32 // by row
}

func (b borrower) Start(context.Context) error {
	assert.EqualValues(b.t, 1, b.held[b.row.Number()].Add(1), "users with row %d", b.row.Number())
	return nil
}

func (b borrower) Stop(context.Context) error {
	b.held[b.row.Number()].Add(-1)
	return nil
}
