package html_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// written is the report of a scheduled run as a text.
func written(t *testing.T, o html.Options) string {
	t.Helper()
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(400 * time.Second)
	load.Panic("panic", "boom <b>", "goroutine 1")
	s := load.Summary()
	s.Notes = []string{"The generator was the bottleneck."}
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, s, o))
	return out.String()
}

// has and hasNot check a long text without printing it.
func has(t *testing.T, text, part string) {
	t.Helper()
	assert.True(t, strings.Contains(text, part), "it lacks %q", part)
}

// hasNot checks that a part does not stand in a long text.
func hasNot(t *testing.T, text, part string) {
	t.Helper()
	i := strings.Index(text, part)
	assert.Negative(t, i, "it holds %q", part)
}

// order checks that parts follow each other in a long text.
func order(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		i := strings.Index(text, part)
		if !assert.GreaterOrEqual(t, i, 0, "it lacks %q after what stands before it", part) {
			return
		}
		text = text[i+len(part):]
	}
}

// reportOfArms is the report of a schedule.
func reportOfArms(t *testing.T, o effect.Options, slow []float64, arms ...string) string {
	t.Helper()
	var phases []report.PhaseInfo
	for i, arm := range arms {
		start := time.Duration(i) * 150 * time.Second
		phases = append(phases, report.PhaseInfo{Name: arm + "-" + string(rune('1'+i)), Arm: arm, Start: start, End: start + 150*time.Second, Users: 60, RampEnd: start, Settle: 15 * time.Second, Model: "closed", SpawnRate: 1000})
	}
	load := fake.New(fake.Todo(), phases)
	load.Slow = slow
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(time.Hour)
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, load.Summary(), html.Options{Effect: o}))
	hasNot(t, out.String(), "NaN")
	return out.String()
}
