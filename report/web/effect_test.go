package web_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// answered is what api/effect sends.
type answered struct {
	Run     int
	Running bool
	Why     string
	View    *struct {
		Kind, Word, Rest, About, Values, Caveat string
		Lines, Warnings, Arms                   []string
		Forests                                 []struct {
			Title, Zero string
			Rows        []struct {
				Metric, Name, Level, Verdict, From, To string
				Primary                                bool
			}
		}
		Recovery []struct {
			Sentence string
			Known    bool
		}
	}
	Effect *effect.Report
}

func effectAt(t *testing.T, s *site) (a answered) {
	t.Helper()
	answer := s.get("/api/effect")
	require.Equal(t, 200, answer.code)
	assert.Equal(t, "application/json", answer.header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(answer.body), &a), answer.body)
	return a
}

// counting counts how often the whole run is summed up.
type counting struct {
	*fake.Load
	summaries int
}

func (c *counting) Summary() *report.Summary {
	c.summaries++
	return c.Load.Summary()
}

// TestEffectOnlyAtTheEnd checks that no verdict is given before, and that it is
// computed once.
func TestEffectOnlyAtTheEnd(t *testing.T) {
	load := &counting{Load: fake.New(fake.Todo(), fake.Schedule())}
	s := serve(t, load, web.Options{Control: load})
	assert.Equal(t, answered{}, effectAt(t, s), "before the first run")
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(700 * time.Second)
	a := effectAt(t, s)
	assert.True(t, a.Running)
	assert.Nil(t, a.View)
	assert.Nil(t, a.Effect)
	assert.Zero(t, load.summaries, "it costs nothing during the run")

	load.Advance(time.Hour)
	require.Equal(t, report.Stopped, load.State())
	a = effectAt(t, s)
	assert.Equal(t, 1, a.Run)
	assert.False(t, a.Running)
	require.NotNil(t, a.View)
	assert.Equal(t, "changed", a.View.Kind)
	assert.Equal(t, "Confounded: ", a.View.Word, "the intervention has four times the users")
	assert.Equal(t, a.Effect.Primary().Sentence(), a.View.Word+a.View.Rest)
	assert.Equal(t, "The two phases ran at different times; anything else that changed between them is included in this difference.", a.View.Caveat)
	assert.Contains(t, a.View.About, "intervention against baseline · A-B · primary metric: p95 of all operations, judged at 95 %")
	require.Len(t, a.View.Arms, 3)
	assert.Contains(t, a.View.Arms[0], "closed model, 40 users")
	assert.Contains(t, a.View.Arms[2], "Seed 7.")
	require.Len(t, a.View.Forests, 3)
	first := a.View.Forests[0].Rows[0]
	assert.Equal(t, "p95", first.Metric)
	assert.True(t, first.Primary)
	assert.Equal(t, "95 %", first.Level)
	assert.Equal(t, "99 %", a.View.Forests[0].Rows[1].Level, "secondary metrics are judged more strictly")
	assert.Len(t, a.View.Forests[2].Rows, 5, "one for each operation")
	require.Len(t, a.View.Recovery, 3)
	assert.Contains(t, a.View.Recovery[0].Sentence, "p95 recovered after")

	before := load.summaries
	for range 5 {
		effectAt(t, s)
	}
	assert.Equal(t, before, load.summaries, "it is computed once for a run that is over")
	require.NoError(t, load.Start(web.Order{Users: 5, SpawnRate: 5, RunTime: 5 * time.Second}))
	assert.True(t, effectAt(t, s).Running)
	load.Advance(time.Minute)
	a = effectAt(t, s)
	assert.Equal(t, 2, a.Run)
	assert.Nil(t, a.View, "one phase compares with nothing")
	assert.Empty(t, a.Why)
}

// TestEffectThatCannotBeAsked says why there is none.
func TestEffectThatCannotBeAsked(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	s := serve(t, load, web.Options{Effect: effect.Options{Primary: "speed"}})
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(time.Hour)
	a := effectAt(t, s)
	assert.Nil(t, a.View)
	assert.Contains(t, a.Why, "speed")
	has(t, s.get("/stats/report").body, "No effect is given: ")
}

// TestReportOfARunThatGoesOn gives values without verdicts.
func TestReportOfARunThatGoesOn(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(600 * time.Second)
	s := serve(t, load, web.Options{})
	text := s.get("/stats/report").body
	has(t, text, "<strong>So far: </strong>p95 ")
	has(t, text, "the verdict comes at the end.")
	for _, word := range []string{"Worse", "Better", "No detectable effect", `class="fx `} {
		hasNot(t, text, word)
	}
}
