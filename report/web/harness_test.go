package web_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// has and hasNot check a long text without printing it.
func has(t *testing.T, text, part string) {
	t.Helper()
	assert.True(t, strings.Contains(text, part), "it lacks %q", part)
}

func hasNot(t *testing.T, text, part string) {
	t.Helper()
	i := strings.Index(text, part)
	assert.Negative(t, i, "it holds %q", part)
}
