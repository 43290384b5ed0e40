package web_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/web"
)

// A frame says what the requests of each operation waited for, and of all together last.
func TestFramesSayWhatRequestsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := fake.New(fake.Todo(), fake.Schedule())
		require.NoError(t, load.Start(web.Order{Planned: true}))
		load.Advance(20 * time.Second)
		h, err := web.New(load, web.Options{})
		require.NoError(t, err)
		v := watch(h, nil)
		synctest.Wait()
		v.leave()
		var frame struct {
			Timings page.Timings
			Ops     []json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(v.frames()[0]), &frame))
		require.Len(t, frame.Timings.Rows, len(frame.Ops))
		assert.Equal(t, "/api/todos", frame.Timings.Rows[0].Name)
		assert.Empty(t, frame.Timings.Rows[len(frame.Ops)-1].Name)
		assert.Contains(t, frame.Timings.Said, "waiting for the target")
	})
}
