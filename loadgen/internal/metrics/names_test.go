package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "GET /a": "GET /a", "a\xffb": "a�b", "two\nlines": "two\nlines",
		strings.Repeat("x", 200): strings.Repeat("x", 200), strings.Repeat("x", 201): strings.Repeat("x", 197) + "…",
		strings.Repeat("é", 200):    strings.Repeat("é", 98) + "…",
		strings.Repeat("\x80", 300): "�",
	} {
		assert.Equal(t, want, Clean(text))
	}
	assert.Len(t, Clean(strings.Repeat("a\xff", 150)), MaxLabel)
}

func TestRunIDs(t *testing.T) {
	at := time.Unix(0, 0)
	assert.Regexp(t, `^19700101-000000-[0-9a-f]{6}$`, RunID("", 1, at))
	assert.NotEqual(t, RunID("", 1, at), RunID("", 1, at))
	assert.Equal(t, []string{"b-7", "b-7-2"}, []string{RunID("b-7", 1, at), RunID("b-7", 2, at)})
	for text, ok := range map[string]bool{"": true, strings.Repeat("x", 100): true, strings.Repeat("x", 101): false, "\xff": false} {
		assert.Equal(t, ok, CheckRunID(text) == nil, text)
	}
}
