package page

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/timing"
)

func TestTimingsAreDrawnOnOneScale(t *testing.T) {
	list := report.Op{Method: "GET", Name: "/list"}
	got := TimingsOf([]Timed{
		{list, 10, []timing.Figure{{Part: timing.Connecting, Mean: 10, P95: 0}, {Part: timing.Waiting, Mean: 30, P95: 41.5}}},
		{report.Op{Name: "a task that a script times itself"}, 5, nil},
		{report.Op{Name: "slow"}, 1, []timing.Figure{{Part: timing.Waiting, Mean: 80, P95: 90}}},
	}, Timed{report.Op{}, 11, []timing.Figure{{Part: timing.Connecting, Mean: 9}, {Part: timing.Waiting, Mean: 31, P95: 80}}})
	require.Len(t, got.Rows, 3, "the slow ones, the others and all together")
	assert.Equal(t, []TimedPart{{"connecting", "connecting", "connecting"}, {"waiting", "waiting", "waiting for the target"}}, got.Parts)
	assert.Equal(t, TimedRow{"GET", "/list", []TimedBar{{"connecting", "0.00%", "12.50%"}, {"waiting", "12.50%", "37.50%"}},
		[]TimedCell{{"10", "0"}, {"30", "41.5"}}}, got.Rows[0])
	assert.Equal(t, TimedRow{"", "slow", []TimedBar{{"waiting", "0.00%", "100.00%"}}, []TimedCell{{"–", ""}, {"80", "90"}}}, got.Rows[1])
	assert.Equal(t, "Of the response times 77.5 % was waiting for the target and 22.5 % connecting.", got.Said)
	assert.Empty(t, got.More)
	assert.Nil(t, TimingsOf(nil, Timed{}), "nothing was measured")
}

// Of many operations those are shown that took most of the time, by their requests too.
func TestOfManyOperationsTheDearestAreShown(t *testing.T) {
	var ops []Timed
	for i := range 50 {
		ops = append(ops, Timed{report.Op{Name: fmt.Sprint(i)}, int64(i), []timing.Figure{{Part: timing.Waiting, Mean: 1}}})
	}
	got := TimingsOf(ops, ops[1])
	require.Len(t, got.Rows, 21)
	assert.Equal(t, "30", got.Rows[0].Name)
	assert.Equal(t, "49", got.Rows[19].Name)
	assert.Equal(t, "30 operations that took less time: see the summary file.", got.More)
}
