package html

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

func TestLimitsAmongTheFailures(t *testing.T) {
	inf := math.Inf(1)
	assert.Equal(t, "beyond every success", limitsText(effect.Interval{Estimate: inf, Low: inf, High: inf}, say.Change))
	assert.Equal(t, "at least +5 %", limitsText(effect.Interval{Estimate: inf, Low: .05, High: inf}, say.Change))
	assert.Equal(t, "99.8 %", say.Level(1-.01/5))
}

// A reason that all rows of a forest share stands once, and not at all where the
// headline has it; the columns that it empties are left out.
func TestASharedReasonIsSaidOnce(t *testing.T) {
	rows := func(reasons ...string) (f forest) {
		for _, r := range reasons {
			f.Rows = append(f.Rows, forestRow{Reason: r})
		}
		return f
	}
	primary := rows("too short")
	v := effectSection{Primary: &primary, Forests: []forest{rows("too short", "too short"), rows("thin", "thin"), rows("thin", ""), rows("thin")}}
	v.foldReasons("too short")
	assert.True(t, v.Primary.Plain)
	assert.Empty(t, v.Primary.Why, "the headline says it")
	assert.True(t, v.Forests[0].Plain)
	assert.Empty(t, v.Forests[0].Why)
	assert.Empty(t, v.Forests[0].Rows[1].Reason)
	assert.Equal(t, "thin", v.Forests[1].Why)
	assert.False(t, v.Forests[2].Plain, "one of them has a change")
	assert.Equal(t, "thin", v.Forests[2].Rows[0].Reason)
	assert.Empty(t, v.Forests[3].Why, "said above")
}

// A wave of phases and reasons with ids are folded: nothing is lost, and the page
// is short.
func TestManyPhasesAndReasonsAreFolded(t *testing.T) {
	s := &report.Summary{Total: report.PhaseSummary{Requests: 1, Operations: []report.Operation{{Name: report.Aggregated, Requests: 1}}}}
	for i := range 180 {
		p := s.Total
		p.Name = fmt.Sprintf("wave-%d", i)
		s.Phases = append(s.Phases, p)
		s.Failures = append(s.Failures, report.Failure{Reason: fmt.Sprintf("order %d is gone", i), Occurrences: int64(1 + i)})
	}
	v := reportOf(s, Options{})
	assert.Len(t, v.Phases, 12)
	assert.Len(t, v.AllPhases, 180)
	assert.Len(t, v.Tables, 1)
	assert.Len(t, v.Folded, 180)
	assert.Len(t, v.Failures, 10)
	assert.Len(t, v.MoreFailures, 170)
	assert.Equal(t, "order 179 is gone", v.Failures[0].Reason)
	var b strings.Builder
	require.NoError(t, Write(&b, s, Options{}))
	assert.Contains(t, b.String(), "<summary>All 180 phases</summary>")
	assert.Contains(t, b.String(), "<summary>170 more</summary>")
}
