package loadgen

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/crowd"
	"github.com/gensim/load-generator/phase"
)

// A user who is cut off while its worker hands it back, its task being over
// already, leaves nothing of that to the next user of the worker.
func TestCutOffDoesNotReachTheNextUser(t *testing.T) {
	x, err := newRun(Runner{NewUser: visitors(&diary{}), Schedule: phase.Schedule{{Name: "p", For: time.Second, Users: 1}}})
	require.NoError(t, err)
	x.began, x.tasks = time.Now(), t.Context()
	s := x.shards[0]
	w := &worker{shard: s, rec: s.rec}
	w.ctx, w.cancel = context.WithCancelCause(x.tasks)
	u := x.newUser(crowd.Place{User: 1}, s, resident)
	u.join()
	u.worker = w
	s.mu.Lock()
	back := make(chan struct{})
	go func() {
		defer close(back)
		w.handBack(u)
	}()
	for range 10_000 { // for it to come as far as it can
		runtime.Gosched()
	}
	s.leave(u, 0)
	s.mu.Unlock()
	<-back
	assert.True(t, u.is(gone))
	assert.NoError(t, w.ctx.Err())
	w.cancel(nil)
}
