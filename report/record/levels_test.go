package record

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The users of a process that is gone count as far as it has noted them, also where it does so late.
func TestUsersOfAProcessThatIsGone(t *testing.T) {
	all, parts := New(Config{}), []*Recorder{New(Config{}), New(Config{})}
	var late *Delta
	for second := range 6 {
		for i, p := range parts {
			p.Level(second, 10, 5, 1)
			if i == 0 || second < 2 {
				require.NoError(t, all.Merge(i, p.Take()))
			}
			if i == 1 && second == 2 {
				late = p.Take()
			}
		}
		if second == 3 {
			all.Leave(1)
		}
	}
	require.NoError(t, all.Merge(1, late))
	all.Leave(1)
	for second, want := range []int{10, 10, 10, 5, 5, 5} {
		planned, users, _ := all.levels.mean(second, 1)
		assert.Equal(t, want, users, "second %d", second)
		assert.Equal(t, 10, planned)
	}
	assert.Equal(t, 5, all.Snapshot(6*time.Second).Users)
}
