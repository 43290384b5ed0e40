package loadgen

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// On a real clock a loop may wake after the end of the run and before it is
// closed. Who is due then has stayed to the end.
func TestUserDueAtTheEndHasStayed(t *testing.T) {
	run, err := newRun(seedExample(new(diary)))
	require.NoError(t, err)
	s := run.shards[0]
	u := &user{shard: s, acts: true, due: run.end}
	s.handle(event{due: run.end, user: u, kind: evTurn})
	s.handle(event{due: run.end, user: &user{shard: s, gone: true}, kind: evTurn})
	assert.Equal(t, []*user{u}, s.stayed)
}
