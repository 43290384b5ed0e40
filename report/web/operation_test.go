package web_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spread is one part of an answer of /api/operation.
type spread struct {
	Edges []float64 `json:"edges"`
	Rows  [][]any   `json:"rows"`
}

// of adds up the requests, the failures and the counts of all levels.
func (s spread) of(t *testing.T) (requests, failures, counted float64) {
	t.Helper()
	for _, row := range s.Rows {
		requests, failures = requests+row[2].(float64), failures+row[3].(float64)
		levels := row[9].([]any)
		for i := 0; i < len(levels); i += 2 {
			assert.Less(t, levels[i].(float64), float64(len(s.Edges)-1), "a level between two edges")
			counted += levels[i+1].(float64)
		}
	}
	return requests, failures, counted
}

// An operation over time has every request of it once, and all operations those of all.
func TestOperation(t *testing.T) {
	load, s := running(t, 700*time.Second)
	ask := func(query string) (chart, table spread) {
		var body struct {
			Run   int    `json:"run"`
			Chart spread `json:"chart"`
			Table spread `json:"table"`
		}
		a := s.get("/api/operation" + query)
		require.Equal(t, 200, a.code, a.body)
		require.NoError(t, json.Unmarshal([]byte(a.body), &body))
		assert.Equal(t, 1, body.Run)
		return body.Chart, body.Table
	}
	sum := load.Summary()
	op := sum.Total.Operations[0]
	require.Positive(t, op.Failures)
	for _, c := range []struct {
		query              string
		requests, failures int64
	}{
		{"", sum.Total.Requests, sum.Total.Failures},
		{"?name=Aggregated", sum.Total.Requests, sum.Total.Failures},
		{"?method=" + op.Method + "&name=" + op.Name, op.Requests, op.Failures},
	} {
		chart, table := ask(c.query)
		assert.LessOrEqual(t, len(chart.Rows), 480, c.query)
		assert.Greater(t, len(chart.Rows), 300, c.query)
		assert.Len(t, table.Rows, 12, c.query)
		for _, part := range []spread{chart, table} {
			requests, failures, counted := part.of(t)
			assert.EqualValues(t, c.requests, requests, c.query)
			assert.EqualValues(t, c.failures, failures, c.query)
			assert.EqualValues(t, c.requests-c.failures, counted, c.query)
			assert.IsIncreasing(t, part.Edges, c.query)
		}
	}
	part, _ := ask("?from=100&to=160")
	assert.EqualValues(t, 100, part.Rows[0][0])
	assert.EqualValues(t, 1, part.Rows[0][1])
	assert.Len(t, part.Rows, 60, "of a short time each second")
	none, _ := ask("?from=999999")
	assert.Equal(t, spread{Edges: []float64{}, Rows: [][]any{}}, none)

	for _, bad := range []string{"?from=x", "?to=-1", "?from=1e3"} {
		assert.Equal(t, 400, s.get("/api/operation"+bad).code, bad)
	}
	missing := s.get("/api/operation?method=GET&name=/nothing")
	assert.Equal(t, 404, missing.code)
	assert.Equal(t, "The run has no operation \"GET /nothing\". GET /stats/requests lists those that it has.\n", missing.body)
}

// Nothing that viewers ask for grows without end: each question has its own answer, and only some are kept.
func TestManyQuestionsOfAnOperation(t *testing.T) {
	_, s := running(t, 100*time.Second)
	step := 1
	if testing.Short() {
		step = 8
	}
	var viewers sync.WaitGroup
	for range 3 {
		viewers.Go(func() {
			for from := 0; from < 80; from += step {
				var body struct{ Chart spread }
				a := s.get(fmt.Sprintf("/api/operation?from=%d", from))
				if assert.NoError(t, json.Unmarshal([]byte(a.body), &body)) {
					assert.EqualValues(t, from, body.Chart.Rows[0][0])
				}
			}
		})
	}
	viewers.Wait()
}
