package brief

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
)

// Effect, recovery and claims fit a terminal of 80 columns.
func TestTheBriefFitsTheTerminal(t *testing.T) {
	_, text, _ := written(t, briefOf(t, chaos(), "chaos vs baseline p95 < +20%", "after p95 < 1s", "chaos failures = 0"))
	assert.Contains(t, text, "verdict")
	for line := range strings.Lines(text) {
		assert.LessOrEqual(t, say.Width(strings.TrimSuffix(line, "\n")), say.Columns, line)
	}
}
