package html_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
